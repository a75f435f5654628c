"""What members change in their settings: password, address, API tokens. Whoever does it has proved who they are."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.accounts import queries
from forum.accounts.domain import attempts
from forum.accounts.domain.attempts import Watch
from forum.accounts.domain.links import LinkSpent, issue, use
from forum.accounts.domain.names import clean_email
from forum.accounts.domain.people import end_links, end_sessions
from forum.accounts.domain.sessions import Opened, open_session
from forum.accounts.models import Account, ApiToken
from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.events import EmailChangeAsked, EmailChanged, LinkIssued, PasswordChanged, record
from forum.kit import tokens
from forum.kit.i18n import N_, Text
from forum.kit.mail import CONTROL
from forum.policy.actors import SCOPES, SCOPES_OF, Actor, require_member

LABEL_LENGTH = 80
TOKENS_MOST = 50
PREFIX = "rtv_"  # so that scanners for leaked secrets know one when they see it


def change_password(
    session: Session, *, actor: Actor, password_hash: str, now: datetime, browser: str, old_token: str
) -> Opened:
    """Set another password; all sessions (this one gets a new token) and links end. Raises SignInNeeded, NotFound."""
    require_member(actor)
    account = session.get(Account, actor.id, with_for_update=True)
    if account is None:
        raise NotFound()
    account.password_hash = password_hash
    session.flush()
    end_sessions(session, actor.id)
    end_links(session, actor.id, now)
    record(session, PasswordChanged(actor.id), now=now)
    return open_session(
        session, member_id=actor.id, role=actor.role, now=now, browser=browser, old_token=old_token,
        display_name=actor.display_name,
    )  # fmt: skip


def ask_email_change(session: Session, *, actor: Actor, email: str, watch: Watch, now: datetime) -> str:
    """Write to the new address for its consent, and to the present one as a warning; the new address, cleaned.

    An address of somebody else is written to as well (its owner learns of it), so that nothing is given away here.
    Raises SignInNeeded, Invalid(email), TooMany.
    """
    require_member(actor)
    email = clean_email(email)
    account = queries.account_of(session, actor.id)
    if account is None:
        raise NotFound()
    if account.email == email:
        raise Invalid({"email": N_("This is your address already.")})
    attempts.require_asking(session, watch, now)
    if attempts.may_mail(session, watch, email, now):
        link_id, token = issue(session, "email", now=now, member_id=actor.id, email=email)
        record(session, LinkIssued(link_id, token), now=now)
        record(session, EmailChangeAsked(link_id), now=now)
    return email


def confirm_email_change(session: Session, *, token: str, now: datetime) -> queries.LinkView:
    """From now on mail goes where the link was sent. Raises LinkSpent (also when another member has that address)."""
    link = use(session, token, "email", now)
    account = session.get(Account, link.member_id, with_for_update=True)
    if account is None:
        raise LinkSpent()
    old = account.email
    try:
        with session.begin_nested():
            account.email, account.email_key, account.verified_at = link.email, link.email.lower(), now
            session.flush()
    except IntegrityError:
        raise LinkSpent() from None
    record(session, EmailChanged(account.member_id, old), now=now)
    return link


def issue_token(session: Session, *, actor: Actor, label: str, scopes: Sequence[str], now: datetime) -> str:
    """An API token for `actor`: the secret, shown once. Raises SignInNeeded, Invalid(label, scopes)."""
    require_member(actor)
    label = " ".join(CONTROL.sub(" ", label).split())
    wrong: dict[str, str | Text] = {}
    if not label:
        wrong["label"] = N_("Say what the token is for, so that you know it again.")
    elif len(label) > LABEL_LENGTH:
        wrong["label"] = Text(N_("At most %(n)s characters, please."), {"n": LABEL_LENGTH})
    beyond = [scope for scope in scopes if scope not in SCOPES_OF[actor.role]]
    if not scopes:
        wrong["scopes"] = N_("Choose at least one thing that the token may do.")
    elif beyond:
        wrong["scopes"] = Text(N_("Your role does not go as far as “%(scope)s”."), {"scope": beyond[0][:40]})
    elif queries.count_tokens(session, actor.id) >= TOKENS_MOST:
        wrong["label"] = Text(N_("You have %(n)s tokens. Revoke one you no longer need first."), {"n": TOKENS_MOST})
    if wrong:
        raise Invalid(wrong)
    token = PREFIX + tokens.new_token()
    chosen = [scope for scope in SCOPES if scope in scopes]
    session.add(
        ApiToken(member_id=actor.id, label=label, token_hash=tokens.digest(token), scopes=chosen, created_at=now)
    )
    session.flush()
    return token


def revoke_token(session: Session, *, actor: Actor, token_id: int, now: datetime) -> None:
    """The token works no more. Raises SignInNeeded, NotFound (also for somebody else's)."""
    require_member(actor)
    if not 0 < token_id <= MAX_ID:
        raise NotFound()
    gone = (
        update(ApiToken)
        .where(ApiToken.id == token_id, ApiToken.member_id == actor.id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if not session.execute(gone).rowcount:  # type: ignore[attr-defined]
        raise NotFound()
