"""Legal hold: content is kept as evidence, and sealed: its words leave the tables where pages look.

Sealing asks for content that is removed already. What is sealed comes back word for word when the hold is released.
"""

import hashlib
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_
from forum.legal.models import LegalHold
from forum.moderation.domain.targets import Target, load
from forum.moderation.models import Case, Decision, Report, Statement
from forum.policy.actors import Actor
from forum.policy.legal import require_evidence
from forum.threads.models import Post, Revision

SEALED = "[under legal hold]"
MOST = 1000
"""Posts of one thread that are sealed in one go."""


def place(
    session: Session, *, actor: Actor, target_type: str, target_id: int, reason: str, authority_ref: str, seal: bool,
    until: datetime | None, now: datetime,
) -> LegalHold:  # fmt: skip
    """Keep a post, a thread or a profile as evidence.

    Raises SignInNeeded, Forbidden, NotFound, Invalid(reason), Conflict (held already; to be sealed, but not removed).
    """
    require_evidence(actor)
    if not reason.strip() or len(reason) > 500:
        raise Invalid({"reason": N_("Say why it is kept: an order, an investigation, a report to the police.")})
    target = load(session, target_type, target_id)
    if seal and not _removed(target):
        raise Conflict(N_("Remove it first: what everybody reads cannot be sealed."))
    evidence = _evidence(session, target)
    hold = LegalHold(
        target_type=target.type, target_id=target.id, reason=reason.strip(), authority_ref=authority_ref[:120],
        sealed=seal, evidence=evidence, sha256=digest(evidence), placed_by_id=actor.id, placed_at=now, until=until,
    )  # fmt: skip
    try:
        with session.begin_nested():
            session.add(hold)
            session.flush()
    except IntegrityError:
        raise Conflict(N_("It is under legal hold already.")) from None
    if seal:
        _seal(session, target)
    _log(session, "hold.placed", actor, hold, now)
    return hold


def release(session: Session, *, actor: Actor, hold_id: int, now: datetime) -> LegalHold:
    """End a hold; sealed words stand where they stood. Raises SignInNeeded, Forbidden, NotFound."""
    hold = hold_for_update(session, actor, hold_id)
    if hold.released_at is not None:
        raise NotFound()
    if hold.sealed:
        _unseal(session, hold)
    hold.released_at, hold.released_by_id, hold.evidence = now, actor.id, {}
    session.flush()
    _log(session, "hold.released", actor, hold, now)
    return hold


def take_evidence(session: Session, *, actor: Actor, hold_id: int, now: datetime) -> bytes:
    """The evidence as JSON, for the police or a court; the log says who took it. Raises SignInNeeded, Forbidden,
    NotFound.
    """
    hold = hold_for_update(session, actor, hold_id)
    if hold.released_at is not None:
        raise NotFound()
    _log(session, "hold.evidence_taken", actor, hold, now)
    return msgspec.json.format(msgspec.json.encode({"sha256": hold.sha256, "evidence": hold.evidence}), indent=2)


def hold_for_update(session: Session, actor: Actor, hold_id: int) -> LegalHold:
    """The hold, locked. Raises SignInNeeded, Forbidden, NotFound."""
    require_evidence(actor)
    query = select(LegalHold).where(LegalHold.id == hold_id).with_for_update(key_share=True)
    hold = session.scalar(query) if 0 < hold_id <= MAX_ID else None
    if hold is None:
        raise NotFound()
    return hold


def digest(evidence: dict[str, Any]) -> str:
    """SHA-256 of the evidence as JSON with sorted keys."""
    return hashlib.sha256(msgspec.json.encode(evidence, order="sorted")).hexdigest()


def _removed(target: Target) -> bool:
    if target.post is not None:
        return target.post.state == "removed" or (target.thread is not None and target.thread.state == "removed")
    return target.thread is not None and target.thread.state == "removed"


def _posts(session: Session, target: Target) -> list[Post]:
    if target.post is not None:
        return [target.post]
    if target.type == "member":
        return []
    return list(session.scalars(select(Post).where(Post.thread_id == target.id).order_by(Post.id).limit(MOST)))


def _about(target: Target) -> tuple[Any, Any]:
    return Case.target_type == target.type, Case.target_id == target.id


def _evidence(session: Session, target: Target) -> dict[str, Any]:
    posts = _posts(session, target)
    ids = [post.id for post in posts]
    revisions = session.scalars(select(Revision).where(Revision.post_id.in_(ids)).order_by(Revision.id)).all()
    reports = session.scalars(
        select(Report).join(Case, Case.id == Report.case_id).where(*_about(target)).order_by(Report.id)
    ).all()
    statements = session.scalars(_statements(target)).all()
    member = target.member
    return {
        "target": target.key, "member": {"id": member.id, "name": member.name, "display_name": member.display_name},
        "profile": {"about": member.about, "place": member.place, "links": list(member.links)},
        "thread": {"id": target.thread.id, "title": target.thread.title} if target.thread else None,
        "posts": [
            {
                "id": post.id, "author_id": post.author_id, "number": post.number, "source": post.source,
                "html": post.html, "created_at": post.created_at.isoformat(), "state": post.state,
            }
            for post in posts
        ],
        "revisions": [{"id": row.id, "post_id": row.post_id, "source": row.source} for row in revisions],
        "reports": [{"id": row.id, "snapshot": row.snapshot} for row in reports],
        "statements": [{"id": row.id, "content": row.content} for row in statements],
    }  # fmt: skip


def _statements(target: Target) -> Any:
    query = select(Statement).join(Decision, Decision.id == Statement.decision_id)
    return query.where(Decision.target_type == target.type, Decision.target_id == target.id).order_by(Statement.id)


def _seal(session: Session, target: Target) -> None:
    posts = _posts(session, target)
    for post in posts:
        post.source, post.html = SEALED, f"<p>{SEALED}</p>"
        post.version += 1
    for row in session.scalars(select(Revision).where(Revision.post_id.in_([post.id for post in posts]))):
        row.source = SEALED
    for report in session.scalars(select(Report).join(Case, Case.id == Report.case_id).where(*_about(target))):
        report.snapshot = SEALED
    for statement in session.scalars(_statements(target)):
        statement.content = SEALED
    session.flush()


def _unseal(session: Session, hold: LegalHold) -> None:
    """Only what still says `SEALED`: whoever wrote something else since keeps it."""
    kept = hold.evidence
    for entry in kept.get("posts", []):
        post = session.get(Post, entry["id"])
        if post is not None and post.source == SEALED:
            post.source, post.html = entry["source"], entry["html"]
            post.version += 1
    for name, table, field in (
        ("revisions", Revision, "source"), ("reports", Report, "snapshot"), ("statements", Statement, "content"),
    ):  # fmt: skip
        for entry in kept.get(name, []):
            row: Any = session.get(table, entry["id"])
            if row is not None and getattr(row, field) == SEALED:
                setattr(row, field, entry[field])
    session.flush()


def _log(session: Session, action: str, actor: Actor, hold: LegalHold, now: datetime) -> None:
    audit.write(
        session, action=action, actor_id=actor.id, target=f"hold:{hold.id}",
        data={"of": f"{hold.target_type}:{hold.target_id}", "sealed": hold.sealed}, now=now,
    )  # fmt: skip
