"""What the forms of threads and posts send. Lenient on purpose: the domain says what is wrong, per field."""

import msgspec


class ThreadForm(msgspec.Struct):
    """A new thread."""

    title: str = ""
    category: str = ""
    body: str = ""
    tags: str = ""
    submission: str = ""
    homepage: str = ""
    """No person sees this field."""


class ReplyForm(msgspec.Struct):
    """A reply. `seen`: the newest post number on the page it was written on; `page`: that page."""

    body: str = ""
    reply_to: str = ""
    submission: str = ""
    seen: str = ""
    page: str = ""
    homepage: str = ""
    """No person sees this field."""


class EditForm(msgspec.Struct):
    """New words for a post. `version`: the one they started from."""

    body: str = ""
    version: str = ""
    reason: str = ""


class TitleForm(msgspec.Struct):
    """A new title and tags."""

    title: str = ""
    tags: str = ""
    version: str = ""


class ListQuery(msgspec.Struct):
    """The query of a thread list."""

    after: str = ""
    order: str = "latest"


class WriteQuery(msgspec.Struct):
    """Where a form page starts from."""

    category: str = ""
    title: str = ""
    reply_to: str = ""
    quote: str = ""
    text: str = ""
    preview: str = ""
    similar: str = ""


def number(text: str, default: int = 0) -> int:
    """A whole number from a form field; `default` for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else default


def split_tags(text: str) -> list[str]:
    """Tags as people write them: with commas."""
    return [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
