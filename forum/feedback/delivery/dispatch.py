"""One delivery: what it says is looked up in short transactions, made and sent outside of any, noted in another."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import msgspec
import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.categories.queries import SiteView, house
from forum.errors import Busy, Unavailable
from forum.feedback.delivery import content, queue, runs
from forum.feedback.delivery.models import Delivery, Destination, Link, Run, Schedule
from forum.feedback.delivery.senders import github, hooks, jira
from forum.feedback.delivery.senders.base import Outcome, Secrets, attempt
from forum.feedback.exports import domain as exports
from forum.feedback.exports import render, snapshot
from forum.feedback.exports.domain import Left
from forum.feedback.exports.models import Snapshot
from forum.feedback.exports.shapes import Page
from forum.feedback.exports.snapshot import Opened
from forum.feedback.models import Item, Team
from forum.kit.i18n import N_
from forum.kit.mail import Attachment, Mail
from forum.kit.sealing import Unreadable
from forum.webhooks.outgoing import Outgoing
from forum.worker import Task

log = structlog.get_logger("forum.delivery")


class Ready(msgspec.Struct, frozen=True):
    """What is to be done, with no database. `left`: each piece of it, for the list of who had what.

    `made_at`: when it was asked what may be shown.
    """

    send: Callable[[], Outcome]
    made_at: datetime
    left: tuple[Left, ...] = ()


def dispatch(task: Task, taken: queue.Claim) -> Outcome:
    """Make it, send it, note it. Raises Busy, Unavailable: then the lease ends, and it is done again."""
    ready = Ready(lambda: Outcome(ok=False), task.clock())
    try:
        ready = _ready(task, taken)
        outcome = ready.send()
    except (Busy, Unavailable):
        raise
    except Exception as error:  # a bug, or a mail server: a try that failed, so that the queue is not stuck for good
        log.exception("delivery failed", delivery=taken.delivery_id)
        outcome = Outcome(ok=False, error=f"{type(error).__name__}: {error}"[:300])
    with task.db.write() as session:
        queue.finish(session, taken, outcome, task.clock())
        if outcome.ok and ready.left:
            _note(session, task, taken, ready)
    return outcome


def _ready(task: Task, taken: queue.Claim) -> Ready:
    """Nobody who writes waits for what is typeset: SQLite has one writer."""
    now, mine = task.clock(), Delivery.id == taken.delivery_id
    with task.db.read() as session:
        snapshot_id = session.scalar(select(Run.snapshot_id).join(Delivery, Delivery.run_id == Run.id).where(mine))
    if snapshot_id is not None:
        with task.db.write() as session:  # cleared of what may not be shown any more
            snapshot.check(session, snapshot_id, now)
    with task.db.read() as session:
        row = session.get_one(Delivery, taken.delivery_id)
        if row.destination_id is not None:
            return _request(task, session, row, session.get_one(Destination, row.destination_id), now)
        letter = _letter(session, row, now)
    if letter is None:
        outcome = Outcome(ok=False, error=N_("They read for this team no more."), final=True)
        return Ready(lambda: outcome, now)
    return _mail(task, letter, now)


def _request(task: Task, session: Session, row: Delivery, to: Destination, now: datetime) -> Ready:
    out, base = Outgoing(networks=task.settings.reachable), task.settings.base_url
    site, options = house(session).site.name, dict(to.options)
    try:
        secrets = Secrets.opened(task.settings.secret(), to.sealed)
    except Unreadable:
        words = N_("Its secret cannot be read: the file secret.key is another one. Enter the secret anew.")
        outcome = Outcome(ok=False, error=words, final=True, gone=True)
        return Ready(lambda: outcome, now)
    if row.what == "issue":
        link = select(Link.key).where(Link.item_id == row.item_id, Link.destination_id == to.id)
        issue = content.issue_of(
            session, session.get_one(Item, row.item_id), secret=task.settings.secret(), site=site, base_url=base,
            locale=task.settings.locale, since=row.created_at, known=session.scalar(link) or "",
        )  # fmt: skip
        opener = jira.open_issue if to.kind == "jira" else github.open_issue
        return Ready(partial(attempt, partial(opener, out, secrets, options, issue, now)), now)
    if to.kind in {"jira", "github"}:
        checker = jira.check if to.kind == "jira" else github.check
        return Ready(partial(attempt, partial(checker, out, secrets, options, now)), now)
    run = session.get_one(Run, row.run_id) if row.what == "summary" else None
    page = snapshot.opened(session, run.snapshot_id or "").page if run else None
    if to.kind == "slack":
        text = content.summary_text(page, base) if page else content.test_text(site, task.settings.locale)
        return Ready(partial(attempt, partial(hooks.slack, out, secrets, text, now)), now, _left("md", text, page))
    keys = 2 if to.old_key_until and to.old_key_until > now else 1
    body = (
        content.summary_event(page, run, base) if page and run
        else content.event(content.TEST, row.created_at, {"site": site, "url": base})
    )  # fmt: skip
    send = partial(hooks.webhook, out, secrets, keys, row.message_id, body, now)
    return Ready(partial(attempt, send), now, _left("json", body, page))


def _left(kind: str, said: str | bytes, page: Page | None) -> tuple[Left, ...]:
    """The record of it. A message of Slack has the five and nobody's words, a webhook all items and the page's."""
    if page is None:
        return ()
    rows = len(page.top) if kind == "md" else len(page.lines) + render.on_page(page)
    return (Left(kind, said.encode() if isinstance(said, str) else said, rows),)


class Letter(msgspec.Struct, frozen=True):
    """A mail that is still to be written. `files`: (kind, name)."""

    to: str
    message_id: str
    locale: str
    found: Opened
    site: SiteView
    files: list[tuple[str, str]]


def _letter(session: Session, row: Delivery, now: datetime) -> Letter | None:
    """The summary by mail; None for somebody who may not have it any more."""
    run = session.get_one(Run, row.run_id)
    kept = session.get_one(Snapshot, run.snapshot_id)
    if row.member_id is not None and not runs.still_reads(session, kept.team_id, row.member_id, now):
        return None
    kinds = session.get_one(Schedule, run.schedule_id).formats
    return Letter(
        row.address, row.message_id, kept.locale, Opened(kept.data, kept.redacted), house(session).site,
        [(kind, file_name(session, kept, kind)) for kind in kinds],
    )  # fmt: skip


def _mail(task: Task, it: Letter, now: datetime) -> Ready:
    """Written, with its files."""
    found, base = it.found, task.settings.base_url
    subject, text, html = render.mail(
        found.page, task.templates, site=it.site, locale=it.locale, base_url=base, now=now
    )
    files = tuple(
        Attachment(name, render.TYPES[kind], render.render(found, kind, base_url=base)) for kind, name in it.files
    )
    mail = Mail(it.to, subject, text, html, it.message_id, sender_name=it.site.name, files=files)

    def send() -> Outcome:
        task.mailer.send(mail, now=now)
        return Outcome(ok=True)

    body = Left("html", html.encode(), len(found.page.top) + render.on_page(found.page))
    attached = (
        Left(kind, file.data, render.rows_of(found, kind)) for (kind, _), file in zip(it.files, files, strict=True)
    )
    return Ready(send, now, (body, *attached))


def file_name(session: Session, kept: Snapshot, kind: str) -> str:
    """As in "feedback-product-2026-10-01-2026-10-31.pdf"."""
    team = session.get(Team, kept.team_id) if kept.team_id else None
    slug = re.sub(r"[^a-z0-9-]", "", team.slug) if team else "all"
    return f"feedback-{slug}-{kept.starts}-{kept.ends - timedelta(days=1)}.{kind}"


def _note(session: Session, task: Task, taken: queue.Claim, ready: Ready) -> None:
    """Who had what, a row for each piece: beside the snapshot, and in the log of the staff."""
    row = session.get_one(Delivery, taken.delivery_id)
    run = session.get(Run, row.run_id) if row.run_id else None
    if run is None or run.snapshot_id is None:
        return
    to = exports.Receiver(row.id, row.destination_id or 0, row.address)
    for piece in ready.left:
        exports.said(
            session, snapshot_id=run.snapshot_id, left=piece, by_id=row.member_id,
            how="webhook" if row.destination_id else "mail", to=to, made_at=ready.made_at, now=task.clock(),
        )  # fmt: skip
