"""What a member sees of feedback: their word on being quoted, and who saw what they wrote. Never an item."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import msgspec
from sqlalchemy import case, or_, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.errors import NotFound
from forum.feedback.exports.models import TABLES, Export, ExportRead, Shown, Snapshot
from forum.feedback.models import Consent, Evidence, InboxEntry, PostConsent, Team, Terms
from forum.feedback.readers import Reading, readings
from forum.kit.markdown.plain import excerpt
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy.actors import Actor, require_member
from forum.policy.posts import listed_posts, visible_posts
from forum.threads.models import Post, Thread
from forum.threads.views import post_url

MOST = 200
"""Snapshots, posts, pieces of evidence on the page; the download has all."""


class PointedPost(msgspec.Struct, frozen=True):
    """A post that a member points at. `said`: they did before; `quote`: its author's own word on it."""

    id: int
    url: str
    title: str
    locale: str
    excerpt: str
    author: MemberCard
    said: bool
    quote: bool | None


class Words(msgspec.Struct, frozen=True):
    """Words of the member's that are evidence of something. `text`: empty once they were erased, or out of sight."""

    id: int
    text: str
    said_at: datetime
    url: str
    erased_at: datetime | None


class Delivery(msgspec.Struct, frozen=True):
    """A file with the words left the house, or was fetched by somebody of a team. `how`: see ExportRead."""

    how: str
    format: str
    at: datetime
    words: tuple[int, ...]
    """Ids of the evidence that may have been in it."""


class Viewing(msgspec.Struct, frozen=True):
    """A summary in which the member's words stood. `ends`: its first day that does not count any more."""

    snapshot: str
    made_at: datetime
    team: str
    starts: date
    ends: date
    level: str
    deliveries: tuple[Delivery, ...]
    words: tuple[int, ...]
    """Ids of the evidence."""
    taken_out: int
    """How many of them were taken out of it again."""

    @property
    def first_day(self) -> datetime:
        """The first day that counts, at noon, so that it is that day in every zone near ours."""
        return datetime.combine(self.starts, time(12), UTC)

    @property
    def last_day(self) -> datetime:
        """The last one."""
        return datetime.combine(self.ends, time(12), UTC) - timedelta(days=1)


class RefusedPost(msgspec.Struct, frozen=True):
    """A post with a word of its own on being quoted."""

    id: int
    url: str
    title: str
    quote: bool


class OwnWords(msgspec.Struct, frozen=True):
    """The page "Your words". `quote`: the member's word; None: the site's terms hold, `site`."""

    quote: bool | None
    site: bool
    posts: tuple[RefusedPost, ...]
    words: tuple[Words, ...]
    readers: tuple[Reading, ...]
    seen: tuple[Viewing, ...]


def site_quotes(session: Session) -> bool:
    """May members who said nothing be quoted?"""
    found = session.scalar(select(Terms.quoted).where(Terms.id == 1))
    return found is not False


def pointed(session: Session, actor: Actor, post_id: int) -> PointedPost:
    """The post that the member points at. One statement. Raises NotFound unless it is there for them."""
    row = session.execute(
        _post(post_id, actor).where(listed_posts(actor)).add_columns(InboxEntry.id)
        .outerjoin(InboxEntry, InboxEntry.key == f"member:{actor.id}:{post_id}")
    ).first()  # fmt: skip
    return _pointed(row)


def own_post(session: Session, actor: Actor, post_id: int) -> PointedPost:
    """A post of the member's own, whatever became of it. Raises SignInNeeded, NotFound."""
    require_member(actor)
    row = session.execute(_post(post_id, actor).where(Post.author_id == actor.id, visible_posts(actor))).first()
    return _pointed(row)


def _post(post_id: int, actor: Actor) -> Any:
    locale = (Thread.locale, Category.locale.label("category_locale"))
    return (
        select(
            Post.id, Post.number, Post.html, Thread.id.label("thread_id"), Thread.slug, Thread.title, *locale,
            PostConsent.quote, *CARD,
        )
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .join(Member, Member.id == Post.author_id)
        .outerjoin(PostConsent, PostConsent.post_id == Post.id)
        .where(Post.id == post_id)
    )  # fmt: skip


def _pointed(row: Any) -> PointedPost:
    if row is None:
        raise NotFound()
    last = 9 + len(CARD)
    return PointedPost(
        id=row[0], url=post_url(row.thread_id, row.slug, row.number), title=row.title,
        locale=row.locale or row.category_locale, excerpt=excerpt(row.html, 300), author=MemberCard(*row[9:last]),
        said=len(row) > last and row[last] is not None, quote=row.quote,
    )  # fmt: skip


