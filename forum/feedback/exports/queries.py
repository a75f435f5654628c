"""Reading exports: the list of files, one of them, the page of a snapshot."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from forum.errors import NotFound
from forum.feedback.exports import snapshot
from forum.feedback.exports.figures import Run, summary
from forum.feedback.exports.models import Export, ExportRead, Snapshot
from forum.feedback.exports.shapes import Page
from forum.feedback.models import Team, TeamMember
from forum.kit import paging
from forum.members.models import Member
from forum.members.queries import CARD, MemberCard
from forum.policy.actors import Actor
from forum.policy.feedback import may_collect, require_read_items

PAGE = 20


class ExportRow(msgspec.Struct, frozen=True):
    """A file, what it is of, and how often it was handed out."""

    id: int
    snapshot: str
    kind: str
    state: str
    rows: int
    done: int
    size: int
    sha256: str
    at: datetime
    team_id: int | None
    team: str
    """Its name; empty: all teams."""
    starts: date
    ends: date
    privacy: str
    redacted: int
    sent: bool = False
    """The record of what a mail or a webhook said: there is no file to fetch."""
    how: str = ""
    """How it was handed out first: see ExportRead."""
    by: MemberCard | None = None
    reads: int = 0
    read_at: datetime | None = None

    @property
    def last(self) -> date:
        """The last day that counts."""
        return date.fromordinal(self.ends.toordinal() - 1)

    @property
    def progress(self) -> int:
        """Per cent."""
        if self.state == "ready":
            return 100
        return min(99, 100 * self.done // self.rows) if self.rows else 0

    @property
    def url(self) -> str:
        """Where the file is."""
        return f"/feedback/exports/{self.id}/file"


def exports(
    session: Session, actor: Actor, *, after: str = "", limit: int = PAGE
) -> tuple[list[ExportRow], str | None]:
    """Files, the newest first: managers see all, a team those of its own. Raises SignInNeeded, Forbidden."""
    require_read_items(actor)
    statement = _select(actor).order_by(Export.id.desc()).limit(limit + 1)
    if parts := paging.decode(after, int):
        statement = statement.where(Export.id < parts[0])
    rows = [_row(row) for row in session.execute(statement)]
    return rows[:limit], paging.encode(rows[limit - 1].id) if len(rows) > limit else None


def export(session: Session, actor: Actor, export_id: int) -> ExportRow:
    """One file. Raises SignInNeeded, Forbidden, NotFound."""
    require_read_items(actor)
    row = session.execute(_select(actor).where(Export.id == export_id)).first()
    if row is None:
        raise NotFound()
    return _row(row)


def _select(actor: Actor) -> Select[Any]:
    by = aliased(Member)
    cards = tuple(getattr(by, column.key) for column in CARD)
    reads = select(func.count()).where(ExportRead.export_id == Export.id).scalar_subquery()
    newest = select(func.max(ExportRead.at)).where(ExportRead.export_id == Export.id).scalar_subquery()
    how = func.coalesce(
        select(ExportRead.how)
        .where(ExportRead.export_id == Export.id)
        .order_by(ExportRead.id)
        .limit(1)
        .scalar_subquery(),
        "",
    )
    columns: tuple[Any, ...] = (
        Export.id, Export.snapshot_id, Export.format, Export.state, Export.rows, Export.done, Export.size,
        Export.sha256, Export.at, Snapshot.team_id, func.coalesce(Team.name, ""), Snapshot.starts, Snapshot.ends,
        Snapshot.privacy, Snapshot.redacted, Export.sent, how, reads, newest, *cards,
    )  # fmt: skip
    found: Select[Any] = (
        select(*columns)
        .join(Snapshot, Snapshot.id == Export.snapshot_id)
        .outerjoin(Team, Team.id == Snapshot.team_id)
        .outerjoin(by, by.id == Export.by_id)
    )
    if not may_collect(actor):
        found = found.where(Snapshot.team_id.in_(select(TeamMember.team_id).where(TeamMember.member_id == actor.id)))
    return found


def _row(row: Sequence[Any]) -> ExportRow:
    facts = dict(zip(ExportRow.__struct_fields__, row[:17], strict=False))
    return ExportRow(**facts, by=MemberCard(*row[19:]) if row[19] else None, reads=row[17], read_at=row[18])


def live(session: Session, *, team_id: int | None, starts: date, ends: date, locale: str, now: datetime) -> Page:
    """The summary as it is now, without keeping it: for the screen. Raises NotFound.

    Who may: `domain.require_summary`.
    """
    return summary(session, Run("0" * 16, team_id, starts, ends, "quotes", locale, now), whole=False)


def page(session: Session, snapshot_id: str) -> Page:
    """The page of a snapshot, as it is kept. Raises NotFound."""
    return snapshot.opened(session, snapshot_id).page


def page_json(session: Session, snapshot_id: str) -> dict[str, Any]:
    """The same as `docs/feedback-export.schema.json` lays it out, without its evidence. Raises NotFound."""
    found: dict[str, Any] = msgspec.to_builtins(page(session, snapshot_id))
    return found


def is_empty(session: Session, snapshot_id: str) -> bool:
    """Nobody was heard, nothing is new, asked or promised: a schedule may leave it out. Raises NotFound."""
    found = page(session, snapshot_id)
    return not (found.items or found.new or found.due or found.asks or found.promises or found.meetups)
