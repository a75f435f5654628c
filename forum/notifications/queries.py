"""A member's notices and choices, as read structs."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.accounts.models import Account
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.kit import paging
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.notifications.kinds import BY_NAME, Kind, Shown, Subject, shown, switchable
from forum.notifications.models import Notice, NoticeChoice
from forum.policy.actors import Actor, require_member

LOOKS = 5  # pages looked at to fill one, when most of what was announced may no longer be seen


class NoticeView(msgspec.Struct, frozen=True):
    """One line of the list. `kind`: its words and icon; `about`: the thing as the reader may see it now."""

    id: int
    kind: Kind
    about: Shown
    created_at: datetime
    unread: bool

    @property
    def url(self) -> str:
        """Through here the thing is opened and the notice marked as read."""
        return f"/notifications/{self.id}"


class NoticePage(msgspec.Struct, frozen=True):
    """Newest first. `older`: cursor, None at the end. `lost`: rows that should no longer be listed (see `relist`)."""

    rows: list[NoticeView]
    older: str | None
    lost: list[int]


class Choice(msgspec.Struct, frozen=True):
    """One row of the table in settings."""

    kind: Kind
    site: bool
    mail: bool


def notices(session: Session, actor: Actor, *, after: str = "", limit: int = paging.PAGE) -> NoticePage:
    """One page of `actor`'s notices. Two statements, more only when much has become invisible. Raises SignInNeeded."""
    require_member(actor)
    cursor = paging.decode(after, int)
    below = int(str(cursor[0])) if cursor else MAX_ID
    found: list[NoticeView] = []
    lost: list[int] = []
    for _ in range(LOOKS):
        rows = session.execute(
            select(Notice.id, Notice.kind, Notice.subject, Notice.created_at, Notice.read_at)
            .where(Notice.member_id == actor.id, Notice.listed, Notice.id < below)
            .order_by(Notice.id.desc())
            .limit(limit + 1)
        ).all()
        seen = shown(session, actor, [Subject.parse(row.subject) for row in rows])
        for row in rows[:limit]:
            below = row.id
            about = seen.get(Subject.parse(row.subject))
            if about is None or row.kind not in BY_NAME:
                lost.append(row.id)
                continue
            found.append(NoticeView(row.id, BY_NAME[row.kind], about, row.created_at, row.read_at is None))
            if len(found) == limit:
                break
        more = len(rows) > limit or (bool(rows) and below != rows[-1].id)
        if len(found) == limit or not more:
            return NoticePage(found, paging.encode(below) if more else None, lost)
    return NoticePage(found, paging.encode(below), lost)


def target(session: Session, actor: Actor, notice_id: int) -> str:
    """Where a notice of `actor`'s leads. Raises SignInNeeded, NotFound (not theirs, or no longer to be seen)."""
    require_member(actor)
    if not 0 < notice_id <= MAX_ID:
        raise NotFound()
    text = session.execute(
        select(Notice.subject).where(Notice.id == notice_id, Notice.member_id == actor.id, Notice.listed)
    ).scalar()
    subject = Subject.parse(text) if text else None
    about = shown(session, actor, [subject]).get(subject) if subject else None
    if about is None:
        raise NotFound()
    return about.url


def choices(session: Session, actor: Actor) -> list[Choice]:
    """Every kind that `actor` may switch, with what they chose; no row means both."""
    rows = {row.kind: row for row in session.scalars(select(NoticeChoice).where(NoticeChoice.member_id == actor.id))}
    return [
        Choice(kind, rows[kind.name].site, rows[kind.name].mail) if kind.name in rows else Choice(kind, True, True)
        for kind in switchable(staff=actor.is_staff)
    ]


def wants_mail(session: Session, member_id: int, kind: str) -> bool:
    """The member's choice for mails of one kind; on, unless they said no."""
    chosen = session.execute(
        select(NoticeChoice.mail).where(NoticeChoice.member_id == member_id, NoticeChoice.kind == kind)
    ).scalar()
    return chosen is not False


def reachable(session: Session, member_id: int) -> bool:
    """True when the member has an address that is verified: else no mail leaves, whatever they choose."""
    verified = select(Account.verified_at).where(Account.member_id == member_id, Account.verified_at.is_not(None))
    return session.execute(verified).first() is not None


class Letter(msgspec.Struct, frozen=True):
    """What the mail about one notice needs to know before it asks what may still be read."""

    id: int
    kind: Kind
    subject: Subject
    reader: Actor
    email: str
    created_at: datetime
    read: bool


def letter(session: Session, notice_id: int, now: datetime) -> Letter | None:
    """The notice's mail, if it is still due and wanted, and its member has a verified address."""
    row = session.execute(
        select(
            *READER, Notice.id.label("notice_id"), Notice.kind, Notice.subject, Notice.created_at, Notice.read_at,
            Member.name, Member.display_name, Member.locale, Member.timezone, Account.email, NoticeChoice.mail,
        )
        .join(Member, Member.id == Notice.member_id)
        .join(Account, Account.member_id == Member.id)
        .outerjoin(NoticeChoice, (NoticeChoice.member_id == Notice.member_id) & (NoticeChoice.kind == Notice.kind))
        .where(Notice.id == notice_id, Notice.mail == "due", Account.verified_at.is_not(None))
    ).first()  # fmt: skip
    if row is None or row.kind not in BY_NAME or row.mail is False:
        return None
    reader = msgspec.structs.replace(
        reader_of(row, now), name=row.name, display_name=row.display_name, locale=row.locale, timezone=row.timezone
    )
    subject, read = Subject.parse(row.subject), row.read_at is not None
    return Letter(row.notice_id, BY_NAME[row.kind], subject, reader, row.email, row.created_at, read)
