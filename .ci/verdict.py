"""Read pytest's reports: `python .ci/verdict.py FILE ...`. Exits 1 if a test failed or was skipped, or none ran."""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


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
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
