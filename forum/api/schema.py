"""How the fields of JSON structs describe themselves."""

from typing import Any

from msgspec import Meta


def about(
    words: str,
    *examples: Any,
    schema: dict[str, Any] | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
) -> Meta:
    """What a field means, with one example or none; `schema`: further JSON Schema that the domain itself checks.

    The lengths are checked when a body is read.
    """
    return Meta(
        description=words,
        examples=list(examples) or None,
        extra_json_schema=schema,
        min_length=min_length,
        max_length=max_length,
    )
