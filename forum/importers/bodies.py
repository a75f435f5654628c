"""A foreign body as a post of ours: Markdown, cooked, with its pictures kept here."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from forum.importers.source import clean
from forum.kit.fromhtml import tidy_markdown, to_markdown
from forum.kit.images import FOLDER, BadImage, keep, reencode
from forum.kit.markdown import Cooked, parse, render

FORMATS = frozenset({"markdown", "html"})
EMPTY = "…"
"""A post without words: it keeps its place in the thread."""


class Body(msgspec.Struct, frozen=True):
    """A post ready to be stored. `problems`: what was lost on the way."""

    source: str
    cooked: Cooked
    problems: list[tuple[str, str]]


class Kitchen:
    """Turns bodies into posts; keeps inline pictures in `uploads`."""

    def __init__(self, uploads: Path, known: Mapping[str, str]) -> None:
        """`known`: lower-case handle → handle of those whom an `@name` in this source means."""
        self.folder, self.known = uploads / FOLDER, known
        self._lost: list[str] = []

    def prepare(self, body: str, kind: str) -> Body:
        """`kind`: one of FORMATS. Never refuses a body for its length. Raises OSError when a picture cannot be kept."""
        self._lost = []
        text = clean(body)
        source = to_markdown(text, save_image=self._save).markdown if kind == "html" else tidy_markdown(text)
        problems = [("a picture could not be read", words) for words in self._lost]
        if not source.strip():
            problems.append(("it is empty", f"{EMPTY} stands there"))
            source = EMPTY
        parsed = parse(source)
        names = {name: self.known[name] for name in parsed.names if name in self.known}
        return Body(source, render(parsed, names), problems)

    def _save(self, data: bytes, _claimed_type: str) -> str | None:
        try:
            return f"/uploads/{FOLDER}/{keep(reencode(data), self.folder)}"
        except BadImage as error:
            self._lost.append(str(error))
            return None
