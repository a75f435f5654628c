"""A member's own reports: what they said, and what came of it. Never who else reported, nor who decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from forum.categories.models import Category
from forum.db import MAX_ID
from forum.errors import NotFound
from forum.kit import paging
from forum.kit.markdown import cook, plain, shorten
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.moderation.domain.appeals import WINDOW, side
from forum.moderation.domain.reports import require_reportable
from forum.moderation.domain.targets import Target, load
from forum.moderation.models import Appeal, Case, Decision, Report, Statement
from forum.moderation.words import REPORT_STATES, reason_label, told
from forum.policy.actors import Actor, require_member
from forum.policy.members import visible_members
from forum.policy.posts import visible_posts
from forum.policy.statements import visible_appeals, visible_reports, visible_statements
from forum.policy.threads import visible_threads
from forum.threads.models import Post, Thread

EXCERPT = 280  # characters of what is reported, in the form


class Reportable(msgspec.Struct, frozen=True):
    """What a member is about to report. `author`: whose it is."""

    type: str
    id: int
    author: MemberCard
    title: str
    excerpt: str
    locale: str
    url: str
    """Where it stands, to go back to."""


class AppealView(msgspec.Struct, frozen=True):
    """An objection as its author reads it. `reasons`: the answer."""

    id: int
    state: str
    body: str
    created_at: datetime
    due_at: datetime
    decided_at: datetime | None
    reasons: str


class ReportView(msgspec.Struct, frozen=True):
    """One report of the reader's. `title`, `url`: of what was reported, if they may still see it; else empty."""

    id: int
    reference: str
    target_type: str
    title: str
    url: str
    locale: str
    reason: str
    detail: str
    threat: bool
    state: str
    created_at: datetime
    decided_at: datetime | None
    decision_id: int | None = None
    answer: str = ""
    """What the moderators said to who reported it."""
    reversed_at: datetime | None = None
    """The decision was taken back after an objection."""
    appeal: AppealView | None = None
    appeal_until: datetime | None = None
    """Until when they may object; None: they may not, or did."""

    @property
    def path(self) -> str:
        """Its address."""
        return f"/reports/{self.reference}"

    @property
    def why(self) -> str:
        """The reason's words, as a message id."""
        return reason_label(self.reason)


class Objection(msgspec.Struct, frozen=True):
    """What the reader may object to. `side`: subject or reporter; `back`: where they read about it."""

    decision_id: int
    side: str
    heading: str
    """What was decided, as a message id."""
    reference: str
    until: datetime
    back: str
    refusal: bool
    """Too late, taken back, or done before: the page behind `back` says which."""

    @property
    def appeal_path(self) -> str:
        """Where the form goes."""
        return f"/decisions/{self.decision_id}/appeal"


class ReportPage(msgspec.Struct, frozen=True):
    """Newest first. `older`: cursor, None at the end."""

    rows: list[ReportView]
    older: str | None


def reportable(session: Session, actor: Actor, kind: str, key: str) -> Reportable:
    """What is to be reported: `key` is a post's or thread's id, a member's name.

    Raises SignInNeeded (first of all: a guest learns nothing), NotFound, Forbidden (their own).
    """
    require_member(actor)
    row_id = _id_of(session, kind, key)
    target = load(session, kind, row_id, lock=False)
    require_reportable(actor, target)
    card = card_of(session.execute(select(*CARD).where(Member.id == target.member.id)).one())
    if target.type == "member":
        about = shorten(plain_words(target.member.about), EXCERPT)
        return Reportable(kind, row_id, card, target.member.display_name, about, target.member.locale, card.url)
    assert target.thread is not None and target.category is not None
    return Reportable(
        kind, row_id, card, target.thread.title, shorten(plain(_html(session, target)), EXCERPT),
        target.thread.locale or target.category.locale,
        f"/p/{row_id}" if kind == "post" else f"/t/{row_id}/{target.thread.slug}",
    )  # fmt: skip


def plain_words(source: str) -> str:
    """Markdown as plain words."""
    return plain(cook(source).html) if source.strip() else ""


def _id_of(session: Session, kind: str, key: str) -> int:
    if kind == "member":
        found = session.execute(select(Member.id).where(Member.name_key == key.lower()[:30])).scalar()
        return found or 0
    return int(key) if key.isascii() and key.isdigit() and len(key) < 20 else 0


def _html(session: Session, target: Target) -> str:
    if target.post is not None:
        return target.post.html
    found = session.execute(
        select(Post.html).where(Post.thread_id == target.id, Post.number == 1, Post.state == "visible")
    )
    return found.scalar() or ""


def waiting(session: Session, actor: Actor, kind: str, row_id: int) -> str:
    """The reference of the reader's own report about this thing that is not decided yet; empty when there is none."""
    query = select(Report.reference).join(Case, Case.id == Report.case_id).where(
        Case.target_type == kind, Case.target_id == row_id, Case.state != "resolved", visible_reports(actor)
    )  # fmt: skip
    return session.execute(query).scalar() or ""


COLUMNS: tuple[Any, ...] = (
    Report.id, Report.reference, Report.case_id, Case.target_type, Case.target_id, Report.reason, Report.detail,
    Report.threat, Report.state, Report.created_at, Report.decided_at, Report.decision_id,
)  # fmt: skip


def _select(actor: Actor) -> Any:
    return select(*COLUMNS).join(Case, Case.id == Report.case_id).where(visible_reports(actor))


