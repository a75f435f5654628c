"""`/feedback/delivery/destinations`: made, changed, tried, given a new key, switched off, taken away."""

from typing import Any

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.feedback.delivery import destinations, queries, words
from forum.feedback.delivery.destinations import NewDestination
from forum.feedback.delivery.views import DestinationView
from forum.feedback.delivery.web.shared import HERE, Html, vault, version_of
from forum.feedback.web.shared import collector, known
from forum.kit.i18n import N_
from forum.web.ctx import Ctx

PLACES = f"{HERE}/destinations"


class PlaceForm(msgspec.Struct):
    """A destination as its form has it; address and token are never filled in again."""

    kind: str = "webhook"
    name: str = ""
    url: str = ""
    token: str = ""
    user: str = ""
    project: str = ""
    issue_type: str = ""
    repository: str = ""
    labels: str = ""
    version: str = ""
    on: str = ""

    def new(self) -> NewDestination:
        """What the domain takes."""
        return NewDestination(
            self.kind, self.name, url=self.url, token=self.token, user=self.user, project=self.project,
            issue_type=self.issue_type, repository=self.repository, labels=self.labels,
        )  # fmt: skip


class Destinations(Controller):
    """Other people's servers."""

    path = PLACES
    include_in_schema = False

    @get("/new", sync_to_thread=True)
    def new(self, ctx: NamedDependency[Ctx]) -> Html:
        """A form, for one kind. Raises SignInNeeded, Forbidden."""
        form = ctx.query(PlaceForm)
        if form.kind not in words.KINDS:
            form.kind = "webhook"
        return _form(ctx, PlaceForm(kind=form.kind, issue_type="Task"), None)

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Make it; the key of a webhook is on the page that follows, and nowhere after. Raises as `new`."""
        form = ctx.form(PlaceForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                made, key = destinations.add(session, actor=actor, new=form.new(), vault=vault(ctx), now=ctx.now)
        except Invalid as error:
            return _form(ctx, form, None, {name: ctx.say(it) for name, it in error.fields.items()}, status=422)
        except Conflict as error:
            return _form(ctx, form, None, {"name": ctx.say(error.message)}, status=409)
        if key:
            return _show(ctx, made, key=key)
        ctx.flash(N_("The destination stands. Try it before you rely on it."))
        return ctx.go(f"{PLACES}/{made}")

    @get("/{destination_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], destination_id: FromPath[int]) -> Html:
        """One, with what was sent there. Raises SignInNeeded, Forbidden, NotFound."""
        return _show(ctx, known(destination_id))

    @post("/{destination_id:int}", sync_to_thread=True)
    def change(self, ctx: NamedDependency[Ctx], destination_id: FromPath[int]) -> Html:
        """Change it. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(PlaceForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                destinations.change(
                    session, actor=actor, destination_id=known(destination_id), new=form.new(),
                    version=version_of(form.version), vault=vault(ctx), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            errors = {name: ctx.say(it) for name, it in error.fields.items()}
            return _show(ctx, destination_id, form=form, errors=errors, status=422)
        except Conflict as error:
            return _show(ctx, destination_id, form=form, errors={"name": ctx.say(error.message)}, status=409)
        ctx.flash(N_("Saved."))
        return ctx.go(f"{PLACES}/{destination_id}")

    @post("/{destination_id:int}/key", sync_to_thread=True)
    def key(self, ctx: NamedDependency[Ctx], destination_id: FromPath[int]) -> Html:
        """A new key, shown this once. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(PlaceForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                key = destinations.rotate(
                    session, actor=actor, destination_id=known(destination_id), version=version_of(form.version),
                    vault=vault(ctx), now=ctx.now,
                )  # fmt: skip
        except Conflict as error:
            return _show(ctx, destination_id, errors={"name": ctx.say(error.message)}, status=409)
        return _show(ctx, destination_id, key=key)

    @post("/{destination_id:int}/test", sync_to_thread=True)
    def test(self, ctx: NamedDependency[Ctx], destination_id: FromPath[int]) -> Html:
        """Try it once. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            destinations.test(session, actor=collector(ctx, session), destination_id=known(destination_id), now=ctx.now)
        ctx.flash(N_("A test is on its way. Look at the list below in a moment."))
        return ctx.go(f"{PLACES}/{destination_id}#sent")

    @post("/{destination_id:int}/switch", sync_to_thread=True)
    def switch(self, ctx: NamedDependency[Ctx], destination_id: FromPath[int]) -> Html:
        """On or off. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(PlaceForm)
        try:
            with ctx.db.write() as session:
                destinations.switch(
                    session, actor=collector(ctx, session), destination_id=known(destination_id), on=form.on == "1",
                    version=version_of(form.version), now=ctx.now,
                )  # fmt: skip
        except Conflict as error:
            return _show(ctx, destination_id, errors={"name": ctx.say(error.message)}, status=409)
        on = form.on == "1"
        ctx.flash(N_("It is on again, and goes on where it stopped.") if on else N_("It is off: what is due waits."))
        return ctx.go(f"{PLACES}/{destination_id}")

    @post("/{destination_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], destination_id: FromPath[int]) -> Html:
        """Take it away. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(PlaceForm)
        try:
            with ctx.db.write() as session:
                destinations.remove(
                    session, actor=collector(ctx, session), destination_id=known(destination_id),
                    version=version_of(form.version), now=ctx.now,
                )  # fmt: skip
        except Conflict as error:
            return _show(ctx, destination_id, errors={"name": ctx.say(error.message)}, status=409)
        ctx.flash(N_("Taken away. Nothing goes there any more, and its secrets are forgotten."))
        return ctx.go(HERE)


def _form(
    ctx: Ctx, form: PlaceForm, place: DestinationView | None, errors: dict[str, str] | None = None, *, status: int = 200
) -> Html:
    with ctx.db.read() as session:
        collector(ctx, session)
        ctx.house(session)
    return ctx.page(
        "feedback/delivery_place_new.html", status=status, values=form, place=place, errors=errors or {}, words=words,
        own=bool(ctx.settings.reachable),
    )  # fmt: skip


def _show(
    ctx: Ctx, destination_id: int, *, form: PlaceForm | None = None, errors: dict[str, str] | None = None,
    key: str = "", status: int = 200,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        collector(ctx, session)
        place = queries.destination(session, destination_id)
        rows, _ = queries.deliveries(session, destination_id=place.id)
        ctx.house(session)
    options: dict[str, Any] = place.options
    values = form or PlaceForm(
        kind=place.kind, name=place.name, project=options.get("project", ""), issue_type=options.get("type", ""),
        repository=options.get("repository", ""), labels=options.get("labels", ""),
    )  # fmt: skip
    values.kind, values.version = place.kind, str(place.version)
    return ctx.page(
        "feedback/delivery_place.html", status=status, place=place, values=values, rows=rows[:10], key=key,
        errors=errors or {}, words=words, own=bool(ctx.settings.reachable),
    )  # fmt: skip
