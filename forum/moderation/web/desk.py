"""What every page of the desk shares: the queue at the left, the case with its form at the right."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Response
from sqlalchemy.orm import Session

from forum.categories.queries import CategoryView, House
from forum.guidelines.queries import in_force
from forum.guidelines.views import Guidelines
from forum.kit.i18n import Message
from forum.legal.queries import desk as law
from forum.moderation import words
from forum.moderation.canned import Canned
from forum.moderation.desk_forms import SWEEPING, TIMED, DecideForm, DeskQuery
from forum.moderation.domain import RULES, Outcome
from forum.moderation.domain.acts import BESIDE
from forum.moderation.domain.decide import is_alone
from forum.moderation.domain.targets import reporters
from forum.moderation.models import REASONS, TARGETS
from forum.moderation.queries import canned as canned_queries
from forum.moderation.queries import desk, people
from forum.moderation.queries.case import CaseView, DecisionView, case_view, similar
from forum.moderation.queries.desk import ORDERS, VIEWS, Counts, Filters
from forum.moderation.queries.people import FileView
from forum.policy.actors import Actor
from forum.policy.moderation import REFUSALS, Stakes, conflicts, require_moderator
from forum.prevention.queries import CheckView, findings
from forum.prevention.words import seen_words
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/moderation"
OFFERED = ("dismiss", "approve", "edit", "hide", "remove", "warn", "silence", "suspend", "ban", "hold")
"""The acts of the decide form, in its order."""


class Place(msgspec.Struct, frozen=True):
    """Where one is at the desk. `qs`: the filters as a query string with its "?", or ""."""

    filters: Filters
    qs: str
    counts: Counts


class Deciding(msgspec.Struct, frozen=True):
    """What the decide form of a case needs. `barred`: why the reader decides nothing here, "" when they may."""

    actions: tuple[str, ...]
    barred: Message
    alone: bool
    rules: Guidelines
    canned: list[Canned]
    locale: str
    """The language of the member concerned."""
    rule_options: list[tuple[str, str]]
    file: FileView | None
    similar: list[DecisionView]
    next_id: int | None
    waits: bool = False
    """A post that waits for a moderator: acts about its author say what becomes of it."""


def filters_of(query: DeskQuery, house: House, actor: Actor) -> Filters:
    """What the address asks for; what makes no sense is left out."""
    category = house.by_slug(query.category) if query.category else None
    if category is not None and not actor.moderates_in(category.id):
        category = None
    return Filters(
        view=query.view if query.view in VIEWS else "open", category_id=category.id if category else None,
        reason=query.reason if query.reason in REASONS else "", target=query.target if query.target in TARGETS else "",
        order=query.order if query.order in ORDERS else "weight",
    )  # fmt: skip


def address(query: DeskQuery, **more: str) -> str:
    """The filters of `query` as a query string, with "?" before it, or "". `more` sets or takes away."""
    fields = {name: getattr(query, name) for name in ("view", "category", "reason", "target", "order")}
    chosen = {name: value for name, value in {**fields, **more}.items() if value}
    return f"?{urlencode(chosen)}" if chosen else ""


def form_words(ctx: Ctx) -> dict[str, Any]:
    """What `moderation/_fields.html` speaks with."""
    return {
        "words": words, "TIMED": TIMED, "SWEEPING": SWEEPING, "BESIDE": BESIDE, "RULES": RULES,
        "reasons": reason_options(ctx),
    }  # fmt: skip


def reason_options(ctx: Ctx) -> list[tuple[str, str]]:
    """(reason, its words) for a choice."""
    return [(one, ctx.say(words.reason_label(one))) for one in REASONS]


def moderated(house: House, actor: Actor) -> list[CategoryView]:
    """The categories whose cases `actor` sees."""
    return [category for category in house.categories if actor.moderates_in(category.id)]


def deciding(session: Session, ctx: Ctx, actor: Actor, view: CaseView) -> Deciding:
    """What it takes to decide `view`. At most twelve statements."""
    case, target = view.row, view.target
    if case.target_type == "signup":
        return _deciding_signup(session, ctx, actor, view)
    kinds = [one for one in OFFERED if _makes_sense(one, view)]
    stakes = Stakes(
        case.subject_id, view.subject.role if view.subject else "", case.category_id, reporters(session, case.id)
    )
    why = {one: conflicts(actor, stakes, one) for one in kinds}
    alone = "report" in why.values() and is_alone(session, actor, stakes, ctx.now)
    free = tuple(one for one, reason in why.items() if not reason or (reason == "report" and alone))
    barred = next((REFUSALS[reason] for reason in why.values() if reason), "") if not free else ""
    file = people.file_of(session, actor, case.subject_id, ctx.now) if case.subject_id else None
    locale = (file.locale if file else "") or (target.locale if target else "") or ctx.settings.locale
    rules = in_force(session, ctx.now)
    return Deciding(
        free, barred, alone, rules, canned_queries.offered(session, case.reason), locale,
        rule_options(rules, ctx.locale), file,
        similar(session, actor, case),
        desk.first_id(session, actor, Filters(), but=case.id) if case.state == "resolved" else None, view.waits,
    )  # fmt: skip


def _deciding_signup(session: Session, ctx: Ctx, actor: Actor, view: CaseView) -> Deciding:
    """An account that waits: let in, or turned down (`moderation.domain.signups`)."""
    bound = actor.kind == "bound"
    resolved = view.row.state == "resolved"
    locale = (view.target.locale if view.target else "") or ctx.settings.locale
    return Deciding(
        () if bound or view.target is None else ("approve", "reject"), REFUSALS["bound"] if bound else "", False,
        in_force(session, ctx.now), [], locale, [], None, [],
        desk.first_id(session, actor, Filters(), but=view.row.id) if resolved else None,
    )  # fmt: skip


MEMBER_ACTS = ("warn", "silence", "suspend", "ban", "hold")


def deciding_member(session: Session, ctx: Ctx, actor: Actor, file: FileView) -> Deciding:
    """What it takes to decide about a member without a case. Three statements."""
    stakes = Stakes(file.card.id, file.card.role, None)
    why = {one: conflicts(actor, stakes, one) for one in MEMBER_ACTS}
    free = tuple(one for one, reason in why.items() if not reason)
    rules = in_force(session, ctx.now)
    return Deciding(
        free, next((REFUSALS[one] for one in why.values() if one), "") if not free else "", False, rules,
        canned_queries.offered(session, ""), file.locale or ctx.settings.locale, rule_options(rules, ctx.locale), file,
        [], None,
    )  # fmt: skip


def rule_options(rules: Guidelines, locale: str) -> list[tuple[str, str]]:
    """(number, number and title) of each rule in force."""
    return [(one.number, f"{one.number}. {one.title(locale)}") for one in rules.rules]


def _makes_sense(action: str, view: CaseView) -> bool:
    """Would the act change something?"""
    if view.target is None or view.target.type not in RULES[action].on:
        return False
    if action == "dismiss":
        return not view.waits
    if action == "hide" and view.waits:
        return True
    if action == "approve":
        return view.conceals
    if action == "edit":
        return view.target.state == "visible"
    return {"hide": "hidden", "remove": "removed"}.get(action) != view.target.state


def first_form(view: CaseView, made: Deciding, wanted: str) -> DecideForm:
    """The form before anybody wrote in it; filled in for the act that a key or a link asked for."""
    form = DecideForm(version=str(view.row.version), reason=view.row.reason, span="3")
    if wanted in made.actions:
        form.action = wanted
        if wanted in RULES and RULES[wanted].restricts:
            fitting = [one for one in made.canned if one.reason == view.row.reason]
            form.explanation = fitting[0].body(made.locale) if fitting else ""
            form.canned = fitting[0].key if fitting else ""
    return form


def case_context(
    session: Session, ctx: Ctx, actor: Actor, case_id: int, query: DeskQuery, form: DecideForm | None
) -> dict[str, Any]:
    """What `moderation/_case.html` needs. Raises NotFound."""
    view = case_view(session, actor, case_id)
    made = deciding(session, ctx, actor, view)
    form = form or first_form(view, made, query.do)
    if view.target is not None and not form.post_version:
        form.text, form.post_version = form.text or view.target.source, str(view.target.version)
    return {
        "case": view, "deciding": made, "values": form, "qs": address(query), "here": f"{HERE}/cases/{case_id}",
        "mine": view.row.state == "claimed" and view.row.claimed_by_id == actor.id,
        "notices": law.of_case(session, actor, case_id),
        "held": law.hold_of(session, view.row.target_type, view.row.target_id),
        **seen_words(), "checks": _seen(session, view),
    }  # fmt: skip


def _seen(session: Session, view: CaseView) -> list[CheckView]:
    """What prevention saw in the post that the case is about."""
    post_id = view.row.target_id
    return findings(session, [post_id]).get(post_id, []) if view.row.target_type == "post" else []


def show(
    ctx: Ctx, query: DeskQuery, *, case_id: int | None = None, form: DecideForm | None = None, status: int = 200,
    errors: dict[str, Message] | None = None, stale: Message = "", dry: Outcome | None = None,
    until: datetime | None = None, said: Message = "",
    **more: Any,
) -> Html:  # fmt: skip
    """The desk: the whole page, or to htmx the case alone. `stale`: why nothing was decided; `said`: what was done."""
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        require_moderator(actor)
        house = ctx.house(session)
        context: dict[str, Any] = {"case": None}
        if case_id is not None:
            context = case_context(session, ctx, actor, case_id, query, form)
        context |= {
            "errors": {name: ctx.say(text) for name, text in (errors or {}).items()}, "stale": ctx.say(stale),
            "dry": dry, "until": until, "said": ctx.say(said), **form_words(ctx), **more,
        }  # fmt: skip
        if ctx.visit.htmx and case_id is not None:
            return ctx.fragment("moderation/_case.html", status=status, **context)
        filters = filters_of(query, house, actor)
        found = desk.queue(session, actor, filters, after=query.after)
        flags = law.flags(session, [row.id for row in found.rows])
        place = Place(filters, address(query), desk.counts(session, actor))
    return ctx.page(
        "moderation/queue.html", status=status, queue=found.rows, flags=flags, place=place, asked=query,
        older=HERE + address(query, after=found.older) if found.older else None,
        newest=HERE + address(query) if query.after else None, views=_views(query, place.counts),
        categories=[(one.slug, one.name) for one in moderated(house, actor)], chosen=case_id,
        targets=[(one, ctx.say(words.TARGETS[one])) for one in TARGETS], **context,
    )  # fmt: skip


def _views(query: DeskQuery, counts: Counts) -> list[tuple[str, str, int, bool]]:
    """(address, view, how many, current) of each tab."""
    many = {"open": counts.open, "mine": counts.mine, "claimed": counts.claimed, "resolved": 0}
    current = query.view if query.view in VIEWS else "open"
    return [(HERE + address(query, view="" if one == "open" else one), one, many[one], one == current) for one in VIEWS]
