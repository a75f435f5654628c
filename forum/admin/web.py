"""The administrator's pages: name and look, roles, outbox."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.accounts.domain import Watch, prove
from forum.admin import domain, queries
from forum.admin.forms import OutboxQuery, RoleForm, RoleQuery
from forum.categories.domain import change_site
from forum.categories.forms import SiteForm
from forum.errors import Conflict, Invalid, TooMany
from forum.health.queries import outbox_state
from forum.kit.colour import contrast
from forum.kit.i18n import N_, NN_, Message, Text
from forum.members.models import ROLES
from forum.members.queries import MemberCard
from forum.policy.actors import Actor, require_admin
from forum.web.ctx import Ctx

Html = Response[bytes]
PAPER, NIGHT = "#fbf9f6", "#191613"  # as in static/css/tokens.css, and in <meta name="theme-color">
READABLE = 4.5
MEANINGS = {
    "member": (N_("Member"), N_("Reads, writes, reports.")),
    "team": (N_("Internal team"), N_("A member who also reads the feedback for their team.")),
    "moderator": (N_("Moderator"), N_("Looks after the tone: reports, held posts, the staff’s own categories.")),
    "manager": (N_("Community manager"), N_("Moderates, and looks after categories, meetups and feedback.")),
    "admin": (N_("Administrator"), N_("Everything, these pages included.")),
}
JOBS = {
    "accounts.mail_signup": N_("Mail: confirm a sign-up"),
    "accounts.mail_link": N_("Mail: one-time link"),
    "accounts.mail_address_unknown": N_("Mail: no account with this address"),
    "accounts.mail_email_change_asked": N_("Mail: a new address was asked for"),
    "accounts.mail_email_changed": N_("Mail: the address was changed"),
    "accounts.mail_password_changed": N_("Mail: the password was changed"),
    "notifications.announce": N_("Notices about a post"),
    "notifications.withdraw": N_("Notices taken back"),
    "notifications.give_back": N_("Notices given back"),
    "notifications.recheck": N_("Notices checked after a change of rights"),
    "notifications.mail_notice": N_("Mail: a notice"),
    "guidelines.announce": N_("Notices about new guidelines"),
    "guidelines.withdraw": N_("Notices about guidelines taken back"),
    "threads.cook_again": N_("Posts rendered anew"),
    "search.index_changes": N_("The search index hears what changed"),
    "search.build_anew": N_("The search index is built anew"),
    "search.listening.listen": N_("Saved searches are looked at again"),
    "search.listening.mail_finds": N_("Mail: new finds of saved searches"),
    "feedback.tell": N_("Who spoke is to hear of an answer"),
    "feedback.mail_answers": N_("Mail: answers of the teams, once a day"),
    "feedback.look_for_forgotten": N_("Answers that missed their mail"),
    "feedback.polarity.read_ahead": N_("Polarity: evidence is read with the lexicon in force"),
    "feedback.post_reply": N_("A team’s answer is posted in its threads"),
    "feedback.look": N_("Rules of the feedback inbox: a post"),
    "feedback.look_at_survey": N_("Rules of the feedback inbox: a survey"),
    "feedback.exports.make": N_("Feedback as a file"),
    "feedback.exports.take_out": N_("Words that may not be shown any more leave the exports"),
    "feedback.delivery.fire": N_("A feedback summary is due"),
    "feedback.delivery.make": N_("A feedback summary is made"),
    "feedback.delivery.mail_preview": N_("Mail: a feedback summary waits for a look"),
    "feedback.delivery.deliver": N_("Feedback is sent: mail, webhook, tracker"),
    "feedback.delivery.mail_failed": N_("Mail: feedback no longer arrives somewhere"),
    "feedback.delivery.look_after": N_("Housekeeping of feedback delivery"),
    "meetups.calendars.mail_seat": N_("Mail: a seat at a meetup"),
    "audit.check": N_("The log of the staff is checked"),
    "health.clean_up": N_("Housekeeping"),
    "accounts.mail_signup_decided": N_("Mail: a sign-up was decided"),
    "moderation.open_case": N_("A post waits: its case"),
    "moderation.look_again": N_("A mended post: its case"),
    "moderation.open_signup_case": N_("A sign-up waits: its case"),
    "moderation.run_timer": N_("A thread’s timer"),
    "moderation.alarm": N_("Somebody in danger: the moderators are told"),
    "moderation.tell_decision": N_("Statement of reasons and outcomes"),
    "moderation.tell_undone": N_("Word of a decision taken back"),
    "moderation.tell_appeal": N_("An objection: receipt and notices"),
    "moderation.tell_outcome": N_("Answer to an objection"),
    "prevention.look_at_pictures": N_("Pictures of a post are compared"),
    "prevention.open_case": N_("What prevention saw: its case"),
    "prevention.learn": N_("Prevention learns from a decision"),
    "prevention.unlearn": N_("Prevention unlearns what was taken back"),
    "prevention.clean_up": N_("Housekeeping of prevention"),
    "legal.mail_receipt": N_("Mail: receipt of a notice"),
    "legal.mail_confirmed": N_("Mail: a request is in hand"),
    "legal.mail_complaint": N_("Mail: receipt of an objection to a notice"),
    "legal.mail_complaint_answer": N_("Mail: answer to an objection to a notice"),
    "legal.mail_measure": N_("Mail: a measure against misuse"),
    "legal.tell_notices": N_("Decision on a notice"),
    "meetups.tell": N_("Notices about a meetup"),
    "meetups.tell_series": N_("Notices about a series of meetups"),
    "meetups.tell_of_place": N_("Word of a place that changed"),
    "meetups.end_offer": N_("A seat that was offered at a meetup"),
    "meetups.remind": N_("Reminders of a meetup"),
    "meetups.ask_hosts": N_("Hosts are asked whether a date takes place"),
    "meetups.close": N_("After a meetup: no-shows and the survey"),
    "meetups.clean_up": N_("Housekeeping of meetups"),
    "legal.purge": N_("What the law lets us keep no longer is purged"),
}
VIEWS = {"dead": N_("Given up"), "failing": N_("Trying again"), "waiting": N_("All that waits")}


def _administrator(ctx: Ctx) -> Actor:
    with ctx.db.read() as session:
        actor = ctx.actor(session)
        require_admin(actor)
        ctx.house(session)
    return actor


def _said(ctx: Ctx, fields: dict[str, Message]) -> dict[str, str]:
    return {name: ctx.say(message) for name, message in fields.items()}


class Site(Controller):
    """`/admin/site`: what the site is called, and its colour."""

    @get("/admin", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """To the desk, where everything is listed."""
        _administrator(ctx)
        return ctx.go("/manage")

    @get("/admin/site", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form with what is there. Raises SignInNeeded, Forbidden."""
        _administrator(ctx)
        with ctx.db.read() as session:
            site = ctx.house(session).site
        approve = "1" if site.approve_signups else ""
        return self._page(
            ctx, SiteForm(site.name, site.tagline_en, site.tagline_it, site.brand, site.brand_colour, approve)
        )

    @post("/admin/site", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx]) -> Html:
        """Save. Raises SignInNeeded, Forbidden."""
        form = ctx.form(SiteForm)
        try:
            with ctx.db.write() as session:
                change_site(
                    session, actor=ctx.actor(session), name=form.name, tagline_en=form.tagline_en,
                    tagline_it=form.tagline_it, brand=form.brand, brand_colour=form.brand_colour, now=ctx.now,
                    approve_signups=bool(form.approve_signups),
                )  # fmt: skip
        except Invalid as error:
            _administrator(ctx)
            return self._page(ctx, form, status=422, errors=_said(ctx, error.fields))
        ctx.flash(N_("Saved. Below you see the colour at work."))
        return ctx.go("/admin/site")

    @staticmethod
    def _page(ctx: Ctx, form: SiteForm, *, status: int = 200, errors: dict[str, str] | None = None) -> Html:
        pale = dark = False
        if not (errors or {}).get("brand_colour"):
            pale = contrast(form.brand_colour, PAPER) < READABLE
            dark = contrast(form.brand_colour, NIGHT) < READABLE
        return ctx.page("admin/site.html", status=status, values=form, errors=errors or {}, pale=pale, dark=dark)


