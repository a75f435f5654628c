"""Legal hold: content is kept as evidence, and sealed: its words leave the tables where pages look, its pictures the
folder that they are served from.

Sealing asks for content that is removed already. What is sealed comes back word for word when the hold is released.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.db import MAX_ID, Database
from forum.errors import Conflict, Invalid, NotFound
from forum.kit.i18n import N_
from forum.legal.domain import evidence as files
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
    until: datetime | None, data_dir: Path, now: datetime,
) -> LegalHold:  # fmt: skip
    """Keep a post, a thread or a profile as evidence, with its pictures. After the commit of a sealed one `tend` takes
    them from `uploads/`.

    Raises SignInNeeded, Forbidden, NotFound, Invalid(reason), Conflict (held already; to be sealed, but not removed).
    """
    require_evidence(actor)
    if not reason.strip() or len(reason) > 500:
        raise Invalid({"reason": N_("Say why it is kept: an order, an investigation, a report to the police.")})
    target = load(session, target_type, target_id)
    if seal and not _removed(target):
        raise Conflict(N_("Remove it first: what everybody reads cannot be sealed."))
    evidence = _evidence(session, target, data_dir)
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
    files.keep(data_dir, hold.id, _names(evidence))
    if seal:
        _seal(session, target)
    _log(session, "hold.placed", actor, hold, now)
    return hold


def release(session: Session, *, actor: Actor, hold_id: int, data_dir: Path, now: datetime) -> LegalHold:
    """End a hold; sealed words and pictures stand where they stood. After the commit `tend` deletes the copies.

    Raises SignInNeeded, Forbidden, NotFound.
    """
    hold = hold_for_update(session, actor, hold_id)
    if hold.released_at is not None:
        raise NotFound()
    if hold.sealed:
        _unseal(session, hold)
        others = select(LegalHold.evidence).where(LegalHold.sealed, LegalHold.released_at.is_(None))
        kept = {name for row in session.scalars(others.where(LegalHold.id != hold.id)) for name in _names(row)}
        files.put_back(data_dir, hold.id, [name for name in _names(hold.evidence) if name not in kept])
    hold.released_at, hold.released_by_id, hold.evidence = now, actor.id, {}
    session.flush()
    _log(session, "hold.released", actor, hold, now)
    return hold


def tend(db: Database, data_dir: Path) -> None:
    """What holds ask of the disk: sealed pictures leave `uploads/`, copies of released holds go. May be done again."""
    with db.read() as session:
        sealed = select(LegalHold.id, LegalHold.evidence).where(LegalHold.sealed, LegalHold.released_at.is_(None))
        for hold_id, evidence in session.execute(sealed):
            files.withdraw(data_dir, hold_id, _names(evidence))
        for hold_id in session.scalars(select(LegalHold.id).where(LegalHold.released_at.is_not(None))):
            files.drop(data_dir, hold_id)


def _names(evidence: dict[str, Any]) -> list[str]:
    return [one["name"] for one in evidence.get("files", [])]


def take_evidence(session: Session, *, actor: Actor, hold_id: int, now: datetime) -> bytes:
    """The evidence as JSON, for the police or a court; the log says who took it. Pictures are named with their digests:
    the files lie in `evidence/ID/` of the data folder. Raises SignInNeeded, Forbidden,
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


def _evidence(session: Session, target: Target, data_dir: Path) -> dict[str, Any]:
    posts = _posts(session, target)
    ids = [post.id for post in posts]
    revisions = session.scalars(select(Revision).where(Revision.post_id.in_(ids)).order_by(Revision.id)).all()
    reports = session.scalars(
        select(Report).join(Case, Case.id == Report.case_id).where(*_about(target)).order_by(Report.id)
    ).all()
    statements = session.scalars(_statements(target)).all()
    member = target.member
    texts = [text for post in posts for text in (post.html, post.source)] + [row.source for row in revisions]
    if target.type == "member" and member.avatar:
        texts.append(f"/uploads/avatars/{member.avatar}")
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
        "files": files.digests(data_dir, files.shown_in(texts)),
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
