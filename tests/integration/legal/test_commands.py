"""`forum export transparency`: the files of a year."""

from pathlib import Path

import pytest

from forum.legal.queries.files import NAMES
from forum.settings import Settings
from tests.support.command import Command


@pytest.fixture
def forum(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(settings, monkeypatch, capsys)


def test_the_report_is_written_as_files(forum: Command, tmp_path: Path) -> None:
    there = tmp_path / "report"
    done = forum("export", "transparency", "--year", "2026", "--to", str(there))
    assert (done.status, done.out.strip()) == (0, str(there))
    assert sorted(path.name for path in there.iterdir()) == sorted(NAMES)
    assert (there / "03_notices.csv").read_text("utf-8").startswith("category,notices,")
    assert forum("export", "transparency", "--year", "1066").status == 2