def own_words(session: Session, actor: Actor, *, limit: int = MOST) -> OwnWords:
    """Everything for the page, newest first; eight statements. Raises SignInNeeded."""
    require_member(actor)
    return OwnWords(
        quote=session.scalar(select(Consent.quote).where(Consent.member_id == actor.id)),
        site=site_quotes(session), posts=_refused(session, actor, limit), words=_words(session, actor, limit),
        readers=readings(session, actor.id), seen=_seen(session, actor, limit),
    )  # fmt: skip


def _refused(session: Session, actor: Actor, limit: int) -> tuple[RefusedPost, ...]:
    rows = session.execute(
        select(PostConsent.post_id, Post.number, Thread.id, Thread.slug, Thread.title, PostConsent.quote)
        .join(Post, Post.id == PostConsent.post_id)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
        .where(Post.author_id == actor.id, visible_posts(actor))
        .order_by(PostConsent.at.desc(), PostConsent.post_id.desc())
        .limit(limit)
    )
    return tuple(RefusedPost(row[0], post_url(row[2], row[3], row[1]), row[4], row[5]) for row in rows)


def _words(session: Session, actor: Actor, limit: int) -> tuple[Words, ...]:
    """What stands in posts that were removed, or where the member may not go any more, is named without its text."""
    opens = case((or_(Evidence.post_id.is_(None), visible_posts(actor)), True), else_=False)
    rows = session.execute(
        select(Evidence.id, Evidence.quote, Evidence.said_at, Evidence.post_id, Evidence.redacted_at, opens)
        .outerjoin(Post, Post.id == Evidence.post_id)
        .outerjoin(Thread, Thread.id == Post.thread_id)
        .outerjoin(Category, Category.id == Thread.category_id)
        .where(Evidence.author_id == actor.id)
        .order_by(Evidence.said_at.desc(), Evidence.id.desc())
        .limit(limit)
    )
    return tuple(
        Words(row[0], row[1] if row[5] else "", row[2], f"/p/{row[3]}" if row[3] and row[5] else "", row[4])
        for row in rows
    )


def _seen(session: Session, actor: Actor, limit: int) -> tuple[Viewing, ...]:
    """By snapshot: two statements. No name of a reader is even asked for."""
    rows = session.execute(
        select(
            Snapshot.id, Snapshot.created_at, Team.name, Snapshot.starts, Snapshot.ends, Snapshot.privacy,
            Shown.evidence_id, Shown.redacted_at, Shown.on_page,
        )
        .join(Snapshot, Snapshot.id == Shown.snapshot_id)
        .outerjoin(Team, Team.id == Snapshot.team_id)
        .where(Shown.author_id == actor.id)
        .order_by(Snapshot.created_at.desc(), Snapshot.id, Shown.evidence_id)
        .limit(limit * 5)
    ).all()  # fmt: skip
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    shown = dict(list(found.items())[:limit])
    left = _left(session, list(shown))
    return tuple(
        Viewing(
            key, of[0][1], of[0][2] or "", of[0][3], of[0][4], of[0][5], tuple(_deliveries(left.get(key, ()), of)),
            tuple(row[6] for row in of), sum(row[7] is not None for row in of),
        )
        for key, of in shown.items()
    )  # fmt: skip


def _deliveries(left: Iterable[Any], shown: list[Any]) -> Iterator[Delivery]:
    """Those that may have held some of `shown`. Of what is no table, and of webhooks, the page's words alone;
    nothing that had been taken out when it was made (what was sent) or asked for.
    """
    for _, how, kind, at in left:
        whole = kind in TABLES and how != "webhook"
        words = [row[6] for row in shown if (whole or row[8]) and (row[7] is None or at < row[7])]
        if words:
            yield Delivery(how, kind, at, tuple(words))


def _left(session: Session, snapshots: list[str]) -> dict[str, list[Any]]:
    """What was handed out of each, but for Slack's messages: they have nobody's words."""
    rows = session.execute(
        select(Export.snapshot_id, ExportRead.how, Export.format, case((Export.sent, Export.at), else_=ExportRead.at))
        .join(Export, Export.id == ExportRead.export_id)
        .where(Export.snapshot_id.in_(snapshots), or_(ExportRead.how != "webhook", Export.format != "md"))
        .order_by(ExportRead.at, ExportRead.id)
    )
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found
