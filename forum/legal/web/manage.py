"""`/manage/legal/…`: the settings and the registers of the law."""

from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, Message
from forum.legal import addresses, words
from forum.legal.domain import holds, misuse, registers
from forum.legal.forms import (
    DisputeForm,
    FlaggerForm,
    HoldForm,
    MisuseForm,
    OrderForm,
    SettingsForm,
    moment,
    whole,
)
from forum.legal.queries import registers as queries
from forum.legal.queries.settings import LANGUAGES, contact, settings_row
from forum.moderation.words import TARGETS
from forum.policy.legal import require_evidence, require_register, require_settings
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/manage/legal"
Errors = dict[str, Message]


def _said(ctx: Ctx, errors: Errors | None) -> dict[str, str]:
    return {name: ctx.say(text) for name, text in (errors or {}).items()}


def _status(errors: Errors | None) -> int:
    return 422 if errors else 200


class Settings(Controller):
    """`/manage/legal`."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx]) -> Html:
        """Who keeps this site. Raises SignInNeeded, Forbidden."""
        return self._page(ctx)

    @post("/", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx]) -> Html:
        """Save it. Raises SignInNeeded, Forbidden."""
        form = ctx.form(SettingsForm)
        try:
            with ctx.db.write() as session:
                registers.save_settings(session, actor=ctx.actor(session), form=form, now=ctx.now)
        except Invalid as error:
            return self._page(ctx, form, error.fields)
        ctx.flash(N_("Saved."))
        return ctx.go(HERE)

    def _page(self, ctx: Ctx, form: SettingsForm | None = None, errors: Errors | None = None) -> Html:
        with ctx.db.read() as session:
            require_settings(ctx.actor(session))
            ctx.house(session)
            row, who = settings_row(session), contact(session)

        def sign(value: bool | None) -> str:
            return "" if value is None else "1" if value else "0"

        values = form or SettingsForm(
            row.operator, row.address, row.representative, row.authority_mail, row.user_mail, list(who.languages),
            row.size, sign(row.complaints), sign(row.disputes), sign(row.misuse), sign(row.reporting),
            row.dispute_bodies, str(row.active_users or ""),
        )  # fmt: skip
        return ctx.page(
            "legal/settings.html", status=_status(errors), values=values, languages=list(LANGUAGES.items()),
            contact=who, errors=_said(ctx, errors),
        )  # fmt: skip


class Flaggers(Controller):
    """`/manage/legal/flaggers`."""

    path = f"{HERE}/flaggers"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Who they are. Raises SignInNeeded, Forbidden."""
        return self._page(ctx, FlaggerForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """One more. Raises SignInNeeded, Forbidden."""
        form = ctx.form(FlaggerForm)
        try:
            with ctx.db.write() as session:
                registers.add_flagger(
                    session, actor=ctx.actor(session), name=form.name, mail=form.mail, member=form.member, now=ctx.now
                )
        except Invalid as error:
            return self._page(ctx, form, error.fields)
        return ctx.go(f"{HERE}/flaggers")

    @post("/{flagger_id:int}", sync_to_thread=True)
    def check(self, ctx: NamedDependency[Ctx], flagger_id: FromPath[int]) -> Html:
        """The status holds, or has ended. Raises SignInNeeded, Forbidden, NotFound."""
        ended = ctx.form(FlaggerForm).ended == "1"
        with ctx.db.write() as session:
            registers.check_flagger(session, actor=ctx.actor(session), flagger_id=flagger_id, ended=ended, now=ctx.now)
        return ctx.go(f"{HERE}/flaggers")

    def _page(self, ctx: Ctx, form: FlaggerForm, errors: Errors | None = None) -> Html:
        with ctx.db.read() as session:
            found = queries.flaggers(session, ctx.actor(session))
            ctx.house(session)
        return ctx.page(
            "legal/flaggers.html", status=_status(errors), rows=found, values=form, errors=_said(ctx, errors)
        )


class Orders(Controller):
    """`/manage/legal/orders`."""

    path = f"{HERE}/orders"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What authorities ordered. Raises SignInNeeded, Forbidden."""
        return self._page(ctx, OrderForm(article="9", country="IT"))

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Register one. Raises SignInNeeded, Forbidden."""
        form = ctx.form(OrderForm)
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                made = registers.add_order(
                    session, actor=actor, article=form.article, authority=form.authority, country=form.country,
                    order_ref=form.order_ref, legal_basis=form.legal_basis, category=form.category, urls=form.urls,
                    scope=form.scope, received_at=moment(form.received_at, actor.timezone), now=ctx.now,
                )  # fmt: skip
                where = f"{HERE}/orders/{made.id}"
        except Invalid as error:
            return self._page(ctx, form, error.fields)
        return ctx.go(where)

    @get("/{order_id:int}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], order_id: FromPath[int]) -> Html:
        """One, with its steps. Raises SignInNeeded, Forbidden, NotFound."""
        return self._one(ctx, order_id)

    @post("/{order_id:int}", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], order_id: FromPath[int]) -> Html:
        """A step. Raises SignInNeeded, Forbidden, NotFound, Conflict."""
        form = ctx.form(OrderForm)
        try:
            with ctx.db.write() as session:
                registers.advance_order(
                    session, actor=ctx.actor(session), order_id=order_id, step=form.step, effect=form.effect,
                    version=form.version, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._one(ctx, order_id, form, error.fields)
        return ctx.go(f"{HERE}/orders/{order_id}")

    def _one(self, ctx: Ctx, order_id: int, form: OrderForm | None = None, errors: Errors | None = None) -> Html:
        with ctx.db.read() as session:
            it = queries.order(session, ctx.actor(session), order_id)
            ctx.house(session)
        effect = form.effect if form else it.effect
        return ctx.page("legal/order.html", status=_status(errors), it=it, effect=effect, errors=_said(ctx, errors))

    def _page(self, ctx: Ctx, form: OrderForm, errors: Errors | None = None) -> Html:
        with ctx.db.read() as session:
            found = queries.orders(session, ctx.actor(session))
            ctx.house(session)
        categories = [(key, ctx.say(words.label(key))) for key in words.NOTICED]
        return ctx.page(
            "legal/orders.html", status=_status(errors), rows=found, values=form, categories=categories,
            errors=_said(ctx, errors),
        )  # fmt: skip


class Disputes(Controller):
    """`/manage/legal/disputes`."""

    path = f"{HERE}/disputes"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What certified bodies deal with. Raises SignInNeeded, Forbidden."""
        return self._page(ctx, DisputeForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Register one. Raises SignInNeeded, Forbidden."""
        form = ctx.form(DisputeForm)
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                registers.add_dispute(
                    session, actor=actor, body=form.body, case_ref=form.case_ref, statement=form.statement,
                    opened_at=moment(form.opened_at, actor.timezone), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, form, error.fields)
        return ctx.go(f"{HERE}/disputes")

    @post("/{dispute_id:int}", sync_to_thread=True)
    def close(self, ctx: NamedDependency[Ctx], dispute_id: FromPath[int]) -> Html:
        """How it ended. Raises SignInNeeded, Forbidden, NotFound."""
        form = ctx.form(DisputeForm)
        try:
            with ctx.db.write() as session:
                registers.close_dispute(
                    session, actor=ctx.actor(session), dispute_id=dispute_id, result=form.result,
                    implemented=form.implemented == "1", now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, DisputeForm(), error.fields)
        return ctx.go(f"{HERE}/disputes")

    def _page(self, ctx: Ctx, form: DisputeForm, errors: Errors | None = None) -> Html:
        with ctx.db.read() as session:
            found = queries.disputes(session, ctx.actor(session))
            ctx.house(session)
        return ctx.page(
            "legal/disputes.html", status=_status(errors), rows=found, values=form, errors=_said(ctx, errors)
        )


class Misuse(Controller):
    """`/manage/legal/misuse`."""

    path = f"{HERE}/misuse"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Whose figures ask for a look. Raises SignInNeeded, Forbidden."""
        return self._page(ctx)

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Warn or suspend. Raises SignInNeeded, Forbidden."""
        form = ctx.form(MisuseForm)
        try:
            with ctx.db.write() as session:
                misuse.measure(
                    session, actor=ctx.actor(session), side=form.side, who=form.who, kind=form.kind,
                    gravity=form.gravity, days=whole(form.days), now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, form, error.fields)
        except Conflict as error:
            return self._page(ctx, form, {"": error.message}, 409)
        ctx.flash(N_("Done. They are told, with the figures."))
        return ctx.go(f"{HERE}/misuse")

    def _page(self, ctx: Ctx, form: MisuseForm | None = None, errors: Errors | None = None, status: int = 0) -> Html:
        with ctx.db.read() as session:
            require_register(ctx.actor(session))
            ctx.house(session)
            found = [*misuse.posters(session, ctx.now), *misuse.notifiers(session, ctx.now)]
            on = contact(session).misuse
        return ctx.page(
            "legal/misuse.html", status=status or _status(errors), rows=found, values=form or MisuseForm(), on=on,
            errors=_said(ctx, errors),
        )  # fmt: skip


class Holds(Controller):
    """`/manage/legal/holds`."""

    path = f"{HERE}/holds"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """What is kept as evidence; `?url=` begins the form. Raises SignInNeeded, Forbidden."""
        return self._page(ctx, HoldForm(url=ctx.query(HoldForm).url))

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """Keep something. Raises SignInNeeded, Forbidden."""
        form = ctx.form(HoldForm)
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                require_evidence(actor)
                kind, row_id = addresses.anywhere(session, actor, form.url, ctx.settings.base_url)
                holds.place(
                    session, actor=actor, target_type=kind, target_id=row_id, reason=form.reason,
                    authority_ref=form.authority_ref, seal=form.seal == "1", until=None,
                    data_dir=ctx.settings.data_dir, now=ctx.now,
                )  # fmt: skip
            holds.tend(ctx.db, ctx.settings.data_dir)
        except Invalid as error:
            return self._page(ctx, form, error.fields)
        except Conflict as error:
            return self._page(ctx, form, {"url": error.message})
        ctx.flash(N_("It is kept, and nothing of it is purged."))
        return ctx.go(f"{HERE}/holds")

    @post("/{hold_id:int}/release", sync_to_thread=True)
    def release(self, ctx: NamedDependency[Ctx], hold_id: FromPath[int]) -> Html:
        """End it. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            holds.release(
                session, actor=ctx.actor(session), hold_id=hold_id, data_dir=ctx.settings.data_dir, now=ctx.now
            )  # fmt: skip
        holds.tend(ctx.db, ctx.settings.data_dir)
        ctx.flash(N_("Released: the words stand where they stood."))
        return ctx.go(f"{HERE}/holds")

    @post("/{hold_id:int}/evidence", sync_to_thread=True)
    def evidence(self, ctx: NamedDependency[Ctx], hold_id: FromPath[int]) -> Html:
        """The words, as a file; the log says who took it. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            made = holds.take_evidence(session, actor=ctx.actor(session), hold_id=hold_id, now=ctx.now)
        return download(made, "application/json", f"evidence-{hold_id}.json")

    def _page(self, ctx: Ctx, form: HoldForm, errors: Errors | None = None) -> Html:
        with ctx.db.read() as session:
            found = queries.holds(session, ctx.actor(session))
            ctx.house(session)
        return ctx.page(
            "legal/holds.html", status=_status(errors), rows=found, values=form, errors=_said(ctx, errors),
            kinds=TARGETS,
        )  # fmt: skip


def download(body: bytes, kind: str, name: str) -> Html:
    """A file to keep, never to be shown in the page's place."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers, status_code=200)


CONTROLLERS: list[Any] = [Settings, Flaggers, Orders, Disputes, Misuse, Holds]
