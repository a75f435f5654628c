"""Notices about new guidelines: from which day they apply, and what changes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.guidelines.models import GuidelineVersion
from forum.kit import dates
from forum.members.models import Member
from forum.members.queries import CARD, card_of
from forum.notifications.shown import Shown
from forum.policy.actors import Actor
from forum.policy.guidelines import visible_versions


def guidelines_shown(session: Session, reader: Actor, ids: Sequence[int]) -> dict[int, Shown]:
    """What was announced and stands. Title: the day from which it applies, in the reader's words ("Saturday 5 …")."""
    locale = "it" if reader.locale == "it" else "en"
    words = GuidelineVersion.changes_it if locale == "it" else GuidelineVersion.changes_en
    days = (GuidelineVersion.announced_at, GuidelineVersion.effective_at)
    rows: Sequence[Any] = session.execute(
        select(*CARD, GuidelineVersion.number, *days, words.label("words"))
        .join(Member, Member.id == GuidelineVersion.author_id)
        .where(
            GuidelineVersion.number.in_(ids), GuidelineVersion.withdrawn_at.is_(None), visible_versions(reader),
            GuidelineVersion.announced_at.is_not(None), GuidelineVersion.effective_at.is_not(None),
        )
    ).all()  # fmt: skip
    return {
        row.number: Shown(
            url=f"/guidelines/{row.number}",
            title=dates.weekday(row.effective_at, now=row.announced_at, locale=locale, timezone=reader.timezone),
            text=row.words, by=card_of(row), locale=locale,
        )
        for row in rows
    }  # fmt: skip
