"""`/feedback/items/{id}`: an item with its words, what was said about it, and what becomes of it."""

from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from forum.errors import Conflict, Forbidden, Invalid
from forum.feedback import desk, domain, queries, words
from forum.feedback.delivery.queries import links_of
from forum.feedback.delivery.views import ItemLinks
from forum.feedback.domain import ItemChange, NewItem, StatusChange
from forum.feedback.domain.status import REASONED, STEPS, TEAMS_STEPS
from forum.feedback.domain.titles import title_is_borrowed
from forum.feedback.models import ANSWERED
from forum.feedback.polarity.queries import of_evidence
from forum.feedback.similar import About
from forum.feedback.views import ItemRow
from forum.feedback.web.shared import (
    HERE,
    Html,
    alike,
    collector,
    day,
    item_choices,
    known,
    number,
    pain,
    reader,
    say,
    team_choices,
)  # fmt: skip
from forum.kit.i18n import N_, Message
from forum.policy.actors import Actor
from forum.policy.feedback import may_collect
from forum.web.ctx import Ctx

HISTORY = 100
"""Changes on the page."""


class ItemQuery(msgspec.Struct):
    """Where the words go on; a step that the form begins with."""

    after: str = ""
    do: str = ""


class AnswerForm(msgspec.Struct):
    """What becomes of it. `audience`: "threads" posts the reply there, too."""

    status: str = ""
    reason: str = ""
    reply: str = ""
    audience: str = ""
    team: str = ""
    ask: str = ""
    version: str = ""


class EditForm(msgspec.Struct):
    """What it says. `kept`: the promise was kept."""

    title: str = ""
    kind: str = ""
    theme: str = ""
    team: str = ""
    pain: str = ""
    area: str = ""
    owner: str = ""
    ask: str = ""
    promise: str = ""
    promise_due: str = ""
    kept: str = ""
    version: str = ""


class WordsForm(msgspec.Struct):
    """Words that were ticked, and where they go: `to` an item that is there, or a new one called `title`."""

    evidence: list[str] = []
    to: str = ""
    other: str = ""
    title: str = ""
    into: str = ""


