"""Read pytest's reports: `python .ci/verdict.py FILE ...`. Exits 1 if a test failed or was skipped, or none ran.

Tests that passed only when they were run again stand in `again.txt` beside the reports. They are named, and more than
`AGAIN_AT_MOST` of them fail the run: a machine may be slow now and then, the shop may not be wrong now and then.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

AGAIN_AT_MOST = 2


def main(paths: list[str]) -> int:
    """Print one line per report; 0 if every test of every report passed."""
    is_good = bool(paths)
    for path in paths:
        suites = ET.parse(path).getroot().iter("testsuite")  # noqa: S314  # our own pytest wrote it
        counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
        for suite in suites:
            for name in counts:
                counts[name] += int(suite.get(name, 0))
        failed = counts["failures"] + counts["errors"]
        passed = counts["tests"] - failed - counts["skipped"]
        sys.stdout.write(f"{Path(path).stem}: {passed} passed, {failed} failed, {counts['skipped']} skipped\n")
        is_good = is_good and passed > 0 and passed == counts["tests"]
    again = _run_again(Path(paths[0]).with_name("again.txt")) if paths else []
    for test in again:
        sys.stdout.write(f"passed at the second attempt only: {test}\n")
    return 0 if is_good and len(again) <= AGAIN_AT_MOST else 1


def _run_again(list_of_tests: Path) -> list[str]:
    return list_of_tests.read_text().splitlines() if list_of_tests.exists() else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
