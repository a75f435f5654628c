"""Measures against misuse (DSA Art. 23): counted over a year, a warning first, then a suspension for a time.

posters: people whose content was found illegal again and again. notifiers: people whose notices were manifestly
unfounded again and again. Whoever decides weighs numbers, share, gravity and intent, and writes it down.
"""

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, Integer, and_, func, or_, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Conflict, Forbidden, Invalid
from forum.events import MisuseMeasured, record
from forum.kit.dates import zone
from forum.kit.i18n import N_, Text
from forum.legal.models import LegalNotice, MisuseMeasure, StatementGround
from forum.members.models import Member
from forum.moderation.domain.acts import RULES, Act
from forum.moderation.domain.decide import decide
from forum.moderation.models import Decision
from forum.policy.actors import Actor
from forum.policy.legal import require_register
from forum.threads.models import Post

WINDOW = timedelta(days=365)
LEAST = 3
"""Fewer than three in a year is not "frequently"."""
SHARE = 0.5
"""Of a notifier's decided notices: below half, the rest were worth the trouble."""
LONGEST = 180  # days of a suspension


class Candidate(msgspec.Struct, frozen=True):
    """Somebody whose figures ask for a look. `who`: "member:12" or "mail:KEY"; `since`: what came after the warning."""

    side: str
    who: str
    label: str
    absolute: int
    relative: float
    warned_at: datetime | None
    since: int
    ends_at: datetime | None

    @property
    def may_suspend(self) -> bool:
        """Warned, and it went on."""
        return self.warned_at is not None and self.since > 0


def _illegal() -> ColumnElement[bool]:
    return func.coalesce(StatementGround.illegal, Decision.reason == "illegal")


def posters(session: Session, now: datetime, only: int | None = None) -> list[Candidate]:
    """Members with at least `LEAST` items found illegal within a year. Two statements a member found."""
    restricting = [name for name, rule in RULES.items() if rule.restricts]
    query = (
        select(Decision.subject_id, func.count(), Member.name)
        .join(Member, Member.id == Decision.subject_id)
        .outerjoin(StatementGround, StatementGround.decision_id == Decision.id)
        .where(
            Decision.created_at > now - WINDOW, Decision.undone_at.is_(None), Decision.action.in_(restricting),
            Decision.target_type.in_(("post", "thread")), _illegal(),
        )
        .group_by(Decision.subject_id, Member.name)
        .having(func.count() >= LEAST)
        .order_by(func.count().desc(), Decision.subject_id)
        .limit(100)
    )  # fmt: skip
    if only is not None:
        query = query.where(Decision.subject_id == only)
    found = []
    for member_id, many, name in session.execute(query).all():
        posts = select(func.count()).where(Post.author_id == member_id, Post.created_at > now - WINDOW)
        written = max(session.scalar(posts) or 0, many)
        later = select(func.count()).select_from(Decision).outerjoin(
            StatementGround, StatementGround.decision_id == Decision.id
        ).where(
            Decision.subject_id == member_id, Decision.undone_at.is_(None), Decision.action.in_(restricting),
            Decision.target_type.in_(("post", "thread")), _illegal(),
        )  # fmt: skip
        warned, ends = _standing(session, MisuseMeasure.member_id == member_id, "poster", now)
        since = session.scalar(later.where(Decision.created_at > warned)) or 0 if warned else 0
        found.append(Candidate("poster", f"member:{member_id}", name, many, many / written, warned, since, ends))
    return found


def notifiers(session: Session, now: datetime, only: str = "") -> list[Candidate]:
    """People with at least `LEAST` manifestly unfounded notices within a year, `SHARE` of those decided."""
    recent = and_(LegalNotice.created_at > now - WINDOW, LegalNotice.decided_at.is_not(None))
    bad = func.sum(LegalNotice.unfounded.cast(Integer))
    found = []
    for column, prefix in ((LegalNotice.member_id, "member"), (LegalNotice.mail_key, "mail")):
        query = select(column, func.count(), bad, func.max(Member.name)).outerjoin(
            Member, Member.id == LegalNotice.member_id
        )
        query = query.where(recent).group_by(column).having(bad >= LEAST).limit(100)
        if prefix == "member":
            query = query.where(LegalNotice.member_id.is_not(None))
        else:
            query = query.where(LegalNotice.member_id.is_(None), LegalNotice.mail_key != "")
        for key, many, unfounded, name in session.execute(query).all():
            who = f"{prefix}:{key}"
            if (only and who != only) or unfounded / many < SHARE:
                continue
            mine = MisuseMeasure.member_id == key if prefix == "member" else MisuseMeasure.mail_key == key
            warned, ends = _standing(session, mine, "notifier", now)
            later = select(func.count()).where(column == key, LegalNotice.unfounded)
            since = session.scalar(later.where(LegalNotice.created_at > warned)) or 0 if warned else 0
            found.append(Candidate("notifier", who, name or "", unfounded, unfounded / many, warned, since, ends))
    return sorted(found, key=lambda one: (-one.absolute, one.who))


