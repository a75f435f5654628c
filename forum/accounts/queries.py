"""Who is behind a cookie or a token; the lists in settings."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from forum.accounts.models import ApiToken, SignIn
from forum.db import Moment
from forum.members.models import Member
from forum.notifications.models import Notice
from forum.policy.actors import Actor

IDLE = timedelta(days=14)
TOUCH = timedelta(minutes=10)  # how often a session's last-seen time is written

UNREAD = (
    select(func.count())
    .select_from(Notice)
    .where(Notice.member_id == Member.id, Notice.read_at.is_(None), Notice.listed)
    .correlate(Member)
    .scalar_subquery()
)
MEMBER = (
    Member.id, Member.role, Member.name, Member.display_name, Member.avatar, Member.locale, Member.timezone, Member.theme,
)  # fmt: skip
SIGNED_IN = select(SignIn.id, SignIn.seen_at, *MEMBER, UNREAD).join(Member, Member.id == SignIn.member_id)
LIVING = SIGNED_IN.where(
    SignIn.token_hash == bindparam("token_hash"), SignIn.expires_at > bindparam("now", type_=Moment()),
    SignIn.seen_at > bindparam("idle", type_=Moment()),
)  # fmt: skip
BY_TOKEN = select(ApiToken.id, ApiToken.scopes, ApiToken.used_at, *MEMBER).join(Member, Member.id == ApiToken.member_id)


def signed_in(session: Session, token_hash: str, now: datetime) -> tuple[Actor, datetime] | None:
    """(the member behind a session, when it was last seen); None when it is over. One statement."""
    row = session.execute(LIVING, {"token_hash": token_hash, "now": now, "idle": now - IDLE}).first()
    if row is None:
        return None
    sid, seen, member_id, role, name, display, avatar, locale, timezone, theme, unread = row
    actor = Actor(
        id=member_id, role=role, name=name, display_name=display, avatar=avatar, locale=locale, timezone=timezone,
        theme=theme, unread=unread, session_id=sid,
    )  # fmt: skip
    return actor, seen


def token_actor(session: Session, token_hash: str) -> tuple[Actor, int, datetime | None] | None:
    """(the member behind an API token with the token's scopes, the token's id, when it was last used)."""
    row = session.execute(BY_TOKEN.where(ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None))).first()
    if row is None:
        return None
    tid, scopes, used, member_id, role, name, display, avatar, locale, timezone, theme = row
    actor = Actor(
        id=member_id, role=role, name=name, display_name=display, avatar=avatar, locale=locale, timezone=timezone,
        theme=theme, scopes=frozenset(scopes),
    )  # fmt: skip
    return actor, tid, used


class SessionView(msgspec.Struct, frozen=True):
    """One signed-in browser, for the list in settings."""

    id: int
    browser: str
    created_at: datetime
    seen_at: datetime
    current: bool


def sessions_of(session: Session, actor: Actor, now: datetime) -> list[SessionView]:
    """The living sessions of `actor`, newest use first."""
    rows = session.execute(
        select(SignIn.id, SignIn.browser, SignIn.created_at, SignIn.seen_at)
        .where(SignIn.member_id == actor.id, SignIn.expires_at > now, SignIn.seen_at > now - IDLE)
        .order_by(SignIn.seen_at.desc())
        .limit(100)
    )
    return [SessionView(*row, current=row.id == actor.session_id) for row in rows]
