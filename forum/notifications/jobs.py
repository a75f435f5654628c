"""What happens after an event: who is told, what leaves by mail, what is taken back."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.categories.queries import SiteView, house
from forum.events import AccessChanged, NoticeMade, PostCreated, PostDeleted, PostEdited, PostRestored
from forum.importers.models import ImportedId
from forum.kit.i18n import translate
from forum.kit.mail import Mail, defang
from forum.kit.mailing import mail_frame, render_mail
from forum.kit.markdown import parse, render, shorten
from forum.meetups import letters
from forum.meetups.calendars.invitations import enclose, of_news
from forum.meetups.letters import MeetupLetter
from forum.members.models import Member
from forum.members.queries import READER, reader_of
from forum.moderation.words import TEAM
from forum.notifications import queries
from forum.notifications.domain import About, relist, tell
from forum.notifications.kinds import Shown, Subject, shown, strongest
from forum.notifications.models import Notice
from forum.notifications.queries import Letter
from forum.notifications.unsubscribe import unsubscribe_path
from forum.policy.actors import GUEST, Actor
from forum.policy.posts import visible_posts
from forum.threads.models import Post, Revision, Thread
from forum.threads.queries import members_named
from forum.worker import Task

STALE = timedelta(days=7)
"""A mail that could not leave for so long (no worker ran) is noise: the notice stays in the list."""
LETTER_TEXT = 1500  # characters of a post in a mail
MOST_QUOTES = 50


# -- who is told ---------------------------------------------------------------------------------------------------


def announce(task: Task, event: PostCreated | PostEdited) -> None:
    """Tell whom a post concerns: by a mention, a quote, an answer, the strongest reason only.

    An edit tells only those whom it newly mentions or quotes: whoever was told before has a notice already.
    """
    with task.db.write() as session:
        post = session.get(Post, event.post_id)
        if post is None:
            return
        kinds = _concerned(session, post, event, task.clock())
        if not kinds or not _stands(session, post, kinds):
            return
        about = About(Subject("post", post.id), post.author_id, post.thread_id, post.id)
        tell(session, about=about, kinds=kinds, now=task.clock())


def _concerned(session: Session, post: Post, event: PostCreated | PostEdited, now: datetime) -> dict[int, str]:
    """Member id → kind."""
    created = isinstance(event, PostCreated)
    mentions, quotes = list(event.mentions), list(event.quotes)
    if not created and (mentions or quotes):
        mentions, quotes = _news(session, post, mentions, quotes)
    reasons = [("mention", mentions), ("quote", _quoted(session, post, quotes, now))]
    if created:
        reasons.append(("reply", _answered(session, post)))
    kinds: dict[int, str] = {}
    for kind, members in reasons:
        for member_id in members:
            kinds[member_id] = strongest(kinds.get(member_id), kind)
    kinds.pop(post.author_id, None)
    return kinds


def _stands(session: Session, post: Post, kinds: dict[int, str]) -> bool:
    """Is the post still visible? Then it stays so until we commit: no notice slips in behind a deletion's `withdraw`.

    Locks in the house's order (members, thread, post), so that PostgreSQL cannot deadlock on them.
    """
    people = sorted({*kinds, post.author_id})
    members = select(Member.id).where(Member.id.in_(people)).order_by(Member.id)
    session.execute(members.with_for_update(read=True, key_share=True))
    session.execute(select(Thread.id).where(Thread.id == post.thread_id).with_for_update(read=True, key_share=True))
    state = session.execute(select(Post.state).where(Post.id == post.id).with_for_update(read=True)).scalar_one()
    return state == "visible"


def _answered(session: Session, post: Post) -> list[int]:
    """The thread's author, and the author of the post that this one answers."""
    if post.number == 1:
        return []
    authors = select(Thread.author_id).where(Thread.id == post.thread_id)
    parent = select(Post.author_id).where(Post.id == post.reply_to_id)
    return [*session.scalars(authors), *session.scalars(parent)]


def _quoted(session: Session, post: Post, quotes: list[int], now: datetime) -> list[int]:
    """The authors of the quoted posts, as far as who quotes may read them: a made-up number calls nobody."""
    if not quotes:
        return []
    author = reader_of(session.execute(select(*READER).where(Member.id == post.author_id)).one(), now)
    return list(
        session.scalars(
            select(Post.author_id)
            .join(Thread, Thread.id == Post.thread_id)
            .join(Category, Category.id == Thread.category_id)
            .where(Post.id.in_(quotes[:MOST_QUOTES]), visible_posts(author))
        )
    )


def _news(session: Session, post: Post, mentions: list[int], quotes: list[int]) -> tuple[list[int], list[int]]:
    """What an edit calls beyond the first text. Only imported posts need it: their first text told nobody."""
    imported = select(ImportedId.local_id).where(ImportedId.kind == "post", ImportedId.local_id == post.id).limit(1)
    if session.execute(imported).first() is None:
        return mentions, quotes
    first = session.scalar(
        select(Revision.source).where(Revision.post_id == post.id).order_by(Revision.version).limit(1)
    )
    parsed = parse(first or post.source)
    known = members_named(session, set(parsed.names))
    old = render(parsed, {key: name for key, (_, name) in known.items()})
    called = {known[key][0] for key in old.mentions}
    return [m for m in mentions if m not in called], [q for q in quotes if q not in old.quotes]


# -- what is taken back and given back -------------------------------------------------------------------------------


def withdraw(task: Task, event: PostDeleted) -> None:
    """Take the notices about a deleted post out of lists and counts; of the whole thread, if it went with it."""
    _relist_post(task, event.post_id, event.thread_id)


