"""The access matrix's table: every route of the application, and who may use it.

`who`: the least that a reader must be: guest, member, author (of the sample object), staff, manager, admin.
`open`: anything else that lets a request in (a signed link, a token, a gate of its own): the route answers a guest.
"""

from typing import NamedTuple


class Access(NamedTuple):
    """Who may use a route. `form`: a body that is well-formed, so that refusal comes from permission."""

    who: str
    form: dict[str, str] | None = None
    status: int = 0
    """What an allowed caller gets; 0: anything below 400, or 422 for a form that is incomplete on purpose."""


GUEST, MEMBER, AUTHOR, STAFF, MANAGER, ADMIN = (
    Access("guest"), Access("member"), Access("author"), Access("staff"), Access("manager"), Access("admin"),
)  # fmt: skip

ROUTES: dict[tuple[str, str], Access] = {
    # health
    ("GET", "/healthz"): GUEST,
    ("GET", "/readyz"): GUEST,
    ("GET", "/theme.css"): GUEST,
    # guidelines
    ("GET", "/guidelines"): GUEST,
    ("GET", "/guidelines/markdown"): GUEST,
    # threads
    ("GET", "/"): GUEST,
    ("GET", "/latest"): GUEST,
    ("GET", "/new"): GUEST,
    ("GET", "/top"): GUEST,
    ("GET", "/unanswered"): GUEST,
    ("GET", "/unread"): GUEST,
    ("GET", "/c/{slug:str}"): GUEST,
    ("GET", "/tag/{name:str}"): GUEST,
    ("GET", "/t/{thread_id:int}"): GUEST,
    ("GET", "/t/{thread_id:int}/{slug:str}"): GUEST,
    ("GET", "/t/{thread_id:int}/{slug:str}/{post_number:int}"): GUEST,
    ("GET", "/p/{post_id:int}"): GUEST,
    ("GET", "/threads/new"): MEMBER,
    ("POST", "/threads"): MEMBER,
    ("GET", "/threads/{thread_id:int}/edit"): Access("author or staff"),
    ("POST", "/threads/{thread_id:int}/edit"): Access("author or staff", {"title": "A new title", "version": "1"}),
    ("GET", "/threads/{thread_id:int}/reply"): MEMBER,
    ("POST", "/threads/{thread_id:int}/replies"): Access("member", {"body": "An answer"}),
    ("GET", "/posts/{post_id:int}"): GUEST,
    ("GET", "/posts/{post_id:int}/edit"): AUTHOR,
    ("POST", "/posts/{post_id:int}/edit"): Access("author", {"body": "Other words", "version": "1"}),
    ("POST", "/posts/{post_id:int}/delete"): AUTHOR,
    ("POST", "/posts/{post_id:int}/restore"): AUTHOR,  # deleted by the row above
    ("GET", "/posts/{post_id:int}/history"): GUEST,
    ("GET", "/posts/{post_id:int}/quote"): GUEST,
}
