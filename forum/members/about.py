"""What members write about themselves, cooked like a post."""

from functools import lru_cache

from forum.kit.markdown import cook


@lru_cache(1024)
def cooked(source: str) -> str:
    """Sanitised HTML of an "about". Kept by its source, so that neither an edit nor a new renderer leaves it stale."""
    return cook(source).html if source.strip() else ""
