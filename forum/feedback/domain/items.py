"""Items: made and changed (`merging.py`: merged into one another, and taken apart again)."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from forum.errors import Invalid
from forum.feedback.domain.counts import recount
from forum.feedback.domain.evidence import NewEvidence, attach, prepared
from forum.feedback.domain.shared import check_version, chosen, locked, note, one_line, title_of
from forum.feedback.domain.titles import check_title
from forum.feedback.models import KINDS, Evidence, Item, Team, Theme
from forum.kit.i18n import N_
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect


class NewItem(msgspec.Struct, frozen=True):
    """What is made. `theme`, `team`: slugs; without a team, the theme's. `pain`: 0–3."""

    title: str
    kind: str
    theme: str = ""
    team: str = ""
    pain: int = 1
    area: str = ""
    locale: str = ""
    evidence: tuple[NewEvidence, ...] = ()


class ItemChange(msgspec.Struct, frozen=True):
    """What is to be different; UNSET stays."""

    title: str | msgspec.UnsetType = msgspec.UNSET
    kind: str | msgspec.UnsetType = msgspec.UNSET
    theme: str | msgspec.UnsetType = msgspec.UNSET
    team: str | msgspec.UnsetType = msgspec.UNSET
    pain: int | msgspec.UnsetType = msgspec.UNSET
    area: str | msgspec.UnsetType = msgspec.UNSET
    owner: str | msgspec.UnsetType = msgspec.UNSET
    ask: str | msgspec.UnsetType = msgspec.UNSET
    promise: str | msgspec.UnsetType = msgspec.UNSET
    promise_due: date | msgspec.UnsetType | None = msgspec.UNSET
    promise_kept: bool | msgspec.UnsetType = msgspec.UNSET


def create(
    session: Session, *, actor: Actor, item: NewItem, now: datetime, source: str = "staff", of: tuple[int, ...] = ()
) -> int:  # fmt: skip
    """A new item with its evidence; its id. It is triaged: whoever collects has looked at it.

    `of`: evidence of another item that is about to move here. Raises SignInNeeded, Forbidden, Invalid (each field by
    name).
    """
    require_collect(actor)
    found = prepared(session, actor, item.evidence)
    moving = session.scalars(select(Evidence.thread_id).where(Evidence.id.in_(of))) if of else ()
    check_title(session, item.title, [*(post.thread_id for _, post, _, _ in found), *moving])
    theme = _theme(session, item.theme)
    team = _team(session, item.team) or (session.get(Team, theme.team_id) if theme and theme.team_id else None)
    made = Item(
        title=title_of(item.title), kind=chosen("kind", item.kind, KINDS), theme_id=theme.id if theme else None,
        team_id=team.id if team else None, pain=_pain(item.pain), area=one_line(item.area, 80)[:80],
        status="triaged", locale=item.locale[:8], created_by_id=actor.id, created_at=now, updated_at=now, version=0,
    )  # fmt: skip
    session.add(made)
    session.flush()
    attach(session, made, found, actor=actor, source=source, now=now)
    recount(session, made.id)
    session.refresh(made)
    note(session, made, actor=actor, what="created", after=made.kind, now=now)
    return made.id


def change(
    session: Session, *, actor: Actor, item_id: int, change: ItemChange, version: int | None, now: datetime
) -> None:
    """Change what it says and whose it is. Another team has it to acknowledge anew.

    Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict.
    """
    require_collect(actor)
    (item,) = locked(session, item_id)
    check_version(item, version)
    before = {name: getattr(item, name) for name in _COLUMNS}
    if change.title is not msgspec.UNSET:
        _retitle(session, item, title_of(change.title))
    if change.kind is not msgspec.UNSET:
        item.kind = chosen("kind", change.kind, KINDS)
    if change.pain is not msgspec.UNSET:
        item.pain = _pain(change.pain)
    if change.area is not msgspec.UNSET:
        item.area = one_line(change.area, 80)[:80]
    if change.ask is not msgspec.UNSET:
        item.ask = one_line(change.ask, 300)[:300]
    if change.theme is not msgspec.UNSET:
        theme = _theme(session, change.theme)
        item.theme_id = theme.id if theme else None
    if change.owner is not msgspec.UNSET:
        item.owner_id = _member(session, change.owner)
    if change.team is not msgspec.UNSET:
        _give(item, _team(session, change.team), now)
    _promise(item, change, now)
    different = [name for name in _COLUMNS if getattr(item, name) != before[name]]
    if different:
        note(session, item, actor=actor, what="changed", after=" ".join(different), now=now)


_COLUMNS = (
    "title",
    "kind",
    "pain",
    "area",
    "theme_id",
    "team_id",
    "owner_id",
    "ask",
    "promise",
    "promise_due",
    "promise_kept_at",
)


def _retitle(session: Session, item: Item, title: str) -> None:
    """What stands there may stay, for its page tells what is wrong with it. Raises Invalid."""
    if title != item.title:
        check_title(session, title, session.scalars(select(Evidence.thread_id).where(Evidence.item_id == item.id)))
    item.title = title


def _give(item: Item, team: Team | None, now: datetime) -> None:
    """To a team (or none): what it was sent before, another one has to read anew."""
    if item.team_id == (team.id if team else None):
        return
    item.team_id = team.id if team else None
    if item.status in {"sent", "acknowledged"}:
        item.status = "sent" if team else "triaged"
        item.acknowledged_at = None
        item.sent_at = now if team else None
        item.due_at = now + timedelta(days=team.ack_days) if team else None


def _promise(item: Item, change: ItemChange, now: datetime) -> None:
    if change.promise is not msgspec.UNSET:
        item.promise = one_line(change.promise)[:200]
    if change.promise_due is not msgspec.UNSET:
        item.promise_due = change.promise_due
    if change.promise_kept is not msgspec.UNSET:
        item.promise_kept_at = now if change.promise_kept else None
    if item.promise_due and not item.promise:
        raise Invalid({"promise": N_("Say what was promised.")})


def _pain(pain: int) -> int:
    if not 0 <= pain <= 3:
        raise Invalid({"pain": N_("From 0, nobody minds, to 3, it stops people.")})
    return pain


def _theme(session: Session, slug: str) -> Theme | None:
    if not slug:
        return None
    found = session.scalars(select(Theme).where(Theme.slug == slug)).first()
    steps = 0
    while found is not None and found.merged_into_id and steps < 10:  # an old name leads on
        found, steps = session.get(Theme, found.merged_into_id), steps + 1
    if found is None or found.archived_at:
        raise Invalid({"theme": N_("There is no such theme.")})
    return found


def _team(session: Session, slug: str) -> Team | None:
    if not slug:
        return None
    found = session.scalars(select(Team).where(Team.slug == slug, Team.archived_at.is_(None))).first()
    if found is None:
        raise Invalid({"team": N_("There is no such team.")})
    return found


def _member(session: Session, name: str) -> int | None:
    if not name:
        return None
    found = session.scalar(select(Member.id).where(Member.name_key == name.lstrip("@").casefold()))
    if found is None:
        raise Invalid({"owner": N_("Nobody here has that name.")})
    return found
