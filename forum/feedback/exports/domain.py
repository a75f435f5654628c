"""Who takes which summary, and what is kept of it: the snapshot, the file, who had it."""

import hashlib
from datetime import date, datetime, timedelta
from typing import Literal, cast

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Forbidden, Invalid, NotFound
from forum.events import FeedbackExportAsked, record
from forum.feedback.exports import counting, snapshot
from forum.feedback.exports.counting import in_scope, of_period, with_posts
from forum.feedback.exports.figures import Run
from forum.feedback.exports.models import FORMATS, PRIVACIES, Export, ExportRead, Snapshot
from forum.feedback.exports.shapes import Privacy
from forum.feedback.models import Evidence, Item, Team, TeamMember
from forum.kit.i18n import N_
from forum.policy.actors import Actor
from forum.policy.feedback import may_collect, require_read_items

BIG = 5000
"""Pieces of evidence from which on a file is made by the worker (CONTRACT.md, createExport)."""
LONGEST = timedelta(days=3 * 366)
LATER = timedelta(minutes=2)
"""A small file is written by whoever asked for it; the worker looks after it if that process died."""
How = Literal["download", "mail", "webhook", "command"]


class Asked(msgspec.Struct, frozen=True):
    """A run that somebody asks for. `team`: a slug; empty: all of them."""

    team: str
    starts: date
    ends: date
    kind: str
    privacy: str


def require_summary(session: Session, actor: Actor, team_id: int | None) -> None:
    """Managers read every summary, a team its own. Raises SignInNeeded, Forbidden, NotFound (another's)."""
    require_read_items(actor)
    if may_collect(actor):
        return
    if team_id is None:
        raise Forbidden(N_("A team reads its own summary: choose the team."))
    if session.get(TeamMember, (team_id, actor.id)) is None:
        raise NotFound()


def team_of(session: Session, slug: str) -> int | None:
    """Its id; None without a slug. Raises Invalid."""
    if not slug:
        return None
    found = session.scalar(select(Team.id).where(Team.slug == slug))
    if found is None:
        raise Invalid({"team": N_("There is no such team.")})
    return found


def check_asked(asked: Asked) -> None:
    """Raises Invalid."""
    problems = {}
    if asked.kind not in FORMATS:
        problems["format"] = N_("Choose one of these.")
    if asked.privacy not in PRIVACIES:
        problems["privacy"] = N_("Choose one of these.")
    if problems:
        raise Invalid({**problems})
    check_period(asked.starts, asked.ends)


def check_period(starts: date, ends: date) -> None:
    """Raises Invalid: it ends before it begins, or is longer than three years."""
    if ends <= starts:
        raise Invalid({"to": N_("The last day comes after the first.")})
    if ends - starts > LONGEST or starts.year < 1990:
        raise Invalid({"from": N_("At most three years at once.")})


def weight(session: Session, team_id: int | None, starts: date, ends: date) -> int:
    """How many pieces of evidence a run would look at, at most one more than `BIG`: one statement."""
    some = (
        with_posts(select(Evidence.id).join(Item, Item.id == Evidence.item_id))
        .where(in_scope(team_id), of_period(counting.span(starts, ends)))
        .limit(BIG + 1)
        .subquery()
    )
    return session.scalar(select(func.count()).select_from(some)) or 0


def ask(session: Session, *, actor: Actor, asked: Asked, locale: str, secret: bytes, now: datetime) -> Export:
    """A file is wanted: its row, and its snapshot. A big one is counted now and written by the worker.

    Raises SignInNeeded, Forbidden, NotFound, Invalid.
    """
    require_read_items(actor)
    check_asked(asked)
    require_summary(session, actor, team_of(session, asked.team))
    return order(session, asked=asked, by_id=actor.id or None, locale=locale, secret=secret, now=now)


def order(
    session: Session, *, asked: Asked, by_id: int | None, locale: str, secret: bytes, now: datetime
) -> Export:  # fmt: skip
    """The same for the operator (`by_id` None), whom nobody asks. Raises Invalid."""
    check_asked(asked)
    team_id = team_of(session, asked.team)
    run = Run(
        snapshot.new_id(), team_id, asked.starts, asked.ends, cast(Privacy, asked.privacy), locale, now
    )  # fmt: skip
    if weight(session, team_id, asked.starts, asked.ends) > BIG:
        session.add(snapshot.empty(run, by_id))
        session.flush()
    else:
        snapshot.keep(session, run, snapshot.pack(session, run, secret=secret), by_id=by_id)
    return add(session, run.snapshot, asked.kind, by_id=by_id, now=now)


