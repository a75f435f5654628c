"""Reporting: what a member saw, with the text as it stood then."""

import secrets
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.errors import Invalid, NotFound, TooMany
from forum.events import CaseUrgent, record
from forum.kit.i18n import N_, Message
from forum.members.models import Member
from forum.moderation.domain import cases, scores
from forum.moderation.domain.targets import Target, load
from forum.moderation.models import REASONS, Report
from forum.policy.actors import Actor
from forum.policy.categories import may_see
from forum.policy.members import require_profile
from forum.policy.moderation import require_report
from forum.policy.posts import require_read
from forum.policy.threads import require_open
from forum.threads.models import Post

LONGEST_DETAIL = 2000
QUOTA = (timedelta(hours=1), 15)
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # none that look like another


class ReportRef(msgspec.Struct, frozen=True):
    """What the reporter is told. `again`: they had reported this before, and the case is still open."""

    id: int
    reference: str
    case_id: int
    status: str
    again: bool = False


def reference(prefix: str) -> str:
    """A number to quote in a mail: `prefix` and eight letters that cannot be guessed or misread."""
    return f"{prefix}-{''.join(secrets.choice(LETTERS) for _ in range(8))}"


def require_reportable(actor: Actor, target: Target) -> None:
    """May `actor` see it, and is it somebody else's? Raises NotFound, SignInNeeded, Forbidden."""
    if target.type == "member":
        require_profile(actor, target.id)
    else:
        assert target.thread is not None and target.category is not None
        require_open(actor, target.thread, target.category)
        if target.post is not None:
            require_read(actor, target.post, target.thread, target.category)
            if target.post.state != "visible":
                raise NotFound()
        if target.thread.state != "visible" or not may_see(actor, target.category):
            raise NotFound()
    require_report(actor, target.member.id)


def report(
    session: Session, *, actor: Actor, target_type: str, target_id: int, reason: str, detail: str = "",
    threat: bool = False, now: datetime,
) -> ReportRef:  # fmt: skip
    """Report a post, a thread or a profile. Reporting the same again while it is open changes nothing.

    Raises NotFound, SignInNeeded, Forbidden, Invalid(reason, detail), TooMany.
    """
    target = load(session, target_type, target_id)
    require_reportable(actor, target)
    problems: dict[str, Message] = {}
    if reason not in REASONS:
        problems["reason"] = N_("Choose what is wrong with it.")
    if len(detail) > LONGEST_DETAIL:
        problems["detail"] = N_("That is too long: keep to the most important.")
    if problems:
        raise Invalid(problems)
    case = cases.open_case(session, target, now)
    before = session.scalar(select(Report).where(Report.case_id == case.id, Report.reporter_id == actor.id))
    if before is not None:
        return ReportRef(before.id, before.reference, case.id, before.state, again=True)
    _check_quota(session, actor, now)
    upheld, judged = scores.accuracy(session, actor.id)
    posts = session.scalar(select(Member.post_count).where(Member.id == actor.id)) or 0
    title, words, version = snapshot(session, target)
    row = Report(
        reference=reference("R"), case_id=case.id, reporter_id=actor.id, reason=reason, detail=detail.strip(),
        threat=threat, snapshot_title=title, snapshot=words, snapshot_version=version, created_at=now,
        weight=scores.weight(actor, reason=reason, threat=threat, posts=posts, upheld=upheld, judged=judged),
        state="open",
    )  # fmt: skip
    session.add(row)
    session.flush()
    cases.reckon(session, case)
    if threat:
        record(session, CaseUrgent(case.id), now=now, key=f"urgent:{case.id}")
    return ReportRef(row.id, row.reference, case.id, row.state)


def snapshot(session: Session, target: Target) -> tuple[str, str, int]:
    """(title, words, version) of a target as it stands."""
    if target.type == "member":
        member = target.member
        return member.display_name, "\n\n".join([member.about, member.place, *member.links]).strip(), 0
    assert target.thread is not None
    if target.post is not None:
        return target.thread.title, target.post.source, target.post.version
    opening = select(Post.source).where(Post.thread_id == target.id, Post.number == 1)
    return target.thread.title, session.execute(opening).scalar() or "", target.thread.version


def _check_quota(session: Session, actor: Actor, now: datetime) -> None:
    if actor.is_staff:
        return
    window, most = QUOTA
    recent = select(func.count()).where(Report.reporter_id == actor.id, Report.created_at > now - window)
    if (session.scalar(recent) or 0) >= most:
        raise TooMany(retry_after=600)
