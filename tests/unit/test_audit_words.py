"""Every act that the source writes to the log has words on the log's page."""

import re
from pathlib import Path

from forum.audit.words import ACTIONS

SOURCE = Path(__file__).resolve().parents[2] / "forum"
WRITTEN = re.compile(r"""(?:action=|_log\(session, |_audit\(session, )f?"([a-z_]+\.[a-z_{}]+)\"""")


def test_every_act_has_words() -> None:
    written = {found for file in SOURCE.rglob("*.py") for found in WRITTEN.findall(file.read_text("utf-8"))}
    assert len(written) > 15
    plain = {action for action in written if "{" not in action}
    assert plain <= ACTIONS.keys(), sorted(plain - ACTIONS.keys())
    for pattern in written - plain:  # f"appeal.{outcome}"
        assert any(action.startswith(pattern.partition("{")[0]) for action in ACTIONS), pattern


def test_every_action_fits_its_column() -> None:
    assert all(re.fullmatch(r"[a-z_]+\.[a-z_]+", action) and len(action) <= 40 for action in ACTIONS)
