"""Who is behind a cookie or a token; the lists in settings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.orm import Session

from forum.accounts.models import Account, ApiToken, Attempt, OneTimeLink, SignIn, Signup
from forum.db import Moment, columns
from forum.members.models import Member
from forum.members.queries import STANDING, standing
from forum.moderation.models import CategoryModerator
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
    Member.id, Member.role, Member.name, Member.display_name, Member.avatar, Member.locale, Member.timezone,
    Member.theme, *STANDING,
)  # fmt: skip
ONE = select(*MEMBER).where(Member.id == bindparam("member_id"))
SIGNED_IN = select(SignIn.id, SignIn.seen_at, *MEMBER, UNREAD).join(Member, Member.id == SignIn.member_id)
LIVING = SIGNED_IN.where(
    SignIn.token_hash == bindparam("token_hash"), SignIn.expires_at > bindparam("now", type_=Moment()),
    SignIn.seen_at > bindparam("idle", type_=Moment()),
)  # fmt: skip
BY_TOKEN = (
    select(ApiToken.id, ApiToken.scopes, ApiToken.used_at, *MEMBER)
    .join(Member, Member.id == ApiToken.member_id)
    .where(ApiToken.token_hash == bindparam("token_hash"), ApiToken.revoked_at.is_(None))
)


def signed_in(session: Session, token_hash: str, now: datetime) -> tuple[Actor, datetime] | None:
    """(the member behind a session, when it was last seen); None when it is over. One statement."""
    row = columns(session, LIVING, {"token_hash": token_hash, "now": now, "idle": now - IDLE}).first()
    if row is None:
        return None
    actor = _actor(session, row[2:-1], now, unread=row[-1], session_id=row[0])
    return actor, row[1]


def _actor(session: Session, values: Sequence[Any], now: datetime, **more: Any) -> Actor:
    """Whoever stands in the columns MEMBER. One more statement for a moderator who is bound to categories."""
    member_id, role, name, display, avatar, locale, timezone, theme, *marks = values
    found = standing(marks, now)
    if found["bound"]:
        more["moderates"] = moderates(session, member_id)
    return Actor(
        id=member_id, role=role, name=name, display_name=display, avatar=avatar, locale=locale, timezone=timezone,
        theme=theme, **found, **more,
    )  # fmt: skip


def acting(session: Session, member_id: int, now: datetime) -> Actor:
    """A member as whoever acts at this moment, with all that moderation set for them. Raises NoResultFound."""
    return _actor(session, session.execute(ONE, {"member_id": member_id}).one(), now)


def moderates(session: Session, member_id: int) -> frozenset[int]:
    """The categories that a bound moderator moderates."""
    mine = select(CategoryModerator.category_id).where(CategoryModerator.member_id == member_id)
    return frozenset(session.scalars(mine))


def token_actor(session: Session, token_hash: str, now: datetime) -> tuple[Actor, int, datetime | None] | None:
    """(the member behind an API token with the token's scopes, the token's id, when it was last used)."""
    row = columns(session, BY_TOKEN, {"token_hash": token_hash}).first()
    if row is None:
        return None
    return _actor(session, row[3:], now, scopes=frozenset(row[1])), row[0], row[2]


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


class AccountView(msgspec.Struct, frozen=True):
    """An account with its member, for signing in and for mails. Never for a template as a whole."""

    member_id: int
    name: str
    display_name: str
    role: str
    locale: str
    timezone: str
    email: str
    password_hash: str | None


ACCOUNT = select(
    Member.id, Member.name, Member.display_name, Member.role, Member.locale, Member.timezone, Account.email,
    Account.password_hash,
).join(Account, Account.member_id == Member.id)  # fmt: skip


def _account(session: Session, condition: ColumnElement[bool]) -> AccountView | None:
    row = session.execute(ACCOUNT.where(condition)).first()
    return AccountView(*row) if row else None


def account_of(session: Session, member_id: int) -> AccountView | None:
    """The account of a member; None for one without (imported)."""
    return _account(session, Member.id == member_id)


def account_by_email(session: Session, email: str) -> AccountView | None:
    """The account with that address, whatever its case."""
    return _account(session, Account.email_key == email.lower())


def account_by_login(session: Session, login: str) -> AccountView | None:
    """The account that a person means who types `login`: a name (names have no @) or an address."""
    key = login.strip().removeprefix("@").lower()
    return _account(session, Account.email_key == key if "@" in key else Member.name_key == key)


def member_by_name(session: Session, name: str, now: datetime) -> Actor | None:
    """The member called so, whatever its case, as one who may act; also one without account."""
    key = name.strip().removeprefix("@").lower()
    row = session.execute(select(*MEMBER).where(Member.name_key == key)).first()
    return _actor(session, row, now) if row else None


def taken_names(session: Session, keys: list[str], *, now: datetime, but: str = "") -> set[str]:
    """Which of `keys` (lower-case names) a member has or a sign-up holds; `but`: an address whose own do not count."""
    held = select(Signup.name_key).where(Signup.name_key.in_(keys), Signup.expires_at > now, Signup.email_key != but)
    return set(session.scalars(select(Member.name_key).where(Member.name_key.in_(keys)).union_all(held)))


class PendingView(msgspec.Struct, frozen=True):
    """A sign-up that waits for its mail to be answered."""

    id: int
    name: str
    display_name: str
    email: str
    locale: str
    password_hash: str
    token_hash: str | None


PENDING = select(*(getattr(Signup, name) for name in PendingView.__struct_fields__))


def signup(session: Session, token_hash: str, now: datetime) -> PendingView | None:
    """The living sign-up behind a link."""
    row = session.execute(PENDING.where(Signup.token_hash == token_hash, Signup.expires_at > now)).first()
    return PendingView(*row) if row else None


def signup_waits(session: Session, email: str, now: datetime) -> bool:
    """True while a sign-up with that confirmed address waits for a moderator."""
    mine = Signup.email_key == email.lower()
    waits = select(Signup.id).where(mine, Signup.verified_at.is_not(None), Signup.expires_at > now)
    return session.execute(waits.limit(1)).first() is not None


def signup_by_id(session: Session, signup_id: int) -> PendingView | None:
    """The sign-up an event speaks of; None when it was confirmed or replaced meanwhile."""
    row = session.execute(PENDING.where(Signup.id == signup_id)).first()
    return PendingView(*row) if row else None


class LinkView(msgspec.Struct, frozen=True):
    """A one-time link and whose it is; without member for the first administrator."""

    id: int
    purpose: str
    member_id: int | None
    email: str
    expires_at: datetime
    name: str
    display_name: str
    role: str


LINK = (
    select(
        OneTimeLink.id, OneTimeLink.purpose, OneTimeLink.member_id, OneTimeLink.email, OneTimeLink.expires_at,
        func.coalesce(Member.name, ""), func.coalesce(Member.display_name, ""), func.coalesce(Member.role, ""),
    )
    .join(Member, Member.id == OneTimeLink.member_id, isouter=True)
    .where(OneTimeLink.used_at.is_(None))
)  # fmt: skip


def link(session: Session, token_hash: str, purpose: str, now: datetime) -> LinkView | None:
    """The living link behind a digest, for one purpose."""
    row = session.execute(
        LINK.where(OneTimeLink.token_hash == token_hash, OneTimeLink.purpose == purpose, OneTimeLink.expires_at > now)
    ).first()
    return LinkView(*row) if row else None


def link_by_id(session: Session, link_id: int, now: datetime) -> LinkView | None:
    """The living link an event speaks of."""
    row = session.execute(LINK.where(OneTimeLink.id == link_id, OneTimeLink.expires_at > now)).first()
    return LinkView(*row) if row else None


def attempts(session: Session, key: str, since: datetime) -> tuple[int, datetime | None]:
    """(how many attempts were counted under `key` after `since`, when the last one was)."""
    counted = select(func.count(), func.max(Attempt.at)).where(Attempt.key == key, Attempt.at > since)
    count, last = session.execute(counted).one()
    return count, last


def count_admins(session: Session) -> int:
    """How many administrators there are."""
    return session.scalar(select(func.count()).select_from(Member).where(Member.role == "admin")) or 0


class TokenView(msgspec.Struct, frozen=True):
    """An API token in the list of settings; the secret itself is not kept anywhere."""

    id: int
    label: str
    scopes: list[str]
    created_at: datetime
    used_at: datetime | None


def tokens_of(session: Session, actor: Actor) -> list[TokenView]:
    """The living API tokens of `actor`, newest first."""
    rows = session.execute(
        select(ApiToken.id, ApiToken.label, ApiToken.scopes, ApiToken.created_at, ApiToken.used_at)
        .where(ApiToken.member_id == actor.id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id.desc())
    )
    return [TokenView(*row) for row in rows]


def count_tokens(session: Session, member_id: int) -> int:
    """How many living API tokens a member has."""
    living = (ApiToken.member_id == member_id, ApiToken.revoked_at.is_(None))
    return session.scalar(select(func.count()).select_from(ApiToken).where(*living)) or 0
