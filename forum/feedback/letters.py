"""Answers by mail, one a day for each member, and in the threads: who gets what, in which words."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from sqlalchemy import String, cast, func, literal, or_, select, update
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import House
from forum.feedback.models import Change, Evidence, Item, Team, Told
from forum.kit.mail import Mail
from forum.kit.mailing import mail_frame, render_mail
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.notifications.kinds import BY_NAME, Shown, Subject, shown
from forum.notifications.models import Notice
from forum.notifications.queries import wants_mail
from forum.notifications.unsubscribe import unsubscribe_path
from forum.policy.actors import GUEST, Actor
from forum.policy.posts import listed_posts
from forum.search.queries import listener
from forum.threads.models import Post, Thread
from forum.worker import Task

KIND = "heard"
MORNING = time(9)
"""Answers of a day leave together, the next morning."""
SITE_ZONE = ZoneInfo("Europe/Rome")
GIVEN_UP = timedelta(days=1)
"""So long after its hour an answer belongs to no other mail any more: its job is dead (worker.MAX_ATTEMPTS)."""
MOST_THREADS = 20
"""In so many threads a public answer is posted: the newest ones."""


class Answer(msgspec.Struct, frozen=True):
    """One answer in a mail. `link`: whole address."""

    about: Shown
    paragraphs: tuple[str, ...]
    link: str
    at: datetime


class PublicReply(msgspec.Struct, frozen=True):
    """What is posted, by whom, and where: (thread, the post it answers)."""

    actor: Actor
    text: str
    places: tuple[tuple[int, int], ...]


def next_morning(now: datetime, zone: str = "") -> datetime:
    """When what was said today is told, on the clocks of `zone` (else the site's)."""
    try:
        place = ZoneInfo(zone) if zone else SITE_ZONE
    except (ZoneInfoNotFoundError, ValueError):
        place = SITE_ZONE
    local = now.astimezone(place)
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, place).astimezone(now.tzinfo)


def take(session: Session, member_id: int, batch: int, now: datetime) -> int:
    """Put the member's due answers into this mail, the ones it had before included; how many there are."""
    free = or_(Told.batch.is_(None), Told.batch == batch, Told.due_at < now - GIVEN_UP)
    due = (Told.member_id == member_id, Told.sent_at.is_(None), Told.due_at <= now)
    held = select(func.count()).select_from(Told).where(*due, Told.batch == batch)
    if not session.scalar(held):  # a second try takes what the first one took, so that it is the same mail
        session.execute(update(Told).where(*due, free).values(batch=batch))
    return session.scalar(held) or 0


def done(session: Session, member_id: int, batch: int, now: datetime, *, sent: bool) -> None:
    """Note them as told, and the notices' mails with them."""
    mine = (Told.member_id == member_id, Told.batch == batch, Told.sent_at.is_(None))
    subjects = [f"{KIND}:{change}" for change in session.scalars(select(Told.change_id).where(*mine))]
    session.execute(
        update(Notice)
        .where(Notice.member_id == member_id, Notice.subject.in_(subjects), Notice.mail == "due")
        .values(mail="sent" if sent else "dropped", mailed_at=now if sent else None)
        .execution_options(synchronize_session=False)
    )
    session.execute(update(Told).where(*mine).values(sent_at=now).execution_options(synchronize_session=False))


def write(task: Task, session: Session, place: House, member_id: int, now: datetime) -> Mail | None:
    """The mail, in the member's language and zone; None when they want none, cannot be reached, or have read it all.

    Whether they may still see what an answer is about is asked here again. Of several answers to the same thing in
    a day the newest stands.
    """
    to = listener(session, member_id, now)
    if to is None or not wants_mail(session, member_id, KIND):
        return None
    settings = task.settings
    reader = msgspec.structs.replace(to.actor, locale=to.actor.locale or settings.locale)
    answers = _answers(session, reader, task.id, settings.base_url.rstrip("/"))
    if not answers:
        return None
    frame = mail_frame(place.site, locale=reader.locale, timezone=reader.timezone, now=now, base_url=settings.base_url)
    stop = frame.base_url + unsubscribe_path(settings.secret(), member_id, KIND)
    context = {"frame": frame, "answers": answers, "stop": stop, "why": BY_NAME[KIND].why}
    subject, text, html = render_mail(task.templates, reader.locale, BY_NAME[KIND].template, context)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Mail(to.email, subject, text, html, f"answers-{task.id}", headers, place.site.name)


def _answers(session: Session, reader: Actor, batch: int, base: str) -> list[Answer]:
    subject = literal(f"{KIND}:") + cast(Change.id, String)
    rows = session.execute(
        select(Change.id, Change.item_id, Change.at, Notice.id, Notice.read_at)
        .join(Told, (Told.change_id == Change.id) & (Told.member_id == reader.id) & (Told.batch == batch))
        .outerjoin(Notice, (Notice.member_id == reader.id) & (Notice.subject == subject))
        .where(Told.sent_at.is_(None))
        .order_by(Change.id)
    ).all()
    newest = {row.item_id: row for row in rows}
    unread = [row for row in newest.values() if row.read_at is None]
    subjects = {row[0]: Subject(KIND, row[0]) for row in unread}
    seen = shown(session, reader, list(subjects.values()))
    public = _public(session, [about.permalink for about in seen.values()])
    found = []
    for row in unread:
        about = seen.get(subjects[row[0]])
        if about is None:
            continue
        # who is signed out reads what is public at once; the rest leads through the sign-in page
        link = about.permalink if about.permalink in public else f"/notifications/{row[3]}" if row[3] else about.url
        found.append(Answer(about, tuple(about.text.split("\n")), base + link, row.at))
    return found


def _public(session: Session, links: list[str]) -> set[str]:
    """Which of these permalinks every guest can open."""
    ids = [int(link.removeprefix("/p/")) for link in links if link]
    open_to_all = (
        select(Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.id.in_(ids), listed_posts(GUEST))
    )
    return {f"/p/{post_id}" for post_id in session.scalars(open_to_all)}


def public_reply(session: Session, change_id: int, now: datetime) -> PublicReply | None:
    """What a public answer posts; None when it is none, or nobody can sign it any more."""
    row = session.execute(
        select(Change.item_id, Change.reply, Change.by_id, Team.name)
        .join(Item, Item.id == Change.item_id)
        .outerjoin(Team, Team.id == Item.team_id)
        .where(Change.id == change_id, Change.public.is_(True), Change.reply != "")
    ).first()
    who = session.execute(select(*READER).where(Member.id == row.by_id)).first() if row and row.by_id else None
    if row is None or who is None:
        return None
    actor = reader_of(who, now)
    signature = f"\n\n— {row.name}" if row.name else ""
    return PublicReply(actor, row.reply + signature, tuple(_spoken_in(session, actor, row.item_id)))


def _spoken_in(session: Session, actor: Actor, item_id: int) -> list[tuple[int, int]]:
    """(thread, first post of it that the item rests on), newest threads first: what stands for everybody there."""
    rows = session.execute(
        select(Post.thread_id, func.min(Post.id))
        .join(Evidence, Evidence.post_id == Post.id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Evidence.item_id == item_id, Evidence.by_staff.is_(False), listed_posts(actor))
        .group_by(Post.thread_id)
        .order_by(func.max(Post.id).desc())
        .limit(MOST_THREADS)
    )
    return [(row[0], row[1]) for row in rows]
