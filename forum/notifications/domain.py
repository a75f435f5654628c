"""The verbs of notices. Each runs inside the caller's write transaction and never commits."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.db import upsert
from forum.errors import Invalid, NotFound
from forum.events import NoticeMade, record
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.notifications.kinds import BY_NAME, Subject, shown, switchable
from forum.notifications.models import Notice, NoticeChoice
from forum.policy.actors import Actor, require_member
from forum.threads.models import Post

RELIST_BATCH = 200  # rows locked at once


class About(msgspec.Struct, frozen=True):
    """What is to be told. `actor_id`: who did it (never told); thread and post, where there are any."""

    subject: Subject
    actor_id: int | None
    thread_id: int | None = None
    post_id: int | None = None


def tell(session: Session, *, about: About, kinds: Mapping[int, str], now: datetime) -> list[int]:
    """Make a notice for each member in `kinds` (member id → kind) who may see the thing now; ids of the new ones.

    Whoever heard of this thing before is left alone, so doing it twice does nothing. A mail follows where the
    member wants one for that kind and has a verified address; for `fixed` and `batched` kinds the caller sends what is
    due.
    """
    made = []
    for row in _readers(session, kinds, about.actor_id, now):
        if about.subject not in shown(session, row.actor, [about.subject]):
            continue
        notice_id = _insert(session, about, row, kinds[row.id], now)
        if notice_id is not None:
            made.append(notice_id)
            kind = BY_NAME[kinds[row.id]]
            if row.mail and not kind.fixed and not kind.batched:
                record(session, NoticeMade(notice_id), now=now, key=f"notice:{notice_id}")
    return made


def _readers(session: Session, kinds: Mapping[int, str], actor_id: int | None, now: datetime) -> list["_Reader"]:
    """In the order of ids; `mail` only with a verified address."""
    wanted = sorted(set(kinds) - {actor_id})
    rows = session.execute(
        select(*READER, Account.verified_at)
        .outerjoin(Account, Account.member_id == Member.id)
        .where(Member.id.in_(wanted))
        .order_by(Member.id)
    ).all()
    chosen = {
        (row.member_id, row.kind): row
        for row in session.scalars(select(NoticeChoice).where(NoticeChoice.member_id.in_(wanted)))
    }
    found = []
    for row in rows:
        choice = chosen.get((row.id, kinds[row.id]))
        free = choice is not None and not BY_NAME[kinds[row.id]].fixed
        site, mail = (choice.site, choice.mail) if choice is not None and free else (True, True)
        found.append(_Reader(row.id, reader_of(row, now), site, mail and row.verified_at is not None))
    return found


class _Reader(msgspec.Struct, frozen=True):
    id: int
    actor: Actor
    site: bool
    mail: bool


def _insert(session: Session, about: About, reader: _Reader, kind: str, now: datetime) -> int | None:
    """The new row's id; None when this member heard of it before."""
    return session.execute(
        upsert(session, Notice)
        .values(
            member_id=reader.id, kind=kind, subject=str(about.subject), actor_id=about.actor_id,
            thread_id=about.thread_id, post_id=about.post_id, created_at=now,
            site=reader.site, listed=reader.site, mail="due" if reader.mail else "none",
        )
        .on_conflict_do_nothing(index_elements=[Notice.member_id, Notice.subject])
        .returning(Notice.id)
    ).scalar()  # fmt: skip


def relist(session: Session, which: ColumnElement[bool], *, now: datetime, after: int = 0) -> int | None:
    """Ask again, for up to `RELIST_BATCH` notices that match `which`, whether their members may see them.

    What may not be seen leaves list and count; what may be seen again comes back. Returns the id to go on `after`
    (in another transaction), None when all are done.
    """
    rows = session.execute(
        select(*READER, Notice.id.label("notice_id"), Notice.subject, Notice.site, Notice.listed)
        .join(Member, Member.id == Notice.member_id)
        .where(which, Notice.id > after)
        .order_by(Notice.id)
        .limit(RELIST_BATCH)
        .with_for_update(of=Notice)  # so that two of these in a row cannot undo each other with stale answers
    ).all()
    readers: dict[Actor, list[Any]] = {}
    for row in rows:
        readers.setdefault(reader_of(row, now), []).append(row)
    for reader, theirs in readers.items():
        seen = shown(session, reader, [Subject.parse(row.subject) for row in theirs])
        for row in theirs:
            listed = row.site and Subject.parse(row.subject) in seen
            if listed != row.listed:
                session.execute(update(Notice).where(Notice.id == row.notice_id).values(listed=listed))
    return rows[-1].notice_id if len(rows) == RELIST_BATCH else None


def mark_read(session: Session, *, actor: Actor, now: datetime, notice_id: int | None = None) -> int:
    """Mark one notice of `actor`'s, or all, as read; how many were new. Raises SignInNeeded, NotFound."""
    require_member(actor)
    which = and_(Notice.member_id == actor.id, Notice.read_at.is_(None))
    if notice_id is not None:
        own = select(Notice.id).where(Notice.id == notice_id, Notice.member_id == actor.id)
        if session.execute(own).first() is None:
            raise NotFound()
        which = and_(which, Notice.id == notice_id)
    return _mark(session, which, now)


def mark_seen(session: Session, *, actor: Actor, thread_id: int, low: int, high: int, now: datetime) -> int:
    """Posts `low`..`high` of a thread were shown to `actor`: their notices are read. How many were new.

    Costs nothing while `actor` has no unread notices (the count came with the session), else one statement.
    """
    if actor.is_guest or not actor.unread:
        return 0
    posts = select(Post.id).where(Post.thread_id == thread_id, Post.number >= low, Post.number <= high)
    which = and_(
        Notice.member_id == actor.id, Notice.read_at.is_(None), Notice.thread_id == thread_id, Notice.post_id.in_(posts)
    )
    return _mark(session, which, now)


def _mark(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    done = session.execute(update(Notice).where(which).values(read_at=now).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def choose(session: Session, *, actor: Actor, site: Iterable[str], mail: Iterable[str]) -> None:
    """Keep which kinds go into the list and which by mail; kinds that they could switch and did not name are off.

    Raises SignInNeeded, Invalid for a kind that does not exist.
    """
    require_member(actor)
    site, mail = set(site), set(mail)
    if (site | mail) - BY_NAME.keys():
        raise Invalid({"": N_("Choose from the list.")})
    for kind in switchable(staff=actor.is_staff):
        _set_choice(session, actor.id, kind.name, site=kind.name in site, mail=kind.name in mail)


def set_mail(session: Session, *, member_id: int, kind: str, wanted: bool) -> None:
    """Turn mail of one kind off or on, by the signed address in a mail. Raises NotFound."""
    if kind not in BY_NAME or session.get(Member, member_id) is None:
        raise NotFound()
    _set_choice(session, member_id, kind, mail=wanted)


def _set_choice(session: Session, member_id: int, kind: str, **values: bool) -> None:
    session.execute(
        upsert(session, NoticeChoice)
        .values(member_id=member_id, kind=kind, **{"site": True, "mail": True, **values})
        .on_conflict_do_update(index_elements=[NoticeChoice.member_id, NoticeChoice.kind], set_=values)
    )
