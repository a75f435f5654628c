"""What the pages of feedback share: who reads, the choices of their forms, what was sent, what is said back."""

from datetime import date
from typing import Any

import msgspec
from litestar import Response
from sqlalchemy.orm import Session

from forum.db import MAX_ID
from forum.errors import Invalid, NotFound
from forum.feedback import queries, words
from forum.feedback.domain import NewEvidence, NewItem
from forum.feedback.models import KINDS
from forum.feedback.similar import About, SimilarItem, searched, similar
from forum.feedback.views import TeamView, ThemeView
from forum.kit.i18n import N_, Message
from forum.policy.actors import Actor
from forum.policy.feedback import require_collect, require_read_items
from forum.search.gate import engine
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/feedback"
Choices = list[tuple[str, str]]


class ItemForm(msgspec.Struct):
    """An item as a form has it. `into`: the id of one that is there, or "" for a new one; `look`: search for `find`."""

    title: str = ""
    kind: str = ""
    theme: str = ""
    team: str = ""
    pain: str = "1"
    area: str = ""
    post: str = ""
    quote: str = ""
    into: str = ""
    find: str = ""
    look: str = ""
    reason: str = ""
    next: str = ""


def collector(ctx: Ctx, session: Session) -> Actor:
    """Who collects. Raises SignInNeeded, Forbidden."""
    actor = ctx.actor(session)
    require_collect(actor)
    return actor


def reader(ctx: Ctx, session: Session) -> Actor:
    """Who reads items. Raises SignInNeeded, Forbidden."""
    actor = ctx.actor(session)
    require_read_items(actor)
    return actor


def known(row_id: int) -> int:
    """`row_id` if the database can hold it. Raises NotFound."""
    if not 0 < row_id <= MAX_ID:
        raise NotFound()
    return row_id


def number(text: str) -> int:
    """A number that was typed or sent; 0 when it is none that the database can hold."""
    value = int(text) if text.isdecimal() and len(text) < 20 else 0
    return value if value <= MAX_ID else 0


def day(field: str, text: str) -> date | None:
    """A date that was chosen. Raises Invalid under the name of its field."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({field: N_("Choose a date.")}) from None


def say(ctx: Ctx, fields: dict[str, Message]) -> dict[str, str]:
    """Problems in the reader's language; those of the one post under the names that the form has for them."""
    names = {"evidence.0.quote": "quote", "evidence.0.post_id": "post"}
    return {names.get(name, name): ctx.say(message) for name, message in fields.items()}


def labels(ctx: Ctx, table: dict[str, Any], among: tuple[str, ...] | None = None) -> Choices:
    """(value, words) for a choice."""
    return [(one, ctx.say(table[one])) for one in among or tuple(table)]


def pains(ctx: Ctx) -> Choices:
    """0–3 with what they mean."""
    return [(str(n), f"{n} · {ctx.say(said)}") for n, said in enumerate(words.PAIN)]


def theme_choices(themes: list[ThemeView], *, upper: bool = False) -> Choices:
    """Those of the second level under their own; `upper`: the first level alone."""
    return [
        (it.slug, it.name if it.parent_id is None else f"– {it.name}")
        for it in themes
        if it.parent_id is None or not upper
    ]


def team_choices(teams: list[TeamView]) -> Choices:
    """Their slugs and names."""
    return [(it.slug, it.name) for it in teams]


def item_choices(session: Session, ctx: Ctx, actor: Actor) -> dict[str, Any]:
    """What a form of an item offers: two statements."""
    return {
        "kinds": labels(ctx, words.KINDS, KINDS), "pains": pains(ctx),
        "themes": theme_choices(queries.themes(session, actor)), "teams": team_choices(queries.teams(session, actor)),
    }  # fmt: skip


def new_item(form: ItemForm, locale: str = "") -> NewItem:
    """What a form asks for. Raises Invalid."""
    post = number(form.post)
    return NewItem(
        title=form.title, kind=form.kind, theme=form.theme, team=form.team, pain=pain(form.pain), area=form.area,
        locale=locale, evidence=(NewEvidence(post, form.quote),) if post else (),
    )  # fmt: skip


def pain(text: str) -> int:
    """What was chosen; what is no number is refused by the domain."""
    return int(text) if text.isdecimal() and len(text) == 1 else -1


def alike(ctx: Ctx, session: Session, actor: Actor, about: About) -> list[SimilarItem]:
    """Similar items, with the help of search."""
    house = ctx.house(session)

    def find() -> tuple[int, ...]:
        return tuple(searched(session, actor, about, engine=engine(ctx), house=house, locale=ctx.locale))

    return similar(session, actor, about, find=find)


def with_chosen(session: Session, actor: Actor, found: list[SimilarItem], chosen: int) -> list[SimilarItem]:
    """The similar ones, and the one that was chosen already if it is not among them."""
    if not chosen or any(it.id == chosen for it in found):
        return found
    try:
        it = queries.item(session, actor, chosen)
    except NotFound:
        return found
    return [SimilarItem(it.id, it.title, it.kind, it.status, it.members or 0, 100, has_post=False), *found]
