"""The verbs of categories and of the site's row. Each runs inside the caller's write transaction and never commits.

A category is never more visible than the one around it: a wider child is refused, a narrowed parent takes its
children along. All verbs about categories run one after another (an advisory lock on PostgreSQL, the write lock on
SQLite), because the tree is a rule over many rows.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from forum.audit import domain as audit
from forum.categories.models import VISIBILITIES, WHO, Category, Site
from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.events import AccessChanged, record
from forum.kit.i18n import N_, Message, Text
from forum.kit.slugs import slugify
from forum.moderation.models import CategoryModerator
from forum.policy.actors import Actor, require_admin
from forum.policy.categories import require_arrange
from forum.settings import LOCALES
from forum.threads.models import Thread

COLOUR = re.compile(r"#[0-9a-f]{6}")
SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DEFAULT_COLOUR = "#5a6b7a"
MAX_NAME = 60
MAX_SLUG = 60
MAX_DESCRIPTION = 500
MAX_TAGLINE = 200
MAX_DEPTH = 4
"""Levels of nesting: deeper trees are a maze on a phone."""
MAX_CATEGORIES = 500
"""Every page reads them all, so there is an end to them."""
WIDTH = {visibility: width for width, visibility in enumerate(reversed(VISIBILITIES))}
"""How many people a visibility lets in, as a rank: staff 0, members 1, public 2."""
TREE_LOCK = 7_215_001  # any number, the same in every process


class CategoryInput(msgspec.Struct, frozen=True):
    """What a category shall be. `parent`: slug or ""; `visibility` "": the parent's; `slug` "": from the name."""

    name: str
    slug: str = ""
    description: str = ""
    colour: str = DEFAULT_COLOUR
    locale: str = ""
    parent: str = ""
    visibility: str = ""
    who_starts: str = "member"
    who_replies: str = "member"


def create(session: Session, *, actor: Actor, data: CategoryInput, now: datetime) -> Category:
    """Add a category after its siblings. Raises SignInNeeded, Forbidden, Invalid (per field)."""
    require_arrange(actor)
    tree = _tree(session)
    values, parent = _checked(tree, data, None)
    if len(tree) >= MAX_CATEGORIES:
        raise Invalid({"name": N_("There are as many categories as the site can hold. Remove one first.")})
    siblings = _children(tree, parent.id if parent else None)
    category = Category(
        **values, parent_id=parent.id if parent else None, created_at=now,
        position=max((sibling.position for sibling in siblings), default=-1) + 1,
    )  # fmt: skip
    session.add(category)
    session.flush()
    if parent is not None:
        _inherit_moderators(session, [category], None, parent.id, now)
    _log(session, "category.created", actor, category, _codes(category), {"name": category.name}, now)
    return category


def change(session: Session, *, actor: Actor, category_id: int, data: CategoryInput, now: datetime) -> Category:
    """Change what a category is and where it hangs; its children are narrowed to what it lets in.

    Raises SignInNeeded, Forbidden, NotFound, Invalid (per field; a category inside itself is one).
    """
    require_arrange(actor)
    tree = _tree(session)
    category = _find(tree, category_id)
    values, parent = _checked(tree, data, category)
    parent_id = parent.id if parent else None
    seen_before = {one.id: one.visibility for one in tree}
    codes, words = _codes(category), _words(category)
    was_in = category.parent_id
    if parent_id != category.parent_id:
        siblings = _children(tree, parent_id)
        category.position = max((sibling.position for sibling in siblings), default=-1) + 1
        category.parent_id = parent_id
    for name, value in values.items():
        setattr(category, name, value)
    inside = _below(tree, category)
    for inner in inside:
        if WIDTH[inner.visibility] > WIDTH[category.visibility]:
            inner.visibility = category.visibility
    session.flush()
    if parent_id != was_in:
        _inherit_moderators(session, [category, *inside], was_in, parent_id, now)
    for one in (category, *inside):
        if one.visibility != seen_before[one.id]:
            record(session, AccessChanged(category_id=one.id), now=now)
    narrowed = [one.id for one in inside if one.visibility != seen_before[one.id]]
    codes, words = _changes(codes, _codes(category)), _changes(words, _words(category))
    if codes or words:
        facts = {"changed": [*codes, *words], **codes, **({"narrowed": narrowed} if narrowed else {})}
        _log(session, "category.changed", actor, category, facts, words, now)
    return category


