"""Teams and themes: who reads, and what it is about."""

from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.errors import Invalid, NotFound
from forum.feedback.domain.shared import check_version, one_line
from forum.feedback.models import Item, Team, TeamMember, Theme
from forum.kit.i18n import N_
from forum.kit.slugs import slugify
from forum.members.models import Member
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect

T = TypeVar("T", Team, Theme)
MOST_DAYS = 365
MOST_ALIASES = 20


class NewTeam(msgspec.Struct, frozen=True):
    """A team. `ack_days`: days until somebody should have read an item."""

    name: str
    ack_days: int = 7
    archived: bool = False


class NewTheme(msgspec.Struct, frozen=True):
    """A theme. `parent`: slug of the one above; `team`: slug of who gets its items."""

    name: str
    parent: str = ""
    aliases: tuple[str, ...] = ()
    team: str = ""
    archived: bool = False


def save_team(
    session: Session, *, actor: Actor, team: NewTeam, now: datetime, team_id: int | None = None,
    version: int | None = None,
) -> int:  # fmt: skip
    """Make or change a team; its id. Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict."""
    require_collect(actor)
    name = _name(team.name, 60)
    if not 1 <= team.ack_days <= MOST_DAYS:
        raise Invalid({"ack_days": N_("From 1 to 365 days.")})
    row = (
        _row(session, Team, team_id, version) if team_id else Team(slug=_slug(session, Team, name, 40), created_at=now)
    )
    row.name, row.ack_days = name, team.ack_days
    row.archived_at = (row.archived_at or now) if team.archived else None
    row.version = (row.version or 0) + 1
    session.add(row)
    session.flush()
    _log(session, "feedback.team_changed", actor, f"team:{row.id}", {"name": name}, now)
    return row.id


def join_team(session: Session, *, actor: Actor, team_id: int, name: str, now: datetime) -> None:
    """Somebody reads for a team: of the role team, or a manager. Raises SignInNeeded, Forbidden, NotFound, Invalid."""
    require_collect(actor)
    if session.get(Team, team_id) is None:
        raise NotFound()
    found = session.execute(
        select(Member.id, Member.role).where(Member.name_key == name.strip().lstrip("@").casefold())
    ).first()
    if found is None:
        raise Invalid({"name": N_("Nobody here has that name.")})
    if found.role not in {"team", "manager", "admin"}:
        raise Invalid({"name": N_("Give them the role “team” first: then they may read feedback.")})
    if session.get(TeamMember, (team_id, found.id)) is None:
        session.execute(insert(TeamMember).values(team_id=team_id, member_id=found.id))
        _log(session, "feedback.team_joined", actor, f"team:{team_id}", {}, now, subject_id=found.id)


def leave_team(session: Session, *, actor: Actor, team_id: int, member_id: int, now: datetime) -> None:
    """They read for it no more. Raises SignInNeeded, Forbidden, NotFound."""
    require_collect(actor)
    if session.get(TeamMember, (team_id, member_id)) is None:
        raise NotFound()
    session.execute(delete(TeamMember).where(TeamMember.team_id == team_id, TeamMember.member_id == member_id))
    _log(session, "feedback.team_left", actor, f"team:{team_id}", {}, now, subject_id=member_id)


def save_theme(
    session: Session, *, actor: Actor, theme: NewTheme, now: datetime, theme_id: int | None = None,
    version: int | None = None,
) -> int:  # fmt: skip
    """Make or change a theme; its id. Two levels at the most.

    Raises SignInNeeded, Forbidden, NotFound, Invalid, Conflict.
    """
    require_collect(actor)
    name = _name(theme.name, 80)
    row = (
        _row(session, Theme, theme_id, version)
        if theme_id
        else Theme(slug=_slug(session, Theme, name, 60), created_at=now)
    )
    row.name = name
    row.parent_id = _parent(session, theme.parent, theme_id)
    row.aliases = _aliases(theme.aliases)
    row.team_id = _team_id(session, theme.team)
    row.archived_at = (row.archived_at or now) if theme.archived else None
    row.version = (row.version or 0) + 1
    session.add(row)
    session.flush()
    _log(session, "feedback.theme_changed", actor, f"theme:{row.id}", {"name": name}, now)
    return row.id


