"""Signing up: a name is held, a mail goes out, and a member exists once its link is answered."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.accounts.domain import attempts
from forum.accounts.domain.attempts import Watch
from forum.accounts.domain.links import LinkSpent
from forum.accounts.domain.names import Person, require_free
from forum.accounts.domain.people import create_member
from forum.accounts.domain.sessions import Opened, open_session
from forum.accounts.models import Signup
from forum.accounts.queries import PendingView
from forum.categories.models import Site
from forum.errors import Conflict, Forbidden, Invalid
from forum.events import SignupStarted, SignupWaits, record
from forum.kit import tokens
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.moderation.queries.blocks import require_open

EXPIRY = timedelta(days=3)
APPROVAL = timedelta(days=30)
"""How long a confirmed sign-up waits for a moderator at the most."""


def start_signup(
    session: Session, *, person: Person, password_hash: str, watch: Watch, locale: str, next_path: str, now: datetime
) -> None:
    """Hold the name and write to the address. Raises Invalid(name; email or "": blocked), TooMany, Conflict (a race).

    Whether the address has an account decides nothing but which mail it gets: the same statements run, and a row is
    made in both cases. A second sign-up with the same name and address takes the place of the first.
    """
    attempts.require_asking(session, watch, now)
    require_open(session, client=watch.client, email=person.email, now=now)
    email_key = person.email.lower()
    require_free(session, person.name, person.display_name, now=now, email_key=email_key)
    session.execute(delete(Signup).where(Signup.name_key == person.name.lower()))  # expired, or their own
    known = queries.account_by_email(session, person.email) is not None
    token = tokens.new_token()
    row = Signup(
        name=person.name, name_key=person.name.lower(), display_name=person.display_name, email=person.email,
        email_key=email_key, password_hash=password_hash, locale=locale, created_at=now, expires_at=now + EXPIRY,
        token_hash=None if known else tokens.digest(token),
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("Somebody has just taken this name or address. Choose again.")) from None
    if attempts.may_mail(session, watch, person.email, now):
        record(session, SignupStarted(row.id, None if known else token, next_path), now=now)


def waiting(session: Session, token: str, now: datetime) -> PendingView:
    """The sign-up behind a mail's link; looking changes nothing. Raises LinkSpent."""
    found = queries.signup(session, tokens.digest(token), now)
    if found is None:
        raise LinkSpent()
    return found


def confirm(
    session: Session, *, token: str, now: datetime, browser: str, client: str, old_token: str = ""
) -> Opened | None:
    """Make the member whose mail was answered, and a session. Of two that try at once, one gets LinkSpent.

    None where a moderator looks at new accounts first: the sign-up waits (`moderation.domain.signups`).
    Raises LinkSpent, Forbidden (the network, address or domain is blocked by now: the link stays good), Invalid(name
    or email) when another member got one of them meanwhile.
    """
    found = waiting(session, token, now)
    try:
        require_open(session, client=client, email=found.email, now=now)
    except Invalid as error:  # the page has no form that could say it beside a field
        raise Forbidden(*error.fields.values()) from None
    if session.scalar(select(Site.approve_signups)):
        _wait(session, found, now)
        return None
    if not session.execute(delete(Signup).where(Signup.id == found.id)).rowcount:  # type: ignore[attr-defined]
        raise LinkSpent()
    session.execute(delete(Signup).where(Signup.email_key == found.email.lower()))  # other names they tried
    member = admit(session, found, now)
    return open_session(
        session, member_id=member.id, role=member.role, now=now, browser=browser, old_token=old_token,
        display_name=member.display_name,
    )  # fmt: skip


def admit(session: Session, found: PendingView, now: datetime) -> Member:
    """The member that a sign-up becomes. Raises Invalid(name or email), Conflict."""
    return create_member(
        session, name=found.name, display_name=found.display_name, email=found.email, now=now, trusted=False,
        password_hash=found.password_hash, locale=found.locale,
    )  # fmt: skip


def _wait(session: Session, found: PendingView, now: datetime) -> None:
    """The address is confirmed and the link spent; the account waits for a moderator."""
    mine = update(Signup).where(Signup.id == found.id, Signup.verified_at.is_(None))
    if not session.execute(mine.values(verified_at=now, expires_at=now + APPROVAL, token_hash=None)).rowcount:  # type: ignore[attr-defined]
        raise LinkSpent()
    others = delete(Signup).where(Signup.email_key == found.email.lower(), Signup.id != found.id)
    session.execute(others)
    record(session, SignupWaits(found.id), now=now)