def move(session: Session, *, actor: Actor, category_id: int, step: int, now: datetime) -> None:
    """Up (-1) or down (+1) among its siblings; at the end of the row nothing happens.

    Raises SignInNeeded, Forbidden, NotFound.
    """
    require_arrange(actor)
    tree = _tree(session)
    category = _find(tree, category_id)
    row = _children(tree, category.parent_id)
    here = row.index(category)
    there = min(max(here + step, 0), len(row) - 1)
    row.insert(there, row.pop(here))
    for position, sibling in enumerate(row):
        sibling.position = position
    session.flush()
    if there != here:
        _log(session, "category.moved", actor, category, {"position": [here + 1, there + 1]}, {}, now)


def remove(session: Session, *, actor: Actor, category_id: int, now: datetime) -> str:
    """Take away an empty category; its name. Threads out of sight (deleted, held) count: they may come back.

    Raises SignInNeeded, Forbidden, NotFound, Conflict when something is in it.
    """
    require_arrange(actor)
    tree = _tree(session)
    category = _find(tree, category_id)
    if _children(tree, category.id):
        raise Conflict(N_("There are categories inside it. Move them or remove them first."))
    if session.execute(select(Thread.id).where(Thread.category_id == category.id).limit(1)).first():
        raise Conflict(N_("There are threads in it, perhaps deleted ones. A category goes only when it is empty."))
    name = category.name
    session.delete(category)
    session.flush()
    _log(session, "category.removed", actor, category, _codes(category), _words(category), now)
    return name


def change_site(
    session: Session, *, actor: Actor, name: str, tagline_en: str, tagline_it: str, brand: str, brand_colour: str,
    now: datetime, approve_signups: bool | None = None,
) -> Site:  # fmt: skip
    """Say what the site is called, how it looks, and whether new accounts wait for a moderator (None: as before).

    Raises SignInNeeded, Forbidden, Invalid (per field).
    """
    require_admin(actor)
    errors: dict[str, Message] = {}
    values: dict[str, Any] = {
        "name": _line(errors, "name", name, MAX_NAME),
        "tagline_en": _line(errors, "tagline_en", tagline_en, MAX_TAGLINE),
        "tagline_it": _line(errors, "tagline_it", tagline_it, MAX_TAGLINE),
        "brand": _line(errors, "brand", brand, MAX_NAME),
        "brand_colour": _colour(errors, "brand_colour", brand_colour),
    }
    if not values["name"]:
        errors["name"] = N_("The site needs a name.")
    if errors:
        raise Invalid(errors)
    site = session.get(Site, 1)
    if site is None:
        site = Site(id=1)
        session.add(site)
    if approve_signups is not None:
        values["approve_signups"] = approve_signups
    changes = _changes({key: getattr(site, key) or "" for key in values}, values)
    for key, value in values.items():
        setattr(site, key, value)
    session.flush()
    if changes:
        audit.write(
            session, action="site.changed", actor_id=actor.id, target="site", data={"changed": list(changes)},
            details=changes, now=now,
        )  # fmt: skip
    return site


# -- the log ---------------------------------------------------------------------------------------------------


def _codes(category: Category) -> dict[str, Any]:
    names = ("slug", "parent_id", "visibility", "who_starts", "who_replies", "locale", "colour")
    return {name.removesuffix("_id"): getattr(category, name) for name in names}


def _words(category: Category) -> dict[str, Any]:
    return {"name": category.name, "description": category.description}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """{name: [before, after]} of what differs."""
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}


def _log(
    session: Session, action: str, actor: Actor, category: Category, data: dict[str, Any], words: dict[str, Any],
    now: datetime,
) -> None:  # fmt: skip
    audit.write(
        session, action=action, actor_id=actor.id, target=f"category:{category.id}",
        data={"category": category.id, **data}, details=words, now=now,
    )  # fmt: skip


def _inherit_moderators(
    session: Session, moved: list[Category], old_parent: int | None, new_parent: int | None, now: datetime
) -> None:
    """Moderators who are bound to a category act in all that is inside it: those of the old one go, of the new come."""

    def of(category_id: int | None) -> set[int]:
        query = select(CategoryModerator.member_id).where(CategoryModerator.category_id == category_id)
        return set(session.scalars(query)) if category_id else set()

    gone, come = of(old_parent) - of(new_parent), of(new_parent)
    for category in moved:
        there = of(category.id)
        if leaving := gone & there:
            rows = delete(CategoryModerator).where(
                CategoryModerator.category_id == category.id, CategoryModerator.member_id.in_(leaving)
            )
            session.execute(rows)
        session.add_all(CategoryModerator(member_id=one, category_id=category.id) for one in sorted(come - there))
    session.flush()
    for member_id in sorted(gone | come):
        record(session, AccessChanged(member_id=member_id), now=now)


# -- the tree --------------------------------------------------------------------------------------------------


