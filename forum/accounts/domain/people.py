"""Members are made, and get their roles; their sign-ins end."""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.accounts.domain.names import clean_display_name, clean_email, clean_name
from forum.accounts.models import Account, ApiToken, OneTimeLink, SignIn
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.events import AccessChanged, record
from forum.kit.i18n import N_, Text
from forum.members.models import ROLES, Member


def create_member(
    session: Session, *, name: str, email: str, now: datetime, display_name: str = "", role: str = "member",
    password_hash: str | None = None, trusted: bool = True, locale: str = "", timezone: str = "Europe/Rome",
    joined_at: datetime | None = None, about: str = "", place: str = "", links: tuple[str, ...] = (),
) -> Member:  # fmt: skip
    """A member and the account behind it; the address counts as verified.

    Reserved names are the caller's to refuse (`check_name`): an operator may well be called "admin".
    `trusted`: never held or limited as a newcomer.
    Raises Invalid(name, display_name, email), Conflict (a race), ValueError for an unknown role.
    """
    if role not in ROLES:
        raise ValueError(f"no such role: {role!r}")
    name, email = clean_name(name), clean_email(email)
    shown = clean_display_name(display_name, name=name)
    if queries.taken_names(session, [name.lower()], now=now, but=email.lower()):
        raise Invalid({"name": Text(N_("“%(name)s” is already taken."), {"name": name})})
    if queries.account_by_email(session, email) is not None:
        raise Invalid({"email": Text(N_("“%(email)s” already belongs to a member."), {"email": email})})
    member = Member(
        name=name, name_key=name.lower(), display_name=shown, role=role, locale=locale, timezone=timezone, about=about,
        place=place, links=list(links), joined_at=joined_at or now,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(member)
            session.flush()
            session.add(
                Account(
                    member_id=member.id,
                    email=email,
                    email_key=email.lower(),
                    password_hash=password_hash,
                    verified_at=now,
                    trusted=trusted,
                    created_at=now,
                )
            )
            session.flush()
    except IntegrityError:  # somebody was faster between the questions above and the rows
        raise Conflict(N_("Somebody has just taken this name or address. Choose again.")) from None
    return member


def set_role(session: Session, member_id: int, role: str, now: datetime) -> str:
    """Give a member another role; the one before. All their sessions end, so that no browser keeps its powers.

    Raises NotFound, Conflict (the last administrator), ValueError for an unknown role.
    """
    if role not in ROLES:
        raise ValueError(f"no such role: {role!r}")
    member = session.get(Member, member_id, with_for_update=True)
    if member is None:
        raise NotFound()
    before = member.role
    if before == role:
        return before
    if member.role == "admin" and queries.count_admins(session) < 2:
        raise Conflict(N_("This is the only administrator. Make another one first."))
    member.role = role
    session.flush()
    end_sessions(session, member_id)
    record(session, AccessChanged(member_id=member_id), now=now)
    return before


def end_sessions(session: Session, member_id: int, *, but: int = 0) -> int:
    """Sign a member out everywhere, except from the session with id `but`; how many sessions ended."""
    query = delete(SignIn).where(SignIn.member_id == member_id, SignIn.id != but)
    return int(session.execute(query).rowcount)  # type: ignore[attr-defined]


def end_session(session: Session, member_id: int, session_id: int) -> bool:
    """Sign one browser of a member out; False when there is no such session of theirs."""
    if not 0 < session_id <= MAX_ID:
        return False
    query = delete(SignIn).where(SignIn.member_id == member_id, SignIn.id == session_id)
    return bool(session.execute(query).rowcount)  # type: ignore[attr-defined]


def end_links(session: Session, member_id: int, now: datetime) -> None:
    """No one-time link of this member works any more."""
    session.execute(
        update(OneTimeLink).where(OneTimeLink.member_id == member_id, OneTimeLink.used_at.is_(None)).values(used_at=now)
    )


def end_tokens(session: Session, member_id: int, now: datetime) -> None:
    """No API token of this member works any more."""
    session.execute(
        update(ApiToken).where(ApiToken.member_id == member_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    )
