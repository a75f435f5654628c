"""A meetup's page, and the reader's answer: one tap, with or without scripts."""

from datetime import datetime
from typing import Any
from urllib.parse import quote as percent

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from forum.categories.queries import House
from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, Message
from forum.meetups import domain, queries, words
from forum.meetups.calendars import jsonld
from forum.meetups.domain.locks import queue_of
from forum.meetups.queries import here
from forum.meetups.views import MeetupPage, QuestionView
from forum.meetups.web.shared import Context, Html, fields_of, last, number, say_all, sayer
from forum.policy.actors import Actor
from forum.web.ctx import Ctx

SHOWN = 8  # pictures on the meetup's page
ANSWERS = ("yes", "maybe", "no")


class DateQuery(msgspec.Struct):
    """`?date=`: which of a meetup's dates."""

    date: str = ""


class AnswerForm(msgspec.Struct):
    """What the form beside a meetup shows. `answers`: question id → text.

    `series`: the same for all coming dates. Ticked by whoever wants that, this once, and never by us: a no to one date
    would be a no to all.
    """

    guests: str = "0"
    note: str = ""
    hidden: bool = False
    photos: bool = False
    series: bool = False
    answers: dict[int, str] = {}
    full: bool = False
    """The whole form was sent. False: one tap from a card, which leaves all the rest as it was."""


