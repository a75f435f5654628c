"""The registers, as managers and administrators read them: structs only."""

from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import NotFound
from forum.kit.i18n import Message
from forum.legal import words
from forum.legal.models import AuthorityOrder, DisputeCase, LegalHold, Purge, TrustedFlagger
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.policy.legal import require_evidence, require_register

MOST = 200


class FlaggerView(msgspec.Struct, frozen=True):
    """A trusted flagger."""

    id: int
    name: str
    mail: str
    member: str
    added_at: datetime
    status_checked_at: datetime
    ended_at: datetime | None


class OrderView(msgspec.Struct, frozen=True):
    """An authority's order."""

    id: int
    reference: str
    article: int
    authority: str
    country: str
    order_ref: str
    legal_basis: str
    category: str
    urls: list[str]
    scope: str
    effect: str
    received_at: datetime
    acted_at: datetime | None
    reported_at: datetime | None
    informed_at: datetime | None
    version: int

    @property
    def label(self) -> Message:
        """What it is about."""
        return words.label(self.category)


class DisputeView(msgspec.Struct, frozen=True):
    """A dispute before a certified body."""

    id: int
    body: str
    case_ref: str
    statement: str
    opened_at: datetime
    closed_at: datetime | None
    result: str
    implemented: bool | None


class HoldView(msgspec.Struct, frozen=True):
    """A legal hold; never its words."""

    id: int
    target_type: str
    target_id: int
    reason: str
    authority_ref: str
    sealed: bool
    sha256: str
    placed_at: datetime
    released_at: datetime | None

    @property
    def url(self) -> str:
        """Where it stands; empty for a profile."""
        return {"post": "/p/", "thread": "/t/"}.get(self.target_type, "") and (
            f"{'/p/' if self.target_type == 'post' else '/t/'}{self.target_id}"
        )


class PurgeView(msgspec.Struct, frozen=True):
    """A line of the ledger."""

    at: datetime
    rule: str
    table: str
    days: int
    rows: int
    kept: int


def flaggers(session: Session, actor: Actor) -> list[FlaggerView]:
    """Who they are, living ones first. Raises SignInNeeded, Forbidden."""
    require_register(actor)
    query = select(TrustedFlagger, Member.name).outerjoin(Member, Member.id == TrustedFlagger.member_id)
    rows = session.execute(query.order_by(TrustedFlagger.ended_at.is_not(None), TrustedFlagger.name).limit(MOST))
    return [
        FlaggerView(row.id, row.name, row.mail, name or "", row.added_at, row.status_checked_at, row.ended_at)
        for row, name in rows
    ]


def orders(session: Session, actor: Actor) -> list[OrderView]:
    """Newest first. Raises SignInNeeded, Forbidden."""
    require_register(actor)
    query = select(AuthorityOrder).order_by(AuthorityOrder.received_at.desc(), AuthorityOrder.id.desc()).limit(MOST)
    return [_order(row) for row in session.scalars(query)]


def order(session: Session, actor: Actor, order_id: int) -> OrderView:
    """One. Raises SignInNeeded, Forbidden, NotFound."""
    require_register(actor)
    row = session.get(AuthorityOrder, order_id) if 0 < order_id <= MAX_ID else None
    if row is None:
        raise NotFound()
    return _order(row)


def _order(row: AuthorityOrder) -> OrderView:
    return OrderView(**{name: getattr(row, name) for name in OrderView.__struct_fields__})


def disputes(session: Session, actor: Actor) -> list[DisputeView]:
    """Open ones first. Raises SignInNeeded, Forbidden."""
    require_register(actor)
    query = select(DisputeCase).order_by(DisputeCase.closed_at.is_not(None), DisputeCase.id.desc()).limit(MOST)
    fields = DisputeView.__struct_fields__
    return [DisputeView(**{name: getattr(row, name) for name in fields}) for row in session.scalars(query)]


def holds(session: Session, actor: Actor) -> list[HoldView]:
    """Living ones first. Raises SignInNeeded, Forbidden."""
    require_evidence(actor)
    columns = [getattr(LegalHold, name) for name in HoldView.__struct_fields__]
    query = select(*columns).order_by(LegalHold.released_at.is_not(None), LegalHold.id.desc()).limit(MOST)
    return [HoldView(*row) for row in session.execute(query)]


def ledger(session: Session, actor: Actor) -> list[PurgeView]:
    """The newest lines of the ledger. Raises SignInNeeded, Forbidden."""
    require_register(actor)
    query = select(Purge.at, Purge.rule, Purge.table_name, Purge.days, Purge.rows, Purge.kept)
    return [PurgeView(*row) for row in session.execute(query.order_by(Purge.id.desc()).limit(100))]