def give_back(task: Task, event: PostRestored) -> None:
    """Put them back, for whoever may read the post now."""
    _relist_post(task, event.post_id, event.thread_id)


def recheck(task: Task, event: AccessChanged) -> None:
    """A category, a thread or a member changed what may be seen: ask again for every notice concerned."""
    which: list[ColumnElement[bool]] = []
    if event.category_id:
        which.append(Notice.thread_id.in_(select(Thread.id).where(Thread.category_id == event.category_id)))
    if event.thread_id:
        which.append(Notice.thread_id == event.thread_id)
    if event.member_id:
        which.append(Notice.member_id == event.member_id)
    if which:
        _relist(task, or_(*which))


def _relist_post(task: Task, post_id: int, thread_id: int) -> None:
    with task.db.read() as session:
        opening = session.execute(select(Post.number).where(Post.id == post_id)).scalar() == 1
    _relist(task, Notice.thread_id == thread_id if opening else Notice.post_id == post_id)


def _relist(task: Task, which: ColumnElement[bool]) -> None:
    after: int | None = 0
    while after is not None:
        with task.db.write() as session:  # batch by batch: people write meanwhile
            after = relist(session, which, now=task.clock(), after=after)


# -- by mail ---------------------------------------------------------------------------------------------------------


def mail_notice(task: Task, event: NoticeMade) -> None:
    """Send the mail of one notice, unless its member may no longer read the thing, has read it, or wants no mail now.

    What changes calendars leaves although the notice was read: the mail carries the file, and nothing else does.
    Permission is asked here again, whatever was true when the notice was made. A repeated run sends nothing; a run
    that was killed between sending and marking sends the same mail again, under the same Message-ID.
    """
    now = task.clock()
    with task.db.read() as session:
        letter = queries.letter(session, event.notice_id, now)
        about = shown(session, _speaking(letter.reader, task), [letter.subject]).get(letter.subject) if letter else None
        public = letter is not None and letter.subject in shown(session, GUEST, [letter.subject])
        here = house(session)
        site = here.site
        invitation = meetup = None
        if letter is not None and about is not None and letter.subject.of == "meetup":
            reader, news_id = _speaking(letter.reader, task), letter.subject.id
            invitation = of_news(session, reader, here, news_id, letter.email, task.settings)
            meetup = letters.letter(session, reader, here, news_id, secret=task.settings.secret(), now=now)
            about = about if meetup is not None else None
    wanted = letter is not None and (not letter.read or invitation is not None)
    sent = letter is not None and about is not None and wanted and now - letter.created_at < STALE
    if sent:
        assert letter is not None and about is not None
        # who is signed out reads what is public at once; the rest leads through the sign-in page
        # news about one member leads nobody else there; its meetup's page may be everybody's all the same
        public = public or (meetup is not None and meetup.row.category.visibility == "public")
        link = (about.permalink or about.url) if public else f"/notifications/{letter.id}"
        several = invitation is not None and len(invitation.rows) > 1
        mail = write_letter(task, letter, about, site, link, meetup, files=several)
        if invitation is not None:
            mail = enclose(mail, invitation)
        task.mailer.send(mail, now=now)
    with task.db.write() as session:
        session.execute(
            update(Notice)
            .where(Notice.id == event.notice_id, Notice.mail == "due")
            .values(mail="sent" if sent else "dropped", mailed_at=now if sent else None)
        )


def _speaking(reader: Actor, task: Task) -> Actor:
    """With the language of their mail: what a thing is called may depend on it."""
    return msgspec.structs.replace(reader, locale=reader.locale or task.settings.locale)


def write_letter(
    task: Task,
    letter: Letter,
    about: Shown,
    site: SiteView,
    link: str,
    meetup: MeetupLetter | None = None,
    *,
    files: bool = False,
) -> Mail:
    """The mail, in its reader's language and time zone, with one-click unsubscribe (RFC 8058). `link`: a path.

    `meetup`: for news about one, the facts of its date. `files`: a file with several dates goes with it.
    """
    settings, reader = task.settings, letter.reader
    locale = reader.locale or settings.locale
    frame = mail_frame(site, locale=locale, timezone=reader.timezone, now=task.clock(), base_url=settings.base_url)
    who = defang(about.by.display_name) if about.by else translate(TEAM, locale)
    stop = frame.base_url + unsubscribe_path(settings.secret(), reader.id, letter.kind.name)
    context = {
        "frame": frame, "kind": letter.kind, "about": about, "who": who,
        "at": letter.created_at, "paragraphs": _beginning(about.text), "link": frame.base_url + link, "stop": stop,
        "it": meetup, "files": files,
    }  # fmt: skip
    subject, text, html = render_mail(task.templates, locale, letter.kind.template, context)
    headers = {"List-Unsubscribe": f"<{stop}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    domain = urlsplit(settings.base_url).hostname or "localhost"
    if about.conversation:
        headers["References"] = f"<{about.conversation}@{domain}>"  # mail programs show one conversation
    return Mail(letter.email, subject, text, html, f"notice-{letter.id}", headers, site.name)


def _beginning(text: str) -> list[str]:
    """The first paragraphs, whole lines while they fit, the last one cut between words."""
    lines: list[str] = []
    room = LETTER_TEXT
    for line in text.splitlines():
        if len(line) > room:
            lines.append(shorten(line, room) if room > 40 else "…")
            break
        lines.append(line)
        room -= len(line)
    return lines
