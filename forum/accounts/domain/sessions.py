"""Signing in and out: a new session each time, its token known to the browser alone."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.accounts.domain import attempts
from forum.accounts.domain.attempts import Watch
from forum.accounts.models import Account, SignIn
from forum.accounts.passwords import booth, outdated
from forum.db import Database
from forum.errors import Invalid
from forum.kit import tokens
from forum.kit.i18n import N_
from forum.kit.mail import one_line
from forum.moderation.queries.blocks import require_entry
from forum.policy.actors import STAFF, Actor

ABSOLUTE = timedelta(days=60)
STAFF_ABSOLUTE = timedelta(hours=12)
REFUSED = N_("Name and password do not belong together.")


class Opened(msgspec.Struct, frozen=True):
    """A session that was just made. `token` goes into the cookie and nowhere else."""

    member_id: int
    token: str
    lifetime: timedelta
    display_name: str = ""


def open_session(
    session: Session,
    *,
    member_id: int,
    role: str,
    now: datetime,
    browser: str,
    old_token: str = "",
    display_name: str = "",
) -> Opened:
    """A session with a token of its own. `old_token`: the browser's session until now, which ends."""
    close_session(session, old_token)
    token, lifetime = tokens.new_token(), STAFF_ABSOLUTE if role in STAFF else ABSOLUTE
    session.add(
        SignIn(
            token_hash=tokens.digest(token),
            member_id=member_id,
            created_at=now,
            seen_at=now,
            expires_at=now + lifetime,
            browser=browser_name(browser),
        )
    )
    session.flush()
    return Opened(member_id, token, lifetime, display_name)


def close_session(session: Session, token: str) -> None:
    """End the session behind `token`, if there is one."""
    if token:
        session.execute(delete(SignIn).where(SignIn.token_hash == tokens.digest(token)))


def sign_in(
    db: Database, *, login: str, password: str, watch: Watch, browser: str, now: datetime, old_token: str = ""
) -> Opened:
    """Open a session for whoever gives the right password. `login`: a name or an e-mail address.

    The counters are read and written while the hashing slot is held, so that a burst of parallel guesses is no
    bigger than there are slots. An unknown name costs the same time as a wrong password.
    Raises Invalid("" for a wrong pair or a blocked network, login or password for an empty one), TooMany, Busy.
    """
    if not login.strip() or not password:
        raise Invalid({"login" if not login.strip() else "password": N_("Write your name and your password.")})
    with booth() as at:
        with db.read() as session:
            require_entry(session, client=watch.client, now=now)
            found = queries.account_by_login(session, login)
            guarded = attempts.guard(watch, login, found.member_id if found else None)
            attempts.admit(session, guarded, now)
        fits = at.verify(found.password_hash if found else None, password)
        fresh = at.hash(password) if fits and found and outdated(found.password_hash or "") else ""
        with db.write() as session:
            if not fits or found is None:
                attempts.note(session, guarded.keys, now)
                opened = None
            else:
                attempts.forget(session, guarded.account)
                _rehash(session, found, fresh)
                opened = open_session(
                    session, member_id=found.member_id, role=found.role, now=now, browser=browser, old_token=old_token,
                    display_name=found.display_name,
                )  # fmt: skip
    if opened is None:
        raise Invalid({"": REFUSED})  # which of the two is wrong, nobody is told
    return opened


def _rehash(session: Session, found: queries.AccountView, fresh: str) -> None:
    """Keep the hash with today's parameters, unless the password has changed meanwhile."""
    if fresh:
        session.execute(
            update(Account)
            .where(Account.member_id == found.member_id, Account.password_hash == found.password_hash)
            .values(password_hash=fresh)
        )


def prove(db: Database, *, actor: Actor, password: str, watch: Watch, now: datetime) -> None:
    """Ask a signed-in member for their password again, before something dangerous.

    Guesses count as at the sign-in page. Raises Invalid(current_password), TooMany, Busy.
    """
    if not password:
        raise Invalid({"current_password": N_("Write your present password.")})
    with booth() as at:
        with db.read() as session:
            found = queries.account_of(session, actor.id)
            guarded = attempts.guard(watch, actor.name, actor.id)
            attempts.admit(session, guarded, now)
        if at.verify(found.password_hash if found else None, password):
            return
        with db.write() as session:
            attempts.note(session, guarded.keys, now)
    raise Invalid({"current_password": N_("This is not your present password.")})


BROWSERS = (
    ("Firefox", "Firefox/"), ("Firefox", "FxiOS/"), ("Edge", "Edg"), ("Opera", "OPR/"),
    ("Samsung Internet", "SamsungBrowser/"), ("Vivaldi", "Vivaldi/"), ("Chrome", "Chrome/"), ("Chrome", "CriOS/"),
    ("Safari", "Safari/"),
)  # fmt: skip
SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows NT"), ("macOS", "Mac OS X"),
    ("ChromeOS", "CrOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_name(agent: str) -> str:
    """What a User-Agent header says in two words: "Firefox, Linux". The lists' order matters: each imitates others."""
    found = [next((name for name, mark in marks if mark in agent), "") for marks in (BROWSERS, SYSTEMS)]
    return ", ".join(part for part in found if part) or one_line(agent)[:60]