class Items(Controller):
    """One item."""

    path = f"{HERE}/items/{{item_id:int}}"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """All of it. Raises SignInNeeded, Forbidden, NotFound."""
        return _page(ctx, item_id)

    @get("/edit", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """The form. Raises SignInNeeded, Forbidden, NotFound."""
        return _edit(ctx, item_id)

    @post("/edit", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """Change what it says. 409 with what was typed when somebody was faster. Raises Forbidden, NotFound."""
        form = ctx.form(EditForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                domain.change(
                    session, actor=actor, item_id=known(item_id), change=_change(form, session, actor, item_id),
                    version=number(form.version) or None, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _edit(ctx, item_id, form, say(ctx, error.fields), status=422)
        except Conflict as error:
            return _edit(ctx, item_id, form, stale=error.message, status=409)
        ctx.flash(N_("Saved."))
        return ctx.go(f"{HERE}/items/{item_id}")

    @post("/send", sync_to_thread=True)
    def send(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """To a team, with what we ask of it. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(AnswerForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                domain.change(
                    session, actor=actor, item_id=known(item_id), change=ItemChange(team=form.team, ask=form.ask),
                    version=number(form.version) or None, now=ctx.now,
                )  # fmt: skip
                if queries.item(session, actor, item_id).status != "sent":
                    domain.set_status(session, actor=actor, item_id=item_id, change=StatusChange("sent"), now=ctx.now)
        except Invalid as error:
            return _page(ctx, item_id, form, say(ctx, error.fields), status=422)
        except Conflict as error:
            return _page(ctx, item_id, form, stale=error.message, status=409)
        ctx.flash(N_("Sent. The team sees it on its board from now on."))
        return ctx.go(f"{HERE}/items/{item_id}")

    @post("/status", sync_to_thread=True)
    def status(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """Say what becomes of it: its team, or a manager. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(AnswerForm)
        said = StatusChange(
            status=form.status, reason=form.reason, reply=form.reply, public=form.audience == "threads",
            version=number(form.version) or None,
        )  # fmt: skip
        try:
            with ctx.db.write() as session:
                actor = reader(ctx, session)
                domain.set_status(session, actor=actor, item_id=known(item_id), change=said, now=ctx.now)
        except Invalid as error:
            return _page(ctx, item_id, form, say(ctx, error.fields), status=422)
        except Conflict as error:
            return _page(ctx, item_id, form, stale=error.message, status=409)
        heard = form.status in ANSWERED or form.reply.strip()
        ctx.flash(N_("Said. Those who spoke hear of it tomorrow morning.") if heard else N_("Noted."))
        return ctx.go(f"{HERE}/items/{item_id}")

    @post("/merge", sync_to_thread=True)
    def merge(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """Put it into another one. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(WordsForm)
        into = number(form.other) or number(form.into)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                if not into:
                    raise Invalid({"into": N_("Choose the item that takes it in.")})
                queries.item(session, actor, known(item_id))
                domain.merge(session, actor=actor, item_id=item_id, into=into, now=ctx.now)
        except Invalid as error:
            return _page(ctx, item_id, errors=say(ctx, error.fields), status=422)
        ctx.flash(N_("Merged: its words are here now, each member counts once. It can be taken out again."))
        return ctx.go(f"{HERE}/items/{into}")

    @post("/unmerge", sync_to_thread=True)
    def unmerge(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """Take it out again. Raises SignInNeeded, Forbidden, NotFound."""
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                queries.item(session, actor, known(item_id))
                domain.unmerge(session, actor=actor, item_id=item_id, now=ctx.now)
        except Invalid as error:
            return _page(ctx, item_id, errors=say(ctx, error.fields), status=422)
        ctx.flash(N_("It stands by itself again, with the words that came from it."))
        return ctx.go(f"{HERE}/items/{item_id}")

    @post("/words", sync_to_thread=True)
    def words(self, ctx: NamedDependency[Ctx], item_id: FromPath[int]) -> Html:
        """Take ticked words off, or move them to another item. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(WordsForm)
        chosen = [number(it) for it in form.evidence if number(it)]
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                item = queries.item(session, actor, known(item_id))
                mine = desk.evidence_of(session, item.id, chosen)
                if not mine:
                    raise Invalid({"evidence": N_("Tick the words first.")})
                into = _moved(ctx, session, actor, item, mine, form)
        except Invalid as error:
            return _page(ctx, item_id, errors=say(ctx, error.fields), status=422, ticked=chosen)
        ctx.flash(N_("Moved.") if into else N_("Taken off. The posts stay as they are."))
        return ctx.go(f"{HERE}/items/{into or item_id}")


def _moved(ctx: Ctx, session: Session, actor: Actor, item: ItemRow, chosen: list[int], form: WordsForm) -> int:
    """Where the words went; 0: off. Raises Invalid, NotFound."""
    if form.to == "off":
        for evidence_id in chosen:
            domain.remove_evidence(session, actor=actor, evidence_id=evidence_id, now=ctx.now)
        return 0
    into = number(form.other)
    if form.to == "new":
        made = NewItem(
            title=form.title, kind=item.kind, theme=item.theme.slug if item.theme else "", pain=item.pain,
            team=item.team.slug if item.team else "", area=item.area, locale=item.locale,
        )  # fmt: skip
        into = domain.create(session, actor=actor, item=made, now=ctx.now, of=tuple(chosen))
    elif not into:
        raise Invalid({"other": N_("Give the number of the item, or choose another way.")})
    queries.item(session, actor, into)
    domain.split(session, actor=actor, evidence_ids=chosen, into=into, now=ctx.now)
    return into


def _change(form: EditForm, session: Session, actor: Actor, item_id: int) -> ItemChange:
    """What is different. Raises Invalid, NotFound."""
    item = queries.item(session, actor, item_id)
    return ItemChange(
        title=form.title, kind=form.kind, theme=form.theme, team=form.team, pain=pain(form.pain), area=form.area,
        owner=form.owner.strip(), ask=form.ask, promise=form.promise, promise_due=day("promise_due", form.promise_due),
        promise_kept=msgspec.UNSET if bool(form.kept) == bool(item.promise_kept_at) else bool(form.kept),
    )  # fmt: skip


def steps(item: ItemRow, *, collects: bool) -> list[str]:
    """What may be said next, the answer that stands included: it can be put in other words."""
    again = [item.status] if item.status in ANSWERED else []
    found = [*again, *STEPS.get(item.status, ())]
    if collects:
        return [it for it in found if it != "sent"]  # sending has a form of its own
    return [it for it in found if it in TEAMS_STEPS]


def _page(
    ctx: Ctx, item_id: int, form: AnswerForm | None = None, errors: dict[str, str] | None = None, *,
    stale: Message = "", status: int = 200, ticked: list[int] | None = None,
) -> Html:  # fmt: skip
    query = ctx.query(ItemQuery)
    with ctx.db.read() as session:
        actor = reader(ctx, session)
        item = queries.item(session, actor, known(item_id))
        collects = may_collect(actor)
        rows = queries.evidence(
            session, actor, [item.id], limit=queries.EVIDENCE + 1, after=number(query.after)
        )[item.id]  # fmt: skip
        more: dict[str, Any] = {"similar": [], "teams": []}
        if collects:
            more["teams"] = team_choices(queries.teams(session, actor))
            if item.status != "duplicate":
                more["similar"] = alike(ctx, session, actor, About(title=item.title, text=_said(rows), but=item.id))
        context = {
            "item": item, "evidence": rows[: queries.EVIDENCE], "collects": collects,
            "older": str(rows[queries.EVIDENCE - 1].id) if len(rows) > queries.EVIDENCE else "",
            "changes": queries.changes(session, item.id, HISTORY), "reach": desk.reach(session, actor, item),
            "into": _into(session, actor, item), **more,
            "links": links_of(session, item.id) if collects else ItemLinks(),
            "borrowed": collects and item.status != "duplicate" and title_is_borrowed(session, item.title, item.id),
            "polarity": of_evidence(session, [it.id for it in rows if it.quote]) if collects else {},
        }  # fmt: skip
        ctx.house(session)
    values = form or AnswerForm(
        status=query.do, team=item.team.slug if item.team else "", ask=item.ask, version=str(item.version)
    )
    values.version = str(item.version)
    offered = steps(item, collects=collects)
    return ctx.page(
        "feedback/show.html", status=status, values=values, errors=errors or {}, stale=ctx.say(stale), words=words,
        steps=[(it, ctx.say(_step(it, item.status))) for it in offered], reasoned=REASONED, answered=ANSWERED,
        ticked=ticked or [], begun=bool(query.after), promised=_noon(item.promise_due), **context,
    )  # fmt: skip


def _noon(on: date | None) -> datetime | None:
    """A day as a moment that is on it everywhere where somebody reads this."""
    return datetime.combine(on, time(12), UTC) if on else None


def _step(to: str, status: str) -> Message:
    """How a step is said from here."""
    if to == "acknowledged" and status in ANSWERED:
        return N_("It is open again")
    return words.STEPS[to]


def _said(rows: list[Any]) -> str:
    """The first words, for finding others alike."""
    return " ".join(it.quote for it in rows[:3] if it.quote)


def _into(session: Session, actor: Actor, item: ItemRow) -> ItemRow | None:
    """The item that took it in, if it is the reader's to see."""
    if item.merged_into_id is None or not may_collect(actor):
        return None
    return queries.item(session, actor, item.merged_into_id)


def _edit(
    ctx: Ctx, item_id: int, form: EditForm | None = None, errors: dict[str, str] | None = None, *,
    stale: Message = "", status: int = 200,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        item = queries.item(session, actor, known(item_id))
        if item.status == "duplicate":
            raise Forbidden(N_("This one was merged into another: change that one."))
        choices = item_choices(session, ctx, actor)
        ctx.house(session)
    values = form or EditForm(
        title=item.title, kind=item.kind, theme=item.theme.slug if item.theme else "",
        team=item.team.slug if item.team else "", pain=str(item.pain), area=item.area,
        owner=item.owner.name if item.owner else "", ask=item.ask, promise=item.promise,
        promise_due=item.promise_due.isoformat() if item.promise_due else "",
        kept="1" if item.promise_kept_at else "",
    )  # fmt: skip
    values.version = str(item.version)  # whoever has looked again may send again
    return ctx.page(
        "feedback/edit.html", status=status, item=item, values=values, errors=errors or {}, stale=ctx.say(stale),
        **choices,
    )  # fmt: skip


CONTROLLERS = [Items]
