"""Nothing in the log is shown as a bare code: every action, key and coded value that the house writes has words."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from forum.audit import words
from forum.kit.i18n import Message, translate
from forum.legal.domain.registers import RESULTS, STEPS
from forum.legal.models import SIZES
from forum.legal.words import CATEGORIES
from forum.moderation.domain.blocks import KINDS

ROOT = Path(__file__).parents[3] / "forum"
WRITERS = {"audit.write", "write", "_log"}


def say(text: Message) -> str:
    return translate(text, "en")


def calls() -> Iterator[ast.Call]:
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS:
                yield node


def keys() -> set[str]:
    """Keys of the dictionaries that calls of the log's writers hold."""
    found: set[str] = set()
    for call in calls():
        for one in [*call.args, *(word.value for word in call.keywords)]:
            if isinstance(one, ast.Dict):
                found |= {key.value for key in one.keys if isinstance(key, ast.Constant)}
    return found


def counts() -> set[str]:
    """What a decision's summary counts: `run.count("posts")`."""
    found = set()
    for node in ast.walk(ast.parse("\n".join(p.read_text() for p in (ROOT / "moderation/domain").glob("[ad]*.py")))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "run.count":
            found.add(ast.literal_eval(node.args[0]))
    return found


def test_every_key_has_a_label() -> None:
    found = keys() | counts()
    assert {"side", "of", "sealed", "fate", "posts", "approved"} <= found, "the search finds what is there"
    assert found - set(words.LABELS) - words._SILENT == set()


@pytest.mark.parametrize(
    ("key", "codes"),
    [
        ("size", SIZES), ("step", STEPS), ("result", RESULTS[1:]), ("side", ("poster", "notifier")),
        ("kind", ("warning", "suspension", *KINDS, *CATEGORIES)), ("fate", ("approve", "hide", "remove")),
    ],
)  # fmt: skip
def test_every_coded_value_has_words(key: str, codes: tuple[str, ...]) -> None:
    for code in codes:
        assert words._value(key, code, say) not in ("", code), code


def test_what_is_kept_and_what_was_set() -> None:
    assert words._value("of", "post:12", say) == "Post 12"
    said = words._value("to", {"modes": {"links": "hold"}, "options": {}, "first_read": [3]}, say)
    assert "hold" not in said and "Hold" in said and "3" in said