def another(session: Session, *, actor: Actor, snapshot_id: str, kind: str, now: datetime) -> Export:
    """The same run in another format; if there is that file already, it. Raises as `ask`, and NotFound."""
    kept = session.get(Snapshot, snapshot_id)
    require_read_items(actor)
    if kept is None:
        raise NotFound()
    require_summary(session, actor, kept.team_id)
    if kind not in FORMATS:
        raise Invalid({"format": N_("Choose one of these.")})
    there = session.scalars(
        select(Export).where(
            Export.snapshot_id == snapshot_id, Export.format == kind, Export.state != "failed", Export.sent.is_(False)
        )
    ).first()  # fmt: skip
    return there or add(session, snapshot_id, kind, by_id=actor.id or None, now=now)


def add(session: Session, snapshot_id: str, kind: str, *, by_id: int | None, now: datetime) -> Export:
    """The row of a file that is still to be made; the log says who wanted which words. Its lock is the last."""
    made = Export(snapshot_id=snapshot_id, format=kind, by_id=by_id, at=now)
    session.add(made)
    session.flush()
    kept = session.get_one(Snapshot, snapshot_id)
    later = now if kept.data == b"" else now + LATER
    record(session, FeedbackExportAsked(made.id), now=now, run_at=later)
    audit.write(
        session, action="feedback.exported", actor_id=by_id, target=f"export:{made.id}", now=now,
        data={
            "snapshot": snapshot_id, "format": kind, "privacy": kept.privacy, "team": kept.team_id or 0,
            "from": kept.starts.isoformat(), "to": kept.ends.isoformat(), **({} if by_id else audit.OPERATOR),
        },
    )  # fmt: skip
    return made


def is_big(session: Session, export: Export) -> bool:
    """The worker has still to count its run: nobody waits for it."""
    return session.get_one(Snapshot, export.snapshot_id).data == b""


class Receiver(msgspec.Struct, frozen=True):
    """To whom something left: a delivery (its id), to a destination (0: none), or to an address of a mail."""

    delivery: int
    destination: int = 0
    address: str = ""


def handed(
    session: Session, *, export_id: int, by_id: int | None, how: How, now: datetime, to: Receiver | None = None
) -> None:  # fmt: skip
    """Somebody has a file: noted beside it, and in the log of the staff, where an address can be erased."""
    export = session.get_one(Export, export_id)
    session.add(ExportRead(export_id=export_id, by_id=by_id, how=how, at=now))
    session.flush()
    audit.write(
        session, action="feedback.export_read", actor_id=by_id, target=f"export:{export_id}", now=now,
        data={
            "snapshot": export.snapshot_id, "format": export.format, "how": how, "sha256": export.sha256,
            "rows": export.rows, **({"delivery": to.delivery} if to else {}),
            **({"destination": to.destination} if to and to.destination else {}),
            **(audit.OPERATOR if how == "command" else {}),
        },
        details={"mailed_to": to.address} if to and to.address else None,
    )  # fmt: skip


class Left(msgspec.Struct, frozen=True):
    """What left without lying here as a file: the text of a mail, a file with it, a webhook's body."""

    kind: str
    content: bytes
    rows: int


def said(
    session: Session, *, snapshot_id: str, left: Left, by_id: int | None, how: Literal["mail", "webhook"],
    to: Receiver, made_at: datetime, now: datetime,
) -> int:  # fmt: skip
    """Something of a snapshot left the house: the record of it, which nobody overwrites, and who had it; the id.

    `made_at`: when it was looked up what may be shown; whatever was withdrawn later is in it.
    """
    kept = session.get_one(Snapshot, snapshot_id)
    export = Export(
        snapshot_id=snapshot_id, format=left.kind, state="ready", rows=left.rows, size=len(left.content),
        sha256=hashlib.sha256(left.content).hexdigest(), redacted=kept.redacted, sent=True, at=made_at,
    )  # fmt: skip
    session.add(export)
    session.flush()
    handed(session, export_id=export.id, by_id=by_id, how=how, now=now, to=to)
    return export.id
