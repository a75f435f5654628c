"""Fail where a test was skipped: `python -m tools.skips REPORT…`, the reports in pytest's JUnit format.

A skip is honest on a laptop without a browser, and a hole in CI, which has all that the tests need.
"""

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def skipped(report: Path) -> list[str]:
    """One line for each skipped test of `report`, with its reason. Raises ParseError, FileNotFoundError."""
    lines = []
    for case in ET.parse(report).iter("testcase"):  # noqa: S314  our own test runner wrote it
        skip = case.find("skipped")
        if skip is not None:
            lines.append(f"{case.get('classname')}.{case.get('name')}: {skip.get('message')}")
    return lines


def main(reports: list[str]) -> int:
    """0 and silence when nothing was skipped, else 1 and the list on stderr."""
    lines = [line for report in reports for line in skipped(Path(report))]
    for line in lines:
        print(f"skipped where nothing may be skipped: {line}", file=sys.stderr)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