def my_reports(session: Session, actor: Actor, *, after: str = "", limit: int = paging.PAGE) -> ReportPage:
    """One page of the reader's reports. At most four statements. Raises SignInNeeded."""
    require_member(actor)
    cursor = paging.decode(after, int)
    below = int(str(cursor[0])) if cursor else MAX_ID
    rows = session.execute(_select(actor).where(Report.id < below).order_by(Report.id.desc()).limit(limit + 1)).all()
    shown = _places(session, actor, rows[:limit])
    found = [_view(row, shown) for row in rows[:limit]]
    return ReportPage(found, paging.encode(rows[limit - 1].id) if len(rows) > limit else None)


def my_report(session: Session, actor: Actor, reference: str, now: datetime) -> ReportView:
    """One report of the reader's, with its outcome. Raises SignInNeeded, NotFound (not theirs)."""
    require_member(actor)
    row = session.execute(_select(actor).where(Report.reference == reference[:16])).first()
    if row is None:
        raise NotFound()
    view = _view(row, _places(session, actor, [row]))
    decision = session.get(Decision, row.decision_id) if row.decision_id else None
    if decision is None:  # open; again, perhaps, because they objected
        return msgspec.structs.replace(view, appeal=_appeal(session, actor, Decision.case_id == row.case_id))
    appeal = my_appeal(session, actor, decision.id)
    until = decision.created_at + WINDOW
    open_to = appeal is None and decision.undone_at is None and now <= until
    may = open_to and side(session, actor, decision) == "reporter"
    return msgspec.structs.replace(
        view, answer=decision.to_reporters, appeal=appeal, appeal_until=until if may else None,
        reversed_at=decision.undone_at if decision.action != "dismiss" else None,
    )  # fmt: skip


def objection(session: Session, actor: Actor, decision_id: int, now: datetime) -> Objection:
    """What an objection of the reader's would be about. Raises SignInNeeded, NotFound (nothing of theirs)."""
    require_member(actor)
    decision = session.get(Decision, decision_id) if 0 < decision_id <= MAX_ID else None
    which = side(session, actor, decision) if decision is not None else ""
    if decision is None or not which:
        raise NotFound()
    if which == "subject":
        query = select(Statement.reference).where(Statement.decision_id == decision_id, visible_statements(actor))
        heading, back = told(decision.action, decision.target_type), f"/decisions/{decision_id}"
        reference = session.execute(query).scalar()
    else:
        query = select(Report.reference).where(Report.decision_id == decision_id, visible_reports(actor)).limit(1)
        heading, reference = REPORT_STATES["rejected"], session.execute(query).scalar()
        back = f"/reports/{reference}"
    if reference is None:
        raise NotFound()
    until = decision.created_at + WINDOW
    refusal = decision.undone_at is not None or now > until or my_appeal(session, actor, decision_id) is not None
    return Objection(decision_id, which, heading, reference, until, back, refusal)


def my_appeal(session: Session, actor: Actor, decision_id: int) -> AppealView | None:
    """The reader's objection to a decision, if there is one."""
    return _appeal(session, actor, Decision.id == decision_id)


def _appeal(session: Session, actor: Actor, which: ColumnElement[bool]) -> AppealView | None:
    """The newest of the reader's about the decisions `which`."""
    columns = [getattr(Appeal, name) for name in AppealView.__struct_fields__]
    query = select(*columns).join(Decision, Decision.id == Appeal.decision_id).where(which, visible_appeals(actor))
    row = session.execute(query.order_by(Appeal.id.desc()).limit(1)).first()
    return AppealView(*row) if row else None


def _view(row: Any, places: dict[tuple[str, int], tuple[str, str, str]]) -> ReportView:
    title, url, locale = places.get((row.target_type, row.target_id), ("", "", ""))
    return ReportView(
        row.id, row.reference, row.target_type, title, url, locale, row.reason, row.detail, row.threat, row.state,
        row.created_at, row.decided_at, row.decision_id,
    )  # fmt: skip


def _places(session: Session, actor: Actor, rows: Sequence[Any]) -> dict[tuple[str, int], tuple[str, str, str]]:
    """(type, id) → (title, address, language) of what was reported, as far as the reader may see it now."""
    ids: dict[str, list[int]] = {}
    for row in rows:
        ids.setdefault(row.target_type, []).append(row.target_id)
    locale = case((Thread.locale != "", Thread.locale), else_=Category.locale)
    found: dict[tuple[str, int], tuple[str, str, str]] = {}
    if "member" in ids:
        people = select(Member.id, Member.display_name, Member.name).where(
            Member.id.in_(ids["member"]), visible_members(actor)
        )
        found |= {("member", one.id): (one.display_name, f"/u/{one.name}", "") for one in session.execute(people)}
    if "thread" in ids:
        threads = (
            select(Thread.id, Thread.title, Thread.slug, locale.label("locale"))
            .join(Category, Category.id == Thread.category_id)
            .where(Thread.id.in_(ids["thread"]), visible_threads(actor))
        )
        found |= {
            ("thread", one.id): (one.title, f"/t/{one.id}/{one.slug}", one.locale) for one in session.execute(threads)
        }
    if "post" in ids:
        posts = (
            select(Post.id, Thread.title, locale.label("locale"), visible_posts(actor).label("readable"))
            .join(Thread, Thread.id == Post.thread_id)
            .join(Category, Category.id == Thread.category_id)
            .where(Post.id.in_(ids["post"]), visible_threads(actor))
        )
        found |= {
            ("post", one.id): (one.title, f"/p/{one.id}" if one.readable else "", one.locale)
            for one in session.execute(posts)
        }
    return found
