"""Notices of the law to moderators: a guest objects to the answer to a notice. They name nobody."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.kit.i18n import translate
from forum.legal.models import LegalNotice, NoticeComplaint
from forum.legal.words import label
from forum.moderation.models import Decision
from forum.notifications.shown import Shown
from forum.policy.actors import Actor
from forum.policy.moderation import visible_decisions


def complaints_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """Objections that wait for an answer. Title: what the notice is about."""
    query = (
        select(NoticeComplaint.id, LegalNotice.category)
        .join(LegalNotice, LegalNotice.id == NoticeComplaint.notice_id)
        .join(Decision, Decision.id == NoticeComplaint.decision_id)
        .where(NoticeComplaint.id.in_(ids), NoticeComplaint.state == "open", visible_decisions(reader))
    )
    return {
        row.id: Shown(
            url=f"/moderation/complaints/{row.id}",
            title=translate(label(row.category), reader.locale),
            text="",
            by=None,
        )
        for row in session.execute(query)
    }
