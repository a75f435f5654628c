"""Mails about accounts. Links lead to the configured address, never to where a request came from."""

from typing import Any
from urllib.parse import quote

import structlog

from forum.accounts import queries
from forum.accounts.queries import AccountView
from forum.categories.queries import house
from forum.events import (
    AddressUnknown,
    EmailChangeAsked,
    EmailChanged,
    LinkIssued,
    PasswordChanged,
    SignupDecided,
    SignupStarted,
)
from forum.kit import tokens
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.settings import LOCALES
from forum.worker import Task

log = structlog.get_logger("forum.accounts")
TIMEZONE = "Europe/Rome"


def mail_signup(task: Task, event: SignupStarted) -> None:
    """The link that makes the account, or word to the owner of an address that has one already."""
    with task.db.read() as session:
        pending = queries.signup_by_id(session, event.signup_id)
        owner = queries.account_by_email(session, pending.email) if pending else None
    if pending is None:
        return  # confirmed or replaced meanwhile
    if event.token is None:
        if owner is not None:
            url = _url(task, "/password/forgot")
            _send(task, "signup_known", owner.email, owner.locale or pending.locale, name=owner.name, url=url)
        return
    if pending.token_hash == tokens.digest(event.token):
        query = f"?next={quote(event.next, safe='/')}" if event.next != "/" else ""
        url = _url(task, f"/verify/{event.token}{query}")
        _send(task, "signup", pending.email, pending.locale, name=pending.name, url=url)


def mail_link(task: Task, event: LinkIssued) -> None:
    """A one-time link, to whom it is for."""
    with task.db.read() as session:
        link = queries.link_by_id(session, event.link_id, task.clock())
        owner = queries.account_of(session, link.member_id) if link and link.member_id else None
        other = queries.account_by_email(session, link.email) if link and link.purpose == "email" else None
    if link is None or owner is None:
        return  # used or expired meanwhile
    if link.purpose == "email" and other is not None and other.member_id != owner.member_id:
        _tell(task, "email_taken", other)
        return
    path, template, to = {
        "reset": (f"/password/reset/{event.token}", "reset", owner.email),
        "welcome": (f"/link/{event.token}", "welcome", owner.email),
        "email": (f"/settings/email/{event.token}", "email_confirm", link.email),
    }[link.purpose]
    _send(
        task,
        template,
        to,
        owner.locale,
        timezone=owner.timezone,
        name=owner.name,
        email=link.email,
        url=_url(task, path),
    )


def mail_address_unknown(task: Task, event: AddressUnknown) -> None:
    """Word to an address that has no account, since somebody thought it had one."""
    _send(task, "address_unknown", event.email, event.locale, url=_url(task, "/password/forgot"))


def mail_signup_decided(task: Task, event: SignupDecided) -> None:
    """Word to somebody whose account a moderator let in, or turned down."""
    template = "signup_approved" if event.member_id else "signup_declined"
    url = _url(task, "/login") if event.member_id else ""
    _send(task, template, event.email, event.locale, name=event.name, url=url, explanation=event.explanation)


def mail_email_change_asked(task: Task, event: EmailChangeAsked) -> None:
    """A warning to the present address, while there is time."""
    with task.db.read() as session:
        link = queries.link_by_id(session, event.link_id, task.clock())
        owner = queries.account_of(session, link.member_id) if link and link.member_id else None
    if link is not None and owner is not None:
        _tell(task, "email_change_asked", owner, email=link.email, url=_url(task, "/password/forgot"))


def mail_email_changed(task: Task, event: EmailChanged) -> None:
    """A last word to the address of before."""
    with task.db.read() as session:
        owner = queries.account_of(session, event.member_id)
    if owner is not None:
        _tell(task, "email_changed", owner, to=event.old, email=owner.email)


def mail_password_changed(task: Task, event: PasswordChanged) -> None:
    """The owner hears of every change, and what to do when it was not theirs."""
    with task.db.read() as session:
        owner = queries.account_of(session, event.member_id)
    if owner is not None:
        _tell(task, "password_changed", owner, at=task.clock(), url=_url(task, "/password/forgot"))


def _url(task: Task, path: str) -> str:
    return task.settings.base_url.rstrip("/") + path


def _tell(task: Task, template: str, owner: AccountView, *, to: str = "", **context: Any) -> None:
    _send(task, template, to or owner.email, owner.locale, timezone=owner.timezone, name=owner.name, **context)


def _send(
    task: Task, template: str, to: str, locale: str, *, timezone: str = TIMEZONE, url: str = "", **context: Any
) -> None:
    """Render and hand over. The Message-ID comes from the outbox row: a second run sends the same mail again."""
    locale = locale if locale in LOCALES else task.settings.locale
    with task.db.read() as session:
        site = house(session).site
    frame = mail_frame(site, locale=locale, timezone=timezone, now=task.clock(), base_url=task.settings.base_url)
    subject, text, html = render_mail(
        task.templates, locale, f"accounts/{template}", {"frame": frame, "url": url, **context}
    )
    mail = Mail(to, subject, text, html, f"account-{template}-{task.id}", sender_name=site.name)
    task.mailer.send(mail, now=task.clock())
    if url and task.settings.trial:
        log.info("mail written", mail=template, to=to, link=url)  # on a trial site nobody has a mailbox to look into
