"""The demo's content, read: `content/README.md` says what each key means."""

from pathlib import Path
from typing import TypeVar

import msgspec

CONTENT = Path(__file__).resolve().parent / "content"
T = TypeVar("T")


class Both(msgspec.Struct, frozen=True):
    """Words in both languages."""

    it: str
    en: str


class SiteFile(msgspec.Struct, frozen=True):
    """`site.toml`."""

    name: str
    locale: str
    brand_colour: str
    tagline: Both
    welcome: Both
    brand: str


class CategoryEntry(msgspec.Struct, frozen=True):
    """A category."""

    slug: str
    name: str
    description: str
    colour: str
    visibility: str
    start: str
    reply: str
    locale: str
    parent: str = ""


class MemberEntry(msgspec.Struct, frozen=True):
    """One person."""

    name: str
    display: str
    role: str
    locale: str
    timezone: str
    place: str
    about: str
    links: list[str]
    joined_days_ago: float


class EditEntry(msgspec.Struct, frozen=True):
    """A later version of a post."""

    after: float
    body: str
    reason: str


class PostEntry(msgspec.Struct, frozen=True):
    """A post. `after`: minutes since the one before it."""

    author: str
    after: float
    body: str
    reply_to: int | None = None
    edits: list[EditEntry] = []


class ThreadFile(msgspec.Struct, frozen=True):
    """`threads/NN-slug.toml`."""

    title: str
    category: str
    tags: list[str]
    locale: str
    author: str
    days_ago: float
    post: list[PostEntry]
    pinned: bool = False
    locked: bool = False


class Content(msgspec.Struct, frozen=True):
    """All of it."""

    site: SiteFile
    categories: list[CategoryEntry]
    members: list[MemberEntry]
    threads: list[ThreadFile]


def read(folder: Path = CONTENT) -> Content:
    """Raises OSError, msgspec.ValidationError."""
    return Content(
        _toml(folder / "site.toml", SiteFile),
        _toml(folder / "categories.toml", dict[str, list[CategoryEntry]])["category"],
        _toml(folder / "members.toml", dict[str, list[MemberEntry]])["member"],
        [_toml(path, ThreadFile) for path in sorted((folder / "threads").glob("*.toml"))],
    )


def _toml(path: Path, kind: type[T]) -> T:
    return msgspec.toml.decode(path.read_bytes(), type=kind)
