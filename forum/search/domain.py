"""Searches that members keep, and the index built anew: the verbs."""

from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Invalid, NotFound
from forum.events import IndexDoubted, record
from forum.kit.i18n import N_, Text
from forum.policy.actors import Actor, require_admin, require_member
from forum.search import language
from forum.search.models import SavedSearch
from forum.search.queries import newest_post

MOST = 20
"""Searches that one member keeps: each is asked once a week."""
LONGEST_NAME = 80


def check(session: Session, *, member_id: int, query: str, but: int = 0, now: datetime) -> str:
    """The search as it is kept. Raises Invalid: empty, too long, kept already."""
    words = " ".join(language.clean(query).split())
    if language.parse(words, today=now.date()).is_empty:
        raise Invalid({"query": N_("Say what to look for: a word is enough.")})
    if len(query.strip()) > language.MAX_QUERY:
        raise Invalid({"query": Text(N_("A search has at most %(n)s characters."), {"n": language.MAX_QUERY})})
    same = select(SavedSearch.id).where(SavedSearch.member_id == member_id, SavedSearch.query == words)
    if session.execute(same.where(SavedSearch.id != but)).first():
        raise Invalid({"query": N_("You keep this search already.")})
    return words


def _name(name: str) -> str:
    return " ".join(language.clean(name).split())[:LONGEST_NAME]


def save(session: Session, *, actor: Actor, query: str, name: str = "", now: datetime) -> int:
    """Keep a search and listen to it: what is there now is no news. Its id. Raises SignInNeeded, Invalid."""
    require_member(actor)
    words = check(session, member_id=actor.id, query=query, now=now)
    kept = select(func.count()).select_from(SavedSearch).where(SavedSearch.member_id == actor.id)
    if session.execute(kept).scalar_one() >= MOST:
        raise Invalid({"query": Text(N_("You keep %(n)s searches, which is the most. Let one go first."), {"n": MOST})})
    row = SavedSearch(
        member_id=actor.id, query=words, name=_name(name), weekly=True, created_at=now,
        seen_post_id=newest_post(session),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row.id


def change(
    session: Session, *, actor: Actor, saved_id: int, query: str, name: str, weekly: bool, now: datetime
) -> None:
    """Other words, another name, mail or none. Raises SignInNeeded, NotFound, Invalid.

    With other words, or when listening begins again, what is there now is no news.
    """
    row = _own(session, actor, saved_id)
    words = check(session, member_id=actor.id, query=query, but=saved_id, now=now)
    if words != row.query or (weekly and not row.weekly):
        row.seen_post_id = newest_post(session)
    row.query, row.name, row.weekly = words, _name(name), weekly


def stop(session: Session, *, actor: Actor, saved_id: int) -> None:
    """Let a search go. Raises SignInNeeded, NotFound."""
    _own(session, actor, saved_id)
    session.execute(delete(SavedSearch).where(SavedSearch.id == saved_id))


def _own(session: Session, actor: Actor, saved_id: int) -> SavedSearch:
    require_member(actor)
    found = select(SavedSearch).where(SavedSearch.id == saved_id, SavedSearch.member_id == actor.id)
    row = session.execute(found.with_for_update()).scalar_one_or_none()
    if row is None:
        raise NotFound()
    return row


def build_anew(session: Session, *, actor: Actor, now: datetime) -> None:
    """Have the index built from all posts; searching goes on meanwhile. Raises SignInNeeded, Forbidden."""
    require_admin(actor)
    record(session, IndexDoubted(), now=now)
    audit.write(session, action="search.rebuilt", actor_id=actor.id, now=now)
