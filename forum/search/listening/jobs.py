"""The mail about new finds: looked for as its reader, at the moment it is written; none when nothing is new."""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import case, or_, update
from sqlalchemy.orm import Session

from forum.categories.queries import House, house
from forum.events import FindsDue, HousekeepingDue, record
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.notifications.queries import wants_mail
from forum.notifications.unsubscribe import unsubscribe_path
from forum.outbox import Event
from forum.policy.actors import Actor
from forum.search import finding, queries
from forum.search.engines.base import Engine, IndexUnusable
from forum.search.forms import Asked, SearchForm, asked
from forum.search.jobs import engine_of, index_changes
from forum.search.listening.approvals import approved
from forum.search.models import SavedSearch
from forum.search.queries import Listener
from forum.search.views import Group, Row
from forum.search.words import Reader, query_words
from forum.worker import Task

WEEK = timedelta(days=7)
KIND = "finds"
BATCH = 500  # members a transaction
SHOWN = 5  # threads of one search in a mail; the rest is behind its link


class Finds(msgspec.Struct, frozen=True):
    """What a kept search has found since the last mail."""

    saved_id: int
    label: str
    href: str
    groups: tuple[Group, ...]
    posts: int
    newest: int
    """The highest id among them: what the next mail begins after, beside what moderators let appear."""


def listen(task: Task, event: Event) -> None:
    """Have each member's searches looked at whose last mail is a week old. Runs with the housekeeping."""
    assert isinstance(event, HousekeepingDue)
    now, after = task.clock(), 0
    while True:
        with task.db.read() as session:
            members = queries.listeners(session, now - WEEK, after, BATCH)
        if not members:
            return
        with task.db.write() as session:
            for member_id in members:
                record(session, FindsDue(member_id), now=now, key=f"{member_id}:{now.date()}")
        after = members[-1]


def mail_finds(task: Task, event: Event) -> None:
    """One member's mail. A repeated run sends nothing; one killed before it was noted sends the same mail again.

    First the index hears of what waits: what it did not know today would have too low a number for the next mail.
    Raises IndexUnusable: then it is tried again when the index has been built.
    """
    assert isinstance(event, FindsDue)
    now = task.clock()
    index_changes(task, event)
    with task.db.read() as session:
        to = queries.listener(session, event.member_id, now)
        if to is None or not wants_mail(session, event.member_id, KIND):
            return
        place = house(session)
        kept = queries.due_searches(session, event.member_id, now - WEEK)
        engine = engine_of(task.settings, task.db)
        reader = Reader(to.actor, to.actor.locale or task.settings.locale, now)
        found = [it for row in kept if (it := _finds(session, engine, place, reader, row))]
    if not found:
        return
    task.mailer.send(_letter(task, to, place, reader, found), now=now)
    with task.db.write() as session:
        _noted(session, event.member_id, found, now)


def _noted(session: Session, member_id: int, found: list[Finds], now: datetime) -> None:
    """All of the member's searches know of the mail: the week lasts, whichever of them is paused or deleted."""
    seen = SavedSearch.seen_post_id
    told = [(((SavedSearch.id == it.saved_id) & (seen < it.newest)), it.newest) for it in found]
    session.execute(
        update(SavedSearch)
        .where(SavedSearch.member_id == member_id, or_(SavedSearch.mailed_at.is_(None), SavedSearch.mailed_at < now))
        .values(seen_post_id=case(*told, else_=seen), mailed_at=now)
    )


def _finds(session: Session, engine: Engine, place: House, reader: Reader, row: SavedSearch) -> Finds | None:
    """What is new for one search; None when nothing is."""
    question = asked(SearchForm(q=row.query, order="newest"), today=reader.today)
    found = finding.match(session, engine, reader.actor, place, question)
    if found.degraded:
        raise IndexUnusable("titles alone are not what was asked to be listened to")
    fresh = _news(session, found.rows, row, reader.actor)
    if not fresh:
        return None
    threads: dict[int, list[Row]] = {}
    for post in fresh:
        threads.setdefault(post.thread_id, []).append(post)
    shown = list(threads.values())[:SHOWN]
    groups = finding.groups(session, reader.actor, place, question.query, shown, found.scores)
    label = row.name or query_words(row.query, place, reader)
    return Finds(row.id, label, _href(question), groups, len(fresh), max(post.post_id for post in fresh))


def _href(question: Asked) -> str:
    return question.href(order="newest")


def _news(session: Session, posts: list[Row], row: SavedSearch, actor: Actor) -> list[Row]:
    """Not one's own, not told before, and written since one listens: an import brings old posts with new numbers."""
    written = [it for it in posts if it.author_id != actor.id and it.created_at >= row.created_at]
    waited: frozenset[int] = frozenset()
    if row.mailed_at is not None:
        waited = approved(session, [it for it in written if it.post_id <= row.seen_post_id], row.mailed_at)
    return [it for it in written if it.post_id > row.seen_post_id or it.post_id in waited]


def _letter(task: Task, to: Listener, place: House, reader: Reader, found: list[Finds]) -> Mail:
    settings, now = task.settings, reader.now
    frame = mail_frame(
        place.site, locale=reader.locale, timezone=to.actor.timezone, now=now, base_url=settings.base_url
    )
    stop = frame.base_url + unsubscribe_path(settings.secret(), to.actor.id, KIND)
    context = {"frame": frame, "finds": found, "posts": sum(it.posts for it in found), "stop": stop}
    subject, text, html = render_mail(task.templates, reader.locale, "search/finds", context)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Mail(to.email, subject, text, html, f"finds-{task.id}", headers, place.site.name)
