"""A spreadsheet program opens the files: LibreOffice converts both without a word of warning, and loses no cell."""

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from forum.feedback.exports import phrases
from tests.factories import Make
from tests.support.feedback_exports import House

pytestmark = pytest.mark.slow
SHEETS = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"  # UTF-8, every sheet
READING = "--infilter=CSV:44,34,76,1,,0,false,true"  # what the program's own dialog proposes for a file with that mark
TELLS = re.compile(r"convert .+|Writing sheet .+")
ABOUT_JAVA = "Warning: failed to launch javaldx - java may not function correctly"
"""Said at each start where Java is not installed, whatever the file: Calc does not need it."""


@pytest.fixture(scope="module")
def office() -> str:
    """The program."""
    found = shutil.which("soffice")
    if found is None:
        reason = "no LibreOffice: install Debian's libreoffice-calc-nogui, or put soffice on PATH"
        if os.environ.get("FORUM_EXPECT_OFFICE") == "1":
            pytest.fail(f"FORUM_EXPECT_OFFICE=1, but {reason}")
        pytest.skip(reason)
    return found


def converted(office: str, file: Path, to: str, *more: str) -> Path:
    """The folder with what became of it. Fails at whatever the program has to say."""
    folder = file.parent / "converted"
    profile = f"-env:UserInstallation={(file.parent / 'profile').as_uri()}"
    command = [office, "--headless", "--norestore", profile, *more, "--convert-to", to, "--outdir", str(folder)]
    done = subprocess.run([*command, str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert [it for it in done.stderr.splitlines() if it != ABOUT_JAVA] == []
    assert [it for it in done.stdout.splitlines() if not TELLS.fullmatch(it)] == []
    return folder


def whole_rows(rows: Any) -> Iterator[list[str]]:
    """Cells as text, without the empty ones at the end."""
    for row in rows:
        cells = ["" if it is None else it.date().isoformat() if isinstance(it, datetime) else str(it) for it in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_libreoffice_opens_both_and_loses_nothing(make: Make, clock: Any, tmp_path: Path, office: str) -> None:
    house = House(make, clock)
    house.change("export", title="@SUM(1;2) àèì “quoted”; €, one\tand two", area="-2+3")
    run = house.snapshot()
    while re.fullmatch(r"[\de]+", run):  # a spreadsheet takes that for a number, as it takes 3e5
        run = house.snapshot()

    book = tmp_path / "book.xlsx"
    book.write_bytes(house.file(run, "xlsx"))
    sheets = converted(office, book, SHEETS)
    ours = openpyxl.load_workbook(book, read_only=True)
    names = [phrases.say(name, "en") for name in ("Items", "Evidence", "Themes", "Method")]
    assert ours.sheetnames == names
    for name in names:
        with (sheets / f"book-{name}.csv").open(encoding="utf-8", newline="") as text:
            found = list(whole_rows(csv.reader(text)))
        assert found == list(whole_rows(ours[name].iter_rows(values_only=True)))
        assert len(found) > 3
    assert any("=1+1" in str(cell) for row in ours["Evidence"].iter_rows(values_only=True) for cell in row)

    table = tmp_path / "table.csv"
    table.write_bytes(house.file(run, "csv"))
    opened = openpyxl.load_workbook(converted(office, table, "xlsx", READING) / "table.xlsx")
    assert len(opened.sheetnames) == 1 and opened.active is not None
    with table.open(encoding="utf-8-sig", newline="") as text:
        rows = list(whole_rows(csv.reader(text)))
    assert list(whole_rows(opened.active.iter_rows(values_only=True))) == rows
    assert {cell.data_type for row in opened.active.iter_rows() for cell in row} <= {"s", "n", "d"}  # "f": a formula
    texts = {cell for row in rows for cell in row}
    assert "'-2+3" in texts and any(it.startswith("'=1+1") for it in texts) and any(it.startswith("'@") for it in texts)
