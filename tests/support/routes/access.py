"""Who may use a route: the words of the access matrix."""

from typing import NamedTuple


class Access(NamedTuple):
    """Who may use a route. `form`: a body that is well-formed, so that refusal comes from permission."""

    who: str
    form: dict[str, str] | None = None
    sample: int = 0
    """Which of the scene's objects to use."""


GUEST, MEMBER, AUTHOR, STAFF, MANAGER, ADMIN, LINK = (
    Access("guest"),
    Access("member"),
    Access("author"),
    Access("staff"),
    Access("manager"),
    Access("admin"),
    Access("link"),
)
