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

    def __init__(self, uploads: Path, known: Mapping[str, str], base_url: str | None = None) -> None:
        """`known`: lower-case handle → handle of those whom an `@name` in this source means.

        `base_url`: what relative addresses in bodies are relative to; None: they lead nowhere, their words stay.
        """
        self.folder, self.known, self.base_url = uploads / FOLDER, known, base_url
        self._problems: list[tuple[str, str]] = []

    def prepare(self, body: str, kind: str) -> Body:
        """`kind`: one of FORMATS. Never refuses a body for its length. Raises OSError when a picture cannot be kept."""
        self._problems = []
        source = self._markdown(clean(body), kind)
        if not source.strip():
            self._problems.append(("it is empty", f"{EMPTY} stands there"))
            source = EMPTY
        parsed = parse(source)
        names = {name: self.known[name] for name in parsed.names if name in self.known}
        return Body(source, render(parsed, names), self._problems)

    def _markdown(self, text: str, kind: str) -> str:
        if kind != "html":
            return tidy_markdown(text)
        converted = to_markdown(text, save_image=self._save, base_url=self.base_url)
        if lost := converted.dropped - len(self._problems):
            self._problems.append(
                ("links or pictures without a full address", f"{lost}; their words stay (--base-url finds them)")
            )
        return converted.markdown

    def _save(self, data: bytes, _claimed: str) -> str | None:
        try:
            return f"/uploads/{FOLDER}/{keep(reencode(data), self.folder)}"
        except BadImage as error:
            self._problems.append(("a picture could not be read", str(error)))
            return None