def _standing(
    session: Session, mine: ColumnElement[bool], side: str, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """(when last warned within the year, until when suspended)."""
    rows = session.execute(
        select(MisuseMeasure.kind, func.max(MisuseMeasure.at), func.max(MisuseMeasure.ends_at))
        .where(mine, MisuseMeasure.side == side, MisuseMeasure.at > now - WINDOW)
        .group_by(MisuseMeasure.kind)
    ).all()
    by_kind = {row[0]: row for row in rows}
    warned = by_kind["warning"][1] if "warning" in by_kind else None
    ends = by_kind["suspension"][2] if "suspension" in by_kind else None
    return warned, ends if ends and ends > now else None


def measure(
    session: Session, *, actor: Actor, side: str, who: str, kind: str, gravity: str, days: int, now: datetime
) -> MisuseMeasure:
    """Warn, or suspend whoever was warned and went on. Posters through the one mechanism of decisions.

    Raises SignInNeeded, Forbidden (rank, conflict of interest), Invalid, Conflict (no warning before).
    """
    require_register(actor)
    prefix, _, key = who.partition(":")
    if side == "poster":
        found = posters(session, now, int(key) if prefix == "member" and key.isascii() and key.isdigit() else 0)
    else:
        found = notifiers(session, now, who)
    if not found or kind not in ("warning", "suspension"):
        raise Invalid({"who": N_("The figures of this person ask for nothing.")})
    if not gravity.strip() or len(gravity) > 500:
        raise Invalid({"gravity": N_("Write what weighs: how grave, how often, with which intent. They read it.")})
    one = found[0]
    if kind == "suspension" and not one.may_suspend:
        raise Conflict(N_("First a warning: a suspension follows when it goes on afterwards."))
    if kind == "suspension" and not 0 < days <= LONGEST:
        raise Invalid({"days": Text(N_("Between 1 and %(n)s days."), {"n": LONGEST})})
    ends = now + timedelta(days=days) if kind == "suspension" else None
    decision_id = None
    if side == "poster":
        act = Act(
            action="suspend" if ends else "warn", reason="illegal", explanation=gravity.strip(), until=ends
        )  # fmt: skip
        decision_id = decide(session, actor=actor, act=act, target_type="member", target_id=int(key), now=now).id
    row = MisuseMeasure(
        side=side, kind=kind, member_id=int(key) if prefix == "member" else None,
        mail_key=key if prefix == "mail" else "", decision_id=decision_id, absolute=one.absolute,
        relative=one.relative, gravity=gravity.strip(), decided_by_id=actor.id, at=now, ends_at=ends,
    )  # fmt: skip
    session.add(row)
    session.flush()
    record(session, MisuseMeasured(row.id), now=now)
    audit.write(
        session, action="misuse.measured", actor_id=actor.id, subject_id=row.member_id, target=f"measure:{row.id}",
        data={"side": side, "kind": kind, "count": one.absolute, "until": ends}, now=now,
    )  # fmt: skip
    return row


def require_not_suspended(session: Session, actor: Actor, hashed: str, now: datetime) -> None:
    """Raises Forbidden while notices of this member, or from this mail address, are not dealt with."""
    who = []
    if not actor.is_guest:
        who.append(MisuseMeasure.member_id == actor.id)
    if hashed:
        who.append(MisuseMeasure.mail_key == hashed)
    if not who:
        return
    query = select(MisuseMeasure.ends_at).where(
        MisuseMeasure.side == "notifier", MisuseMeasure.kind == "suspension", MisuseMeasure.ends_at > now, or_(*who)
    )
    until = session.scalar(query.order_by(MisuseMeasure.ends_at.desc()).limit(1))
    if until is not None:
        words = N_("After many unfounded notices and a warning we do not deal with yours until %(day)s.")
        raise Forbidden(Text(words, {"day": until.astimezone(zone(actor.timezone)).date()}))