class Roles(Controller):
    """`/admin/roles`: who moderates, manages, administers."""

    @get("/admin/roles", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Everybody with a role; `?name=` leads to one member."""
        _administrator(ctx)
        name = ctx.query(RoleQuery).name
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            found = queries.member_named(session, actor, name)
            people = queries.with_roles(session, actor)
        if found is not None:
            return ctx.go(f"/admin/roles/{found.id}")
        return ctx.page("admin/roles.html", people=people, name=name)

    @get("/admin/roles/{member_id:int}", sync_to_thread=True)
    def edit(self, ctx: NamedDependency[Ctx], member_id: FromPath[int]) -> Html:
        """The form for one member. Raises SignInNeeded, Forbidden, NotFound."""
        member = self._member(ctx, member_id)
        with ctx.db.read() as session:
            house, bound = ctx.house(session), queries.bound_to(session, ctx.actor(session), member_id)
        places = [category.slug for category in house.categories if category.id in bound]
        return self._page(ctx, member, RoleForm(role=member.role, where="some" if bound else "all", places=places))

    @post("/admin/roles/{member_id:int}", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx], member_id: FromPath[int]) -> Html:
        """Give the role, after the administrator's password. Raises SignInNeeded, Forbidden, NotFound."""
        member, form = self._member(ctx, member_id), ctx.form(RoleForm)
        actor = _administrator(ctx)
        watch = Watch(ctx.core.secret, ctx.visit.client, "")
        try:
            prove(ctx.db, actor=actor, password=form.current_password, watch=watch, now=ctx.now)
            with ctx.db.write() as session:
                domain.give_role(session, actor=actor, member_id=member_id, role=form.role, now=ctx.now)
                found = (ctx.house(session).by_slug(slug) for slug in form.places)
                places = frozenset(category.id for category in found if category)
                domain.bind(
                    session, actor=actor, member_id=member_id, categories=places if form.where == "some" else None,
                    now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return self._page(ctx, member, form, status=422, errors=_said(ctx, error.fields))
        except Conflict as error:
            return self._page(ctx, member, form, status=409, errors={"role": ctx.say(error.message)})
        except TooMany as error:
            answer = self._page(ctx, member, form, status=429, errors={"current_password": ctx.say(error.message)})
            answer.headers["Retry-After"] = str(error.retry_after)
            return answer
        words = {"name": member.display_name, "role": ctx.say(MEANINGS[form.role][0])}
        if form.role != member.role:
            ctx.flash(Text(N_("%(name)s has a new role: %(role)s. They sign in anew."), words))
        else:
            ctx.flash(Text(N_("Saved: %(name)s, %(role)s."), words))
        return ctx.go("/admin/roles" if member_id != actor.id else "/login")

    @staticmethod
    def _member(ctx: Ctx, member_id: int) -> MemberCard:
        _administrator(ctx)
        with ctx.db.read() as session:
            return queries.member(session, ctx.actor(session), member_id)

    @staticmethod
    def _page(
        ctx: Ctx, member: MemberCard, form: RoleForm, *, status: int = 200, errors: dict[str, str] | None = None
    ) -> Html:
        roles = [(role, ctx.say(MEANINGS[role][0]), ctx.say(MEANINGS[role][1])) for role in ROLES]
        with ctx.db.read() as session:
            places = ctx.house(session).categories
        return ctx.page(
            "admin/role.html", status=status, member=member, values=form, roles=roles, errors=errors or {},
            places=places,
        )  # fmt: skip


class Worker(Controller):
    """`/admin/outbox`: what is on its way, and what did not work."""

    @get("/admin/outbox", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """One view of the outbox, and how the worker is doing. Raises SignInNeeded, Forbidden."""
        _administrator(ctx)
        query = ctx.query(OutboxQuery)
        with ctx.db.read() as session:
            state = outbox_state(session, ctx.now)
            view = query.view if query.view in VIEWS else ("dead" if state.dead else "waiting")
            page = queries.outbox(session, ctx.actor(session), view=view, after=query.after, now=ctx.now)
        tabs = [(f"/admin/outbox?view={key}", ctx.say(words), key == view) for key, words in VIEWS.items()]
        late = state.oldest_due is not None and (ctx.now - state.oldest_due).total_seconds() > 300
        older = f"/admin/outbox?view={view}&after={page.older}" if page.older else None
        return ctx.page(
            "admin/outbox.html", state=state, view=view, rows=page.rows, older=older, tabs=tabs, jobs=JOBS, late=late,
            own=ctx.settings.worker, mail=bool(ctx.settings.smtp_url),
        )  # fmt: skip

    @post("/admin/outbox/retry", sync_to_thread=True)
    def retry_all(self, ctx: NamedDependency[Ctx]) -> Html:
        """Try again whatever was given up."""
        with ctx.db.write() as session:
            count = domain.retry_all(session, actor=ctx.actor(session), now=ctx.now)
        one, many = NN_("%(n)s effect is tried again.", "%(n)s effects are tried again.")
        ctx.flash(Text(one, {"n": count}, many))
        return ctx.go("/admin/outbox?view=waiting")

    @post("/admin/outbox/{row_id:int}/retry", sync_to_thread=True)
    def retry(self, ctx: NamedDependency[Ctx], row_id: FromPath[int]) -> Html:
        """Try one again."""
        return self._one(ctx, row_id, again=True)

    @post("/admin/outbox/{row_id:int}/discard", sync_to_thread=True)
    def discard(self, ctx: NamedDependency[Ctx], row_id: FromPath[int]) -> Html:
        """Give one up for good."""
        return self._one(ctx, row_id, again=False)

    @staticmethod
    def _one(ctx: Ctx, row_id: int, *, again: bool) -> Html:
        try:
            with ctx.db.write() as session:
                verb = domain.retry if again else domain.discard
                verb(session, actor=ctx.actor(session), row_id=row_id, now=ctx.now)
        except Conflict as error:
            ctx.flash(error.message, "warn")
        else:
            ctx.flash(N_("It is tried again now.") if again else N_("Discarded."))
        return ctx.go(ctx.next("/admin/outbox"))


CONTROLLERS = [Site, Roles, Worker]
