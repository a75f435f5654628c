"""Slugs."""

from slugify import slugify as _slugify


def slugify(title: str) -> str:
    """ASCII, at most 60 characters cut at a word; never empty."""
    return str(_slugify(title, max_length=60, word_boundary=True)) or "thread"
