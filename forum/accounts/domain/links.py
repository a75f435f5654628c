"""One-time links: made, looked at (GET), used (POST, once)."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.accounts.domain import attempts
from forum.accounts.domain.attempts import Watch
from forum.accounts.domain.names import Person, clean_email
from forum.accounts.domain.people import create_member, end_links, end_sessions, end_tokens
from forum.accounts.domain.sessions import Opened, open_session
from forum.accounts.models import Account, OneTimeLink
from forum.accounts.queries import LinkView
from forum.audit import domain as audit
from forum.errors import ForumError
from forum.events import AddressUnknown, LinkIssued, PasswordChanged, record
from forum.kit import tokens
from forum.kit.i18n import N_
from forum.moderation.queries.blocks import require_entry

LIFETIMES = {
    "welcome": timedelta(days=7),
    "reset": timedelta(hours=2),
    "email": timedelta(days=1),
    "setup": timedelta(days=1),
}
"""How long a link of each purpose works: the more it opens, and the easier it is to ask again, the shorter."""


class LinkSpent(ForumError):
    """410: a link that was used, has run out, or never was: the three must look alike."""

    status = 410
    message = N_("This link has been used already, or it has expired.")


def issue(
    session: Session, purpose: str, *, now: datetime, member_id: int | None = None, email: str = ""
) -> tuple[int, str]:
    """A link's (id, token). The token is the secret of its address; only its digest is kept."""
    token = tokens.new_token()
    link = OneTimeLink(
        token_hash=tokens.digest(token), purpose=purpose, member_id=member_id, email=email, created_at=now,
        expires_at=now + LIFETIMES[purpose],
    )  # fmt: skip
    session.add(link)
    session.flush()
    return link.id, token


def look(session: Session, token: str, purpose: str, now: datetime) -> LinkView:
    """The living link behind `token`; looking uses nothing up. Raises LinkSpent."""
    found = queries.link(session, tokens.digest(token), purpose, now)
    if found is None or (purpose == "setup" and queries.count_admins(session)):
        raise LinkSpent()
    return found


def use(session: Session, token: str, purpose: str, now: datetime) -> LinkView:
    """The same, and the link is used up; of two that try at once, one gets LinkSpent."""
    found = look(session, token, purpose, now)
    taken = update(OneTimeLink).where(OneTimeLink.id == found.id, OneTimeLink.used_at.is_(None)).values(used_at=now)
    if not session.execute(taken).rowcount:  # type: ignore[attr-defined]
        raise LinkSpent()
    return found


def ask_reset(session: Session, *, email: str, watch: Watch, locale: str, now: datetime) -> None:
    """A way back in, by mail, for whoever owns `email`. Raises Invalid(email), TooMany.

    With and without an account the same statements run: an address without one gets a link that opens nothing,
    so that neither the answer nor its time tells the two apart.
    """
    email = clean_email(email)
    attempts.require_asking(session, watch, now)
    if not attempts.may_mail(session, watch, email, now):
        return
    found = queries.account_by_email(session, email)
    link_id, token = issue(session, "reset", now=now, member_id=found.member_id if found else None)
    record(session, LinkIssued(link_id, token) if found else AddressUnknown(email, locale), now=now)


def set_password_by_link(
    session: Session, *, token: str, purpose: str, password_hash: str, now: datetime, browser: str, client: str,
    old_token: str = "",
) -> Opened:  # fmt: skip
    """A first password (purpose "welcome") or a new one ("reset"), and a session with it.

    Whoever forgot a password may have lost it to somebody: every session, link and API token of before ends.
    Raises LinkSpent, Invalid("" for a blocked network: the link stays good).
    """
    link = use(session, token, purpose, now)
    require_entry(session, client=client, now=now)
    if link.member_id is None:
        raise LinkSpent()
    account = session.get(Account, link.member_id, with_for_update=True)
    if account is None:
        raise LinkSpent()
    account.password_hash = password_hash
    account.verified_at = account.verified_at or now
    session.flush()
    end_sessions(session, link.member_id)
    end_links(session, link.member_id, now)
    if purpose == "reset":
        end_tokens(session, link.member_id, now)
        record(session, PasswordChanged(link.member_id), now=now)
    return open_session(
        session, member_id=link.member_id, role=link.role, now=now, browser=browser, old_token=old_token,
        display_name=link.display_name,
    )  # fmt: skip


def issue_setup(session: Session, now: datetime) -> str:
    """The token of `/setup/{token}`, where the first administrator is made; "" when there is one already.

    Links printed before stop working: the newest start of the server holds the only key.
    """
    if queries.count_admins(session):
        return ""
    session.execute(
        update(OneTimeLink).where(OneTimeLink.purpose == "setup", OneTimeLink.used_at.is_(None)).values(used_at=now)
    )
    return issue(session, "setup", now=now)[1]


def set_up(
    session: Session,
    *,
    token: str,
    person: Person,
    password_hash: str,
    locale: str,
    now: datetime,
    browser: str,
    old_token: str = "",
) -> Opened:
    """Make the first administrator. Raises LinkSpent (also when there is one by now), Invalid(name, email, …)."""
    use(session, token, "setup", now)
    member = create_member(
        session,
        name=person.name,
        display_name=person.display_name,
        email=person.email,
        role="admin",
        password_hash=password_hash,
        locale=locale,
        now=now,
    )
    opened = open_session(
        session, member_id=member.id, role="admin", now=now, browser=browser, old_token=old_token,
        display_name=member.display_name,
    )  # fmt: skip
    audit.write(
        session, action="member.created", actor_id=None, subject_id=member.id, target=f"member:{member.id}",
        data={"by": "setup", "role": "admin"}, now=now,
    )  # fmt: skip
    return opened