def _tree(session: Session) -> list[Category]:
    """All categories, locked, in the order of their rows."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(TREE_LOCK)))
    query = select(Category).order_by(Category.id).with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(query))


def _find(tree: Iterable[Category], category_id: int) -> Category:
    if 0 < category_id <= MAX_ID:
        for category in tree:
            if category.id == category_id:
                return category
    raise NotFound()


def _children(tree: Iterable[Category], parent_id: int | None) -> list[Category]:
    return sorted((c for c in tree if c.parent_id == parent_id), key=lambda c: (c.position, c.id))


def _below(tree: list[Category], category: Category) -> list[Category]:
    """Everything nested in `category`, without itself."""
    found: list[Category] = []
    waiting = [category]
    while waiting:
        inner = _children(tree, waiting.pop().id)
        found += inner
        waiting += inner
    return found


def _depth(tree: list[Category], category: Category | None) -> int:
    """How many levels down to `category`, itself included; 0 for none."""
    by_id = {c.id: c for c in tree}
    depth = 0
    while category is not None and depth <= len(tree):
        depth += 1
        category = by_id.get(category.parent_id) if category.parent_id else None
    return depth


def _height(tree: list[Category], category: Category | None) -> int:
    """How many levels `category` and what is in it take; 1 for one that is yet to be made."""
    if category is None:
        return 1
    return 1 + max((_height(tree, inner) for inner in _children(tree, category.id)), default=0)


# -- checks ----------------------------------------------------------------------------------------------------


def _checked(tree: list[Category], data: CategoryInput, own: Category | None) -> tuple[dict[str, str], Category | None]:
    """(column values, parent). `own`: the category that is changed. Raises Invalid with every problem at once."""
    errors: dict[str, Message] = {}
    parent = _parent(errors, tree, data.parent, own)
    values = {
        "name": _line(errors, "name", data.name, MAX_NAME),
        "description": _line(errors, "description", data.description, MAX_DESCRIPTION),
        "colour": _colour(errors, "colour", data.colour),
        "locale": _one_of(errors, "locale", data.locale, ("", *LOCALES)),
        "visibility": _visibility(errors, data.visibility, parent),
        "who_starts": _one_of(errors, "who_starts", data.who_starts, WHO),
        "who_replies": _one_of(errors, "who_replies", data.who_replies, WHO),
    }
    if not values["name"]:
        errors["name"] = N_("The category needs a name.")
    values["slug"] = _slug(errors, tree, data.slug or slugify(values["name"])[:MAX_SLUG].strip("-"), own)
    if errors:
        raise Invalid(errors)
    return values, parent


def _parent(errors: dict[str, Message], tree: list[Category], slug: str, own: Category | None) -> Category | None:
    if not slug:
        return None
    parent = next((category for category in tree if category.slug == slug), None)
    if parent is None:
        errors["parent"] = N_("There is no such category.")
    elif own is not None and (parent.id == own.id or parent in _below(tree, own)):
        errors["parent"] = N_("A category cannot stand inside itself.")
    elif _depth(tree, parent) + _height(tree, own) > MAX_DEPTH:
        errors["parent"] = Text(N_("That would be more than %(n)s levels deep."), {"n": MAX_DEPTH})
    return parent


def _slug(errors: dict[str, Message], tree: list[Category], slug: str, own: Category | None) -> str:
    if not SLUG.fullmatch(slug) or len(slug) > MAX_SLUG:
        errors.setdefault("slug", N_("Small letters without accents, digits and hyphens; at most 60."))
    elif any(category.slug == slug and category is not own for category in tree):
        errors["slug"] = N_("Another category has this address already.")
    return slug


def _visibility(errors: dict[str, Message], value: str, parent: Category | None) -> str:
    if not value:
        return parent.visibility if parent else "public"
    if value not in VISIBILITIES:
        errors["visibility"] = N_("Choose one from the list.")
    elif parent is not None and WIDTH[value] > WIDTH[parent.visibility]:
        errors["visibility"] = Text(
            N_("“%(parent)s” around it lets fewer people in, so this one cannot let in more."), {"parent": parent.name}
        )
    return value


def _line(errors: dict[str, Message], field: str, text: str, limit: int) -> str:
    """`text` on one line, without control characters."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) > limit:
        errors[field] = Text(N_("%(over)s characters too long."), {"over": len(line) - limit})
    return line


def _colour(errors: dict[str, Message], field: str, text: str) -> str:
    colour = text.strip().lower()
    if not COLOUR.fullmatch(colour):
        errors[field] = N_("Write a colour as # and six digits, like #1d5c70.")
    return colour


def _one_of(errors: dict[str, Message], field: str, value: str, known: Iterable[str]) -> str:
    if value not in known:
        errors[field] = N_("Choose one from the list.")
    return value
