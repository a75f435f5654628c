"""Addresses of this site, as people paste them into a notice → what they point to."""

import re
from urllib.parse import unquote, urlsplit

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.moderation.domain.targets import Target, load
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.policy.members import require_profile
from forum.policy.posts import require_read
from forum.policy.threads import require_open
from forum.threads.models import MovedPost, Post

MOST = 20
"""Addresses in one notice."""
_POST = re.compile(r"/p/([0-9]{1,19})/?")
_THREAD = re.compile(r"/t/([0-9]{1,19})(?:/[^/]*)?(?:/([0-9]{1,9}))?/?")
_MEMBER = re.compile(r"/u/([^/]{1,60})(?:/threads)?/?")
_ANCHOR = re.compile(r"post-([0-9]{1,9})")


class Found(msgspec.Struct, frozen=True):
    """An address that points to something. `url`: as typed."""

    url: str
    type: str
    id: int


def lines(text: str) -> list[str]:
    """The addresses in `text`, one a line or between spaces, each once, in order."""
    return list(dict.fromkeys(text.split()))


def resolve(session: Session, reader: Actor, url: str, base_url: str) -> Found | None:
    """What `url` points to, if it is of this site and `reader` may see it; else None."""
    found = pointed(session, url, base_url)
    return Found(url, *found) if found is not None and _seen(session, reader, *found) else None


def pointed(session: Session, url: str, base_url: str) -> tuple[str, int] | None:
    """(kind, id) that an address of this site spells, whoever may see it; None for any other."""
    try:
        parts = urlsplit(url if "://" in url or url.startswith("/") else f"https://{url}")
    except ValueError:
        return None
    home = urlsplit(base_url)
    if parts.scheme not in {"", "http", "https"} or (parts.netloc and parts.netloc.lower() != home.netloc.lower()):
        return None
    path, anchor = unquote(parts.path), _ANCHOR.fullmatch(parts.fragment)
    found: tuple[str, int] | None = None
    if match := _POST.fullmatch(path):
        found = "post", int(match[1])
    elif match := _THREAD.fullmatch(path):
        number = match[2] or (anchor[1] if anchor else "")
        found = _numbered(session, int(match[1]), int(number)) if number else ("thread", int(match[1]))
    elif match := _MEMBER.fullmatch(path):
        row = session.execute(select(Member.id).where(Member.name_key == match[1].lower())).first()
        found = ("member", row.id) if row else None
    return found if found is not None and 0 < found[1] <= MAX_ID else None


def _numbered(session: Session, thread_id: int, number: int) -> tuple[str, int] | None:
    if not 0 < thread_id <= MAX_ID:
        return None
    here = select(Post.id).where(Post.thread_id == thread_id, Post.number == number)
    moved = select(MovedPost.post_id).where(MovedPost.thread_id == thread_id, MovedPost.number == number)
    row = session.execute(here).first() or session.execute(moved).first()
    return ("post", row[0]) if row else None


def _seen(session: Session, reader: Actor, kind: str, row_id: int) -> bool:
    try:
        require_seen(reader, load(session, kind, row_id, lock=False))
    except NotFound:
        return False
    return True


def require_seen(reader: Actor, target: Target) -> None:
    """Is it there for `reader`, and for others? Raises NotFound."""
    if target.type == "member":
        require_profile(reader, target.id)
        return
    assert target.thread is not None and target.category is not None
    require_open(reader, target.thread, target.category)
    if target.post is not None:
        require_read(reader, target.post, target.thread, target.category)
    states = {target.thread.state, target.post.state if target.post else "visible"}
    if states != {"visible"} or not may_see(reader, target.category):
        raise NotFound()


def anywhere(session: Session, reader: Actor, url: str, base_url: str) -> tuple[str, int]:
    """(kind, id) of what stands there, out of sight too, for whoever keeps evidence. Raises Invalid(url)."""
    found = pointed(session, url.strip(), base_url)
    if found is not None:
        try:
            target = load(session, *found, lock=False)
        except NotFound:
            target = None
        if target is not None and (target.category is None or may_see(reader, target.category)):
            return found
    raise Invalid({"url": N_("Under this address we find nothing of this site.")})
