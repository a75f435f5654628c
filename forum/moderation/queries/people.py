"""What the staff knows about a member: decisions, strikes, sanctions, notes."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import NotFound
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard, card_of
from forum.moderation.models import Decision, Note, Sanction, Strike
from forum.moderation.queries.case import PAST, DecisionView, Judged, NoteView, decision_list, judgements, notes_of
from forum.policy.actors import Actor
from forum.policy.moderation import require_file, visible_decisions


class SanctionView(msgspec.Struct, frozen=True):
    """A restriction that runs."""

    id: int
    kind: str
    starts_at: datetime
    until: datetime
    decision_id: int


class StrikeView(msgspec.Struct, frozen=True):
    """A point that has not faded yet."""

    decision_id: int
    created_at: datetime
    expires_at: datetime


class FileView(msgspec.Struct, frozen=True):
    """A member as the staff knows them. `judged`: their own reports."""

    card: MemberCard
    locale: str
    joined_at: datetime
    posts: int
    threads: int
    decisions: list[DecisionView]
    strikes: list[StrikeView]
    sanctions: list[SanctionView]
    notes: list[NoteView]
    judged: Judged

    @property
    def clean(self) -> bool:
        """Nothing stands against them."""
        return not (self.decisions or self.strikes or self.sanctions or self.notes)


def member_id(session: Session, name: str) -> int:
    """Whose handle it is, in any spelling. One statement. Raises NotFound."""
    found = session.scalar(select(Member.id).where(Member.name_key == name.lower()[:30]))
    if found is None:
        raise NotFound()
    return found


def file_of(session: Session, actor: Actor, member_id: int, now: datetime, *, past: int = PAST) -> FileView:
    """A member's file: six statements. Never one's own. Raises SignInNeeded, Forbidden, NotFound."""
    require_file(actor, member_id)
    row = session.execute(
        select(*CARD, Member.locale, Member.joined_at, Member.post_count, Member.thread_count).where(
            Member.id == member_id
        )
    ).first()
    if row is None:
        raise NotFound()
    decisions = decision_list(session, actor, Decision.subject_id == member_id, limit=past)
    strikes = session.execute(
        select(Strike.decision_id, Strike.created_at, Strike.expires_at)
        .join(Decision, Decision.id == Strike.decision_id)
        .where(Strike.member_id == member_id, Strike.expires_at > now, visible_decisions(actor))
        .order_by(Strike.expires_at.desc())
        .limit(50)
    )
    sanctions = session.execute(
        select(Sanction.id, Sanction.kind, Sanction.starts_at, Sanction.until, Sanction.decision_id)
        .where(Sanction.member_id == member_id, Sanction.ended_at.is_(None), Sanction.until > now)
        .order_by(Sanction.until.desc())
        .limit(50)
    )
    notes = notes_of(session, Note.member_id == member_id)
    judged = judgements(session, [member_id]).get(member_id, Judged())
    return FileView(
        card_of(row), row.locale, row.joined_at, row.post_count, row.thread_count, decisions,
        [StrikeView(*one) for one in strikes], [SanctionView(*one) for one in sanctions], notes, judged,
    )  # fmt: skip
