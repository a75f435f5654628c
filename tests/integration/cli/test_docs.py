"""The operator's manual knows every setting and every command."""

from pathlib import Path

from forum.settings import load
from tests.integration.cli.test_commands import paths, root

MANUAL = (Path(__file__).resolve().parents[3] / "docs" / "operating.md").read_text("utf-8")


def test_every_setting_is_explained() -> None:
    for name in load({}).__slots__:
        assert f"| `FORUM_{name.upper()}` |" in MANUAL


def test_every_command_is_named() -> None:
    assert [path for path in paths(root) if path and f"forum {path[0]}" not in MANUAL] == []
