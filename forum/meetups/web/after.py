"""Afterwards: the album, three questions, the report."""

import asyncio
from typing import Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded, WrongType
from forum.kit.i18n import N_, NN_, Message, Text, translate
from forum.meetups import domain, pictures, queries
from forum.meetups.queries import Recap
from forum.meetups.views import MeetupPage
from forum.meetups.web.announce import own_date
from forum.meetups.web.shared import Html, number, say_all, sayer
from forum.prevention.stamps import stamp
from forum.threads.compose import compose
from forum.threads.domain import reply
from forum.web.ctx import Ctx
from forum.web.uploads import serve_picture

RATINGS = (
    ("5", N_("Very good")), ("4", N_("Good")), ("3", N_("All right")), ("2", N_("Not so good")), ("1", N_("Bad")),
)  # fmt: skip
KEPT = 3600  # seconds that a browser shows a picture without asking again whether it may


class SurveyForm(msgspec.Struct):
    """Three answers."""

    rating: str = ""
    liked: str = ""
    better: str = ""
    quotable: str = ""


class RecapForm(msgspec.Struct):
    """The report. `submission`: a double click posts once."""

    body: str = ""
    submission: str = ""
    preview: str = ""


class Albums(Controller):
    """`/occurrences/{id}/album`, `/uploads/meetups/…`."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/album", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """All pictures, and the form for whoever was there. Raises NotFound, SignInNeeded, Forbidden."""
        return _album(ctx, occurrence_id)

    @post("/occurrences/{occurrence_id:int}/album")
    async def add(
        self, request: Request[Any, Any, State], ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]
    ) -> Html:
        """One picture (multipart: the browser's own file field). Decoding happens in a thread."""
        if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
            raise WrongType()
        form = await request.form()
        ctx.check_token(str(form.get("_csrf") or ""))
        sent, data = form.get("photo"), b""
        if isinstance(sent, UploadFile):
            data = await sent.read(pictures.MAX_BYTES + 1)
        words, consent = str(form.get("alt") or ""), bool(form.get("consent"))
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(ctx.core.executor, self._keep, ctx, occurrence_id, data, words, consent)

    @staticmethod
    def _keep(ctx: Ctx, occurrence_id: int, data: bytes, alt: str, consent: bool) -> Html:
        it = date_page(ctx, occurrence_id)
        if not it.rights.album:
            raise Forbidden(N_("This is for those who were there."))
        if not consent:
            problem: dict[str, Message] = {"consent": N_("Ask everybody who can be recognised first.")}
            return _album(ctx, occurrence_id, problem, alt=alt, status=422)
        folder = ctx.settings.data_dir
        try:
            picture = pictures.make(data)
            name = pictures.keep(picture, folder)
        except Invalid as error:
            return _album(ctx, occurrence_id, error.fields, alt=alt, status=422)
        try:
            with ctx.db.write() as session:
                domain.add_photo(
                    session, actor=ctx.actor(session), occurrence_id=occurrence_id, file=name, width=picture.width,
                    height=picture.height, alt=alt, consent=consent, now=ctx.now,
                )  # fmt: skip
        except BaseException as error:
            pictures.forget(name, folder)  # nobody shows it
            if isinstance(error, Invalid):
                return _album(ctx, occurrence_id, error.fields, alt=alt, status=422)
            raise
        ctx.flash(N_("Your photo is in the album."))
        return ctx.go(f"/occurrences/{occurrence_id}/album")

    @post("/occurrences/{occurrence_id:int}/album/{photo_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int], photo_id: FromPath[int]) -> Html:
        """Take a picture out: one's own, one that shows oneself, any as a host."""
        with ctx.db.write() as session:
            name = domain.remove_photo(session, actor=ctx.actor(session), photo_id=photo_id, now=ctx.now)
        pictures.forget(name, ctx.settings.data_dir)
        ctx.flash(N_("The photo is gone."))
        return ctx.go(f"/occurrences/{occurrence_id}/album")

    @get("/uploads/meetups/{name:str}", sync_to_thread=True)
    def file(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Response[bytes]:
        """One picture, for whoever may open its album; kept by nobody but their browser. Raises NotFound."""
        with ctx.db.read() as session:
            if not queries.may_see_photo(session, ctx.actor(session), name):
                raise NotFound()
        answer = serve_picture(pictures.folder(ctx.settings.data_dir), name)
        answer.headers["Cache-Control"] = f"private, max-age={KEPT}"
        return answer


class Surveys(Controller):
    """`/occurrences/{id}/survey`: how was it?"""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/survey", sync_to_thread=True)
    def ask(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """The three questions, with what was answered before. Raises NotFound, SignInNeeded, Forbidden."""
        it = date_page(ctx, occurrence_id)
        with ctx.db.read() as session:
            mine = queries.my_survey(session, ctx.actor(session), occurrence_id)
        form = SurveyForm(quotable="1")
        if mine is not None:
            form = SurveyForm(str(mine.rating), mine.liked, mine.better, "1" if mine.quotable else "")
        return self._page(ctx, it, form, {}, 200)

    @post("/occurrences/{occurrence_id:int}/survey", sync_to_thread=True)
    def answer(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Keep the answers."""
        form = ctx.form(SurveyForm)
        try:
            with ctx.db.write() as session:
                domain.answer_survey(
                    session, actor=ctx.actor(session), occurrence_id=occurrence_id, rating=number(form.rating),
                    liked=form.liked, better=form.better, quotable=bool(form.quotable), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, date_page(ctx, occurrence_id), form, error.fields, 422)
        ctx.flash(N_("Thank you. The hosts read it without your name."))
        return ctx.go(date_page(ctx, occurrence_id).url)

    @staticmethod
    def _page(ctx: Ctx, it: MeetupPage, form: SurveyForm, fields: dict[str, Message], status: int) -> Html:
        with ctx.db.read() as session:
            actor = ctx.actor(session)
        if actor.is_guest:
            raise SignInNeeded()
        if not it.rights.survey:
            raise Forbidden(N_("This is for those who were there."))
        return ctx.page(
            "meetups/survey.html", status=status, it=it, values=form, w=sayer(ctx, actor)(it.occurrence),
            errors=say_all(ctx, fields), ratings=[(value, ctx.say(label)) for value, label in RATINGS],
        )  # fmt: skip


class Recaps(Controller):
    """`/occurrences/{id}/recap`: a draft from what is known, to be made one's own and posted into the thread."""

    include_in_schema = False

    @get("/occurrences/{occurrence_id:int}/recap", sync_to_thread=True)
    def draft(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """The draft. Raises NotFound, SignInNeeded, Forbidden."""
        it = own_date(ctx, occurrence_id)
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            known = queries.recap(session, actor, occurrence_id)
        body = draft_of(known, it, sayer(ctx, actor)(it.occurrence).date, ctx.locale)
        return self._page(ctx, it, RecapForm(body, stamp(ctx.core.secret, ctx.now)), {}, 200)

    @post("/occurrences/{occurrence_id:int}/recap", sync_to_thread=True)
    def publish(self, ctx: NamedDependency[Ctx], occurrence_id: FromPath[int]) -> Html:
        """Post it as an answer in the meetup's thread, or preview it."""
        it, form = own_date(ctx, occurrence_id), ctx.form(RecapForm)
        if ctx.query(RecapForm).preview:
            return self._preview(ctx, it, form)
        try:
            with ctx.db.read() as session:
                draft = compose(session, form.body)
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                made = reply(
                    session, actor=actor, thread_id=it.thread.id, draft=draft, now=ctx.now,
                    submission=form.submission,
                )  # fmt: skip
                domain.link_recap(
                    session, actor=actor, occurrence_id=occurrence_id, post_id=made.id, now=ctx.now
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, it, form, error.fields, 422)
        except Conflict as error:
            return self._page(ctx, it, form, {"": error.message}, 409)
        ctx.flash(N_("The account stands in the thread, and on the meetup’s page."))
        return ctx.go(made.url)

    def _preview(self, ctx: Ctx, it: MeetupPage, form: RecapForm) -> Html:
        shown, fields = None, {}
        try:
            with ctx.db.read() as session:
                shown = Markup(compose(session, form.body).html)  # noqa: S704  sanitised by compose
        except Invalid as error:
            fields = error.fields
        if ctx.visit.htmx:
            problem = ctx.say(fields["body"]) if fields else ""
            return ctx.fragment("threads/_preview.html", html=shown or "", problem=problem)
        return self._page(ctx, it, form, fields, 422 if fields else 200, shown)

    @staticmethod
    def _page(
        ctx: Ctx, it: MeetupPage, form: RecapForm, fields: dict[str, Message], status: int, shown: Markup | None = None
    ) -> Html:
        with ctx.db.read() as session:
            when = sayer(ctx, ctx.actor(session))
        return ctx.page(
            "meetups/recap.html", status=status, it=it, values=form, w=when(it.occurrence), preview=shown,
            errors=say_all(ctx, fields),
        )  # fmt: skip


def draft_of(known: Recap, it: MeetupPage, day: str, locale: str) -> str:
    """Markdown to begin with: where, how many; and what only a person can tell."""

    def say(message: Message) -> str:
        return translate(message, locale)

    where = it.place.name if it.place else say(N_("online"))
    one, many = NN_("We were one.", "We were %(n)s.")
    lines = [f"# {day}, {where}"]
    if known.people:
        count = say(Text(one, {"n": known.people}, many))
        if known.first_timers:
            one, many = NN_("%(n)s for the first time.", "%(n)s for the first time.")
            count += " " + say(Text(one, {"n": known.first_timers}, many))
        lines.append(count)
    lines.append(say(N_("*What did you do? What surprised you? Whom do you thank?*")))
    if known.photos:
        link = f"/occurrences/{it.occurrence.id}/album"
        lines.append(say(Text(N_("[The photos](%(link)s) are in the album."), {"link": link})))
    return "\n\n".join(lines) + "\n"


def date_page(ctx: Ctx, occurrence_id: int) -> MeetupPage:
    """The meetup on this date, for anybody who sees it. Raises NotFound."""
    with ctx.db.read() as session:
        actor, house = ctx.actor(session), ctx.house(session)
        row = queries.row(session, actor, house, occurrence_id)
        return queries.page(session, actor, house, row.occurrence.meetup_id, now=ctx.now, occurrence_id=occurrence_id)


def _album(
    ctx: Ctx, occurrence_id: int, fields: dict[str, Message] | None = None, *, alt: str = "", status: int = 200
) -> Html:
    it = date_page(ctx, occurrence_id)
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        photos = queries.album(session, actor, occurrence_id)
        silent = queries.not_on_pictures(session, occurrence_id) if it.rights.album else 0
    return ctx.page(
        "meetups/album.html", status=status, it=it, photos=photos, w=sayer(ctx, actor)(it.occurrence), alt=alt,
        silent=silent, errors=say_all(ctx, fields or {}),
    )  # fmt: skip
