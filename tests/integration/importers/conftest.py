import pytest

from forum.settings import Settings
from tests.support.command import Command


@pytest.fixture
def forum(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The `forum` command."""
    return Command(settings, monkeypatch, capsys)