def merge_themes(session: Session, *, actor: Actor, theme_id: int, into: int, now: datetime) -> int:
    """Put one theme into another: its items move, its name becomes an alias, its slug leads on; how many items moved.

    Raises SignInNeeded, Forbidden, NotFound, Invalid.
    """
    require_collect(actor)
    rows = {it.id: it for it in session.scalars(
        select(Theme).where(Theme.id.in_((theme_id, into))).order_by(Theme.id).with_for_update()
    )}  # fmt: skip
    if len(rows) != 2:
        raise NotFound()
    theme, target = rows[theme_id], rows[into]
    if theme.merged_into_id or target.merged_into_id or target.parent_id == theme.id:
        raise Invalid({"into": N_("Choose a theme that stands by itself.")})
    target.aliases = _aliases((*target.aliases, theme.name, *theme.aliases))
    theme.merged_into_id, theme.archived_at = target.id, now
    session.execute(update(Theme).where(Theme.parent_id == theme.id).values(parent_id=target.parent_id or target.id))
    moved = session.scalar(select(func.count()).select_from(Item).where(Item.theme_id == theme.id)) or 0
    session.execute(update(Item).where(Item.theme_id == theme.id).values(theme_id=target.id, version=Item.version + 1))
    theme.version += 1
    target.version += 1
    _log(session, "feedback.theme_merged", actor, f"theme:{theme.id}", {"into": target.id, "items": moved}, now)
    return moved


def _row(session: Session, table: type[T], row_id: int, version: int | None) -> T:
    row = session.get(table, row_id, with_for_update=True)
    if row is None:
        raise NotFound()
    check_version(row, version)
    return row


def _slug(session: Session, table: type[Team] | type[Theme], name: str, longest: int) -> str:
    """A free one, made of the name."""
    base = slugify(name)[: longest - 4] or "x"
    taken = set(session.scalars(select(table.slug).where(table.slug.like(f"{base}%"))))
    return next(it for it in (base, *(f"{base}-{n}" for n in range(2, 1000))) if it not in taken)


def _name(text: str, longest: int) -> str:
    name = one_line(text, longest)
    if not name:
        raise Invalid({"name": N_("It needs a name.")})
    if len(name) > longest:
        raise Invalid({"name": N_("This name is too long.")})
    return name


def _aliases(words: tuple[str, ...] | list[str]) -> list[str]:
    kept = list(dict.fromkeys(one_line(it, 60)[:60] for it in words))
    return [it for it in kept if it][:MOST_ALIASES]


def _parent(session: Session, slug: str, theme_id: int | None) -> int | None:
    if not slug:
        return None
    found = session.scalars(select(Theme).where(Theme.slug == slug, Theme.archived_at.is_(None))).first()
    if found is None or found.id == theme_id:
        raise Invalid({"parent": N_("There is no such theme.")})
    has_children = theme_id is not None and session.scalar(
        select(func.count()).select_from(Theme).where(Theme.parent_id == theme_id)
    )
    if found.parent_id or has_children:
        raise Invalid({"parent": N_("Themes have two levels: choose one of the upper ones.")})
    return found.id


def _team_id(session: Session, slug: str) -> int | None:
    if not slug:
        return None
    found = session.scalar(select(Team.id).where(Team.slug == slug, Team.archived_at.is_(None)))
    if found is None:
        raise Invalid({"team": N_("There is no such team.")})
    return found


def _log(
    session: Session, action: str, actor: Actor, target: str, data: dict[str, object], now: datetime,
    subject_id: int | None = None,
) -> None:  # fmt: skip
    audit.write(session, action=action, actor_id=actor.id, subject_id=subject_id, target=target, data=data, now=now)
