"""`python -m tests.guarantees` makes the tables of docs/guarantees.md anew, and tells what no test shows."""

import sys

from tests.guarantees.evidence import marked_tests
from tests.guarantees.page import PAGE, blocks, gaps, written


def main() -> int:
    """Write; 1 if there are gaps."""
    found = marked_tests()
    PAGE.write_text(written(PAGE.read_text(), blocks(found)))
    missing = gaps(found)
    sys.stdout.write("".join(f"{gap}\n" for gap in missing))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