class Meetups(Controller):
    """`/meetups/{id}/{slug}`."""

    include_in_schema = False

    @get("/meetups/{meetup_id:int}", sync_to_thread=True)
    def bare(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """To the canonical address."""
        return self._show(ctx, meetup_id, "")

    @get("/meetups/{meetup_id:int}/{slug:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int], slug: FromPath[str]) -> Html:
        """The meetup on one of its dates: the one asked for, else the next, else the last."""
        return self._show(ctx, meetup_id, slug)

    @staticmethod
    def _show(ctx: Ctx, meetup_id: int, slug: str) -> Html:
        asked = number(ctx.query(DateQuery).date) or None
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            it = queries.page(session, actor, house, meetup_id, now=ctx.now, occurrence_id=asked)
            context = page_context(ctx, session, actor, house, it)
        if slug != it.meetup.slug:
            target = it.url if asked else it.meetup.url
            return Response(
                b"", status_code=301, headers={"Location": percent(target, safe="/?=")}, media_type="text/html"
            )
        # search engines are guests; a thread that was set back is not theirs
        known = actor.is_guest and it.thread.demoted_at is None
        event = _event(ctx, house, it, context["body"]) if known else ""
        return ctx.page("meetups/show.html", shared=True, event=event, **context)


class Answers(Controller):
    """`/occurrences/{id}/answer`: whether somebody comes; `/meetups/{id}/standing`: to all that will be added."""

    include_in_schema = False

    @post("/occurrences/{occurrence_id:int}/answer", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Yes, perhaps or no, with all the form holds. Raises NotFound, SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            row = queries.row(session, actor, house, occurrence_id)
            asked = queries.page(
                session, actor, house, row.occurrence.meetup_id, now=ctx.now, occurrence_id=occurrence_id
            )
        form = read_form(ctx, asked.questions)
        errors: dict[str, Message] = {}
        status = 200
        try:
            self._save(ctx, asked, form)
        except Invalid as error:
            errors = {name.replace("answers.", "q"): text for name, text in error.fields.items()}
            status = 422
        except Conflict as error:
            errors, status = {"": error.message}, 409
        if not errors and not ctx.visit.htmx:
            return ctx.go(ctx.next(f"{asked.url}#rsvp"))
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            it = queries.page(session, actor, house, asked.meetup.id, now=ctx.now, occurrence_id=occurrence_id)
            context = page_context(ctx, session, actor, house, it, form if errors else None, errors)
        if ctx.visit.htmx:
            return ctx.fragment("meetups/_rsvp.html", status=status, **context)
        return ctx.page("meetups/show.html", status=status, event="", **context)

    @staticmethod
    def _save(ctx: Ctx, it: MeetupPage, form: AnswerForm) -> None:
        reply = domain.Reply(last(ctx, "answer"))
        if form.full:
            reply = domain.Reply(
                reply.answer, number(form.guests), form.note, form.hidden, form.photos, form.answers or None
            )
        with ctx.db.write(queue_of(it.occurrence.id)) as session:
            actor = ctx.actor(session)
            if form.series and it.meetup.is_series:
                domain.answer_series(
                    session, actor=actor, meetup_id=it.meetup.id, occurrence_id=it.occurrence.id, reply=reply,
                    now=ctx.now,
                )  # fmt: skip
            else:
                domain.answer(session, actor=actor, occurrence_id=it.occurrence.id, reply=reply, now=ctx.now)

    @post("/meetups/{meetup_id:int}/standing", sync_to_thread=True)
    def end_standing(self, ctx: NamedDependency[Ctx], meetup_id: FromPath[int]) -> Html:
        """New dates no longer get the reader's answer to the series. Raises NotFound, SignInNeeded, Forbidden."""
        with ctx.db.write() as session:
            actor, house = ctx.actor(session), ctx.house(session)
            domain.end_standing(session, actor=actor, meetup_id=meetup_id)
            it = queries.page(session, actor, house, meetup_id, now=ctx.now)
        ctx.flash(N_("Dates that are added no longer get your answer. Your answers so far stay."))
        return ctx.go(ctx.next(f"{it.meetup.url}#rsvp"))


def read_form(ctx: Ctx, questions: tuple[QuestionView, ...]) -> AnswerForm:
    """The form as it was sent; what is no question of this meetup is left out."""
    sent = fields_of(ctx)
    return AnswerForm(
        guests=last(ctx, "guests", "0"), note=last(ctx, "note").replace("\r\n", "\n"), hidden="hidden" in sent,
        photos="photos" in sent, series="series" in sent,
        answers={one.id: last(ctx, f"q{one.id}") for one in questions}, full="full" in sent,
    )  # fmt: skip


def form_of(it: MeetupPage) -> AnswerForm:
    """The form with what the reader has answered."""
    mine = it.mine
    if mine is None:
        return AnswerForm()
    return AnswerForm(str(mine.guests), mine.note, mine.hidden, mine.photos, answers=dict(mine.answers))


def page_context(
    ctx: Ctx, session: Session, actor: Actor, house: House, it: MeetupPage, form: AnswerForm | None = None,
    errors: dict[str, Message] | None = None,
) -> Context:  # fmt: skip
    """What `meetups/show.html` and `_rsvp.html` need."""
    o, when = it.occurrence, sayer(ctx, actor)
    over = o.is_over(ctx.now)
    photos = queries.album_if_shown(session, actor, o.id)[:SHOWN] if over else []
    holds = it.mine is not None and it.mine.state == "going" and not over
    labels = {"answer": ctx.say(N_("Your answer")), "guests": ctx.say(N_("How many come with you"))}
    labels |= {f"q{one.id}": one.prompt for one in it.questions} | {"note": ctx.say(N_("Do you need anything?"))}
    return {
        "it": it, "body": Markup(here.opening(session, actor, it.thread.id)), "w": when(o), "when": when,  # noqa: S704  cooked by compose
        "rule": words.rule_words(it.meetup.rule, ctx.locale), "before": _before(ctx, it, when),
        "deadline": _moment(ctx, o.deadline_at, o.timezone),
        "held_until": _moment(ctx, it.mine.offered_until if it.mine else None, actor.timezone),
        "values": form or form_of(it), "errors": say_all(ctx, errors or {}), "labels": labels, "over": over,
        "party_url": f"/occurrences/{o.id}/code" if holds else None, "photos": photos,
        "recap_url": f"/p/{o.recap_post_id}" if o.recap_post_id else "",
        "embed": embed_code(ctx, it),
        "surveyed": bool(it.rights.survey and queries.my_survey(session, actor, o.id)),
    }  # fmt: skip


def _event(ctx: Ctx, house: House, it: MeetupPage, body: Markup) -> Markup:
    """The date for search engines, as a guest sees it."""
    base = ctx.settings.base_url.rstrip("/")
    made = jsonld.event(it, body.striptags(), site_name=house.site.name, base_url=base)
    return Markup(made)  # noqa: S704  nothing in it can close the element


def embed_code(ctx: Ctx, it: MeetupPage) -> str:
    """What others put into their pages to show the date."""
    url = f"{ctx.settings.base_url.rstrip('/')}{it.meetup.url}/embed?date={it.occurrence.id}&amp;lang={ctx.locale}"
    title = escape(it.occurrence.title)
    return f'<iframe src="{url}" title="{title}" width="100%" height="220" loading="lazy"></iframe>'


def _before(ctx: Ctx, it: MeetupPage, when: Any) -> words.When | None:
    """Where the date stood before it was moved."""
    o = it.occurrence
    if o.previous_starts_at is None:
        return None
    earlier = msgspec.structs.replace(
        o, starts_at=o.previous_starts_at, ends_at=o.previous_starts_at + (o.ends_at - o.starts_at)
    )
    found: words.When = when(earlier)
    return found


def _moment(ctx: Ctx, at: datetime | None, timezone: str) -> str:
    """Thursday 26 November, 20:00; empty for None."""
    return words.moment(at, timezone, ctx.locale) if at is not None else ""


__all__ = ["Answers", "Meetups", "form_of", "page_context"]
