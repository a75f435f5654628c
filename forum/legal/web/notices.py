"""`/report/illegal`, `/report/bullying`, `/notices/N-…`: giving notice, and reading what came of it. Open to guests."""

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.accounts.domain.attempts import Watch
from forum.errors import Forbidden, Invalid, TooMany
from forum.kit.i18n import N_, Message
from forum.legal import words
from forum.legal.domain.complaints import complain
from forum.legal.domain.notices import NoticeDraft, give_notice
from forum.legal.forms import NoticeForm, NoticeQuery, TextForm
from forum.legal.keys import notice_path, opens
from forum.legal.models import CAPACITIES
from forum.legal.queries.notices import notice_by_reference, notice_view
from forum.legal.queries.settings import contact
from forum.policy.legal import require_notice
from forum.web.ctx import Ctx

Html = Response[bytes]


class Noticing(Controller):
    """The two forms."""

    path = "/report"
    include_in_schema = False

    @get("/illegal", sync_to_thread=True)
    def ask_illegal(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form of Art. 16."""
        query = ctx.query(NoticeQuery)
        return _form(ctx, "illegal", NoticeForm(urls=query.url[:300], category=_asked(query)))

    @post("/illegal", sync_to_thread=True)
    def send_illegal(self, ctx: NamedDependency[Ctx]) -> Html:
        """Take the notice."""
        return _send(ctx, "illegal")

    @get("/bullying", sync_to_thread=True)
    def ask_bullying(self, ctx: NamedDependency[Ctx]) -> Html:
        """The form of Law 71/2017."""
        return _form(ctx, "bullying", NoticeForm(urls=ctx.query(NoticeQuery).url[:300]))

    @post("/bullying", sync_to_thread=True)
    def send_bullying(self, ctx: NamedDependency[Ctx]) -> Html:
        """Take the request."""
        return _send(ctx, "bullying")


def _asked(query: NoticeQuery) -> str:
    return "minors_sexual" if query.about == "minors" else ""


def _form(ctx: Ctx, kind: str, form: NoticeForm, errors: dict[str, Message] | None = None, status: int = 200) -> Html:
    hidden = kind == "illegal" and (ctx.query(NoticeQuery).about == "minors" or form.category == "minors_sexual")
    categories = [(key, ctx.say(words.label(key))) for key in words.NOTICED]
    return ctx.page(
        f"legal/{kind}.html", status=status, form=True, values=form, nameless=hidden, categories=categories,
        capacities=[(key, ctx.say(words.CAPACITIES[key])) for key in CAPACITIES if key],
        errors={name: ctx.say(text) for name, text in (errors or {}).items()},
    )  # fmt: skip


def _send(ctx: Ctx, kind: str) -> Html:
    form = ctx.form(NoticeForm)
    category = "cyber_violence" if kind == "bullying" else form.category or _asked(ctx.query(NoticeQuery))
    draft = NoticeDraft(
        kind=kind, category=category, urls=form.urls, explanation=form.explanation, law=form.law, name=form.name,
        mail=form.mail, capacity=form.capacity, good_faith=form.good_faith == "1", locale=ctx.locale,
        trap=form.website,
    )  # fmt: skip
    try:
        with ctx.db.write() as session:
            made = give_notice(
                session, actor=ctx.actor(session), draft=draft, watch=Watch(ctx.core.secret, ctx.visit.client),
                base_url=ctx.settings.base_url, now=ctx.now,
            )  # fmt: skip
    except Invalid as error:
        return _form(ctx, kind, form, error.fields, 422)
    except (TooMany, Forbidden) as error:  # nothing that was typed is lost
        answer = _form(ctx, kind, form, {"": error.message}, error.status)
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer
    return ctx.go(f"{notice_path(ctx.core.secret, made.reference)}&thanks=1")


class Notices(Controller):
    """`/notices/N-…?key=…`: the page of one notice."""

    path = "/notices"
    include_in_schema = False

    @get("/{reference:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], reference: FromPath[str]) -> Html:
        """How it stands. Raises NotFound (no key, and not one's own)."""
        query = ctx.query(NoticeQuery)
        with ctx.db.read() as session:
            notice = notice_by_reference(session, reference)
            keyed = opens(ctx.core.secret, reference, query.key)
            require_notice(ctx.actor(session), notice, keyed=keyed)
            ctx.house(session)
            view = notice_view(session, notice, ctx.locale)
            who = contact(session)
        return ctx.page(
            "legal/notice.html", it=view, contact=who, thanks=query.thanks == "1", key=query.key if keyed else "",
            address=ctx.settings.base_url.rstrip("/") + notice_path(ctx.core.secret, view.reference),
        )  # fmt: skip

    @get("/{reference:str}/complaint", sync_to_thread=True)
    def ask_complaint(self, ctx: NamedDependency[Ctx], reference: FromPath[str]) -> Html:
        """Why they see it differently. Raises NotFound."""
        return self._complaint(ctx, reference, ctx.query(NoticeQuery).key, "", {})

    @post("/{reference:str}/complaint", sync_to_thread=True)
    def complain(self, ctx: NamedDependency[Ctx], reference: FromPath[str]) -> Html:
        """Object. Raises NotFound, Conflict."""
        form = ctx.form(TextForm)
        try:
            with ctx.db.write() as session:
                notice = notice_by_reference(session, reference)
                require_notice(ctx.actor(session), notice, keyed=opens(ctx.core.secret, reference, form.key))
                assert notice is not None
                complain(session, notice=notice, body=form.text, now=ctx.now)
        except Invalid as error:
            return self._complaint(ctx, reference, form.key, form.text, error.fields, 422)
        ctx.flash(N_("We have your objection. Somebody else than who decided reads it."))
        return ctx.go(notice_path(ctx.core.secret, reference))

    def _complaint(
        self, ctx: Ctx, reference: str, key: str, text: str, errors: dict[str, Message], status: int = 200
    ) -> Html:
        with ctx.db.read() as session:
            notice = notice_by_reference(session, reference)
            require_notice(ctx.actor(session), notice, keyed=opens(ctx.core.secret, reference, key))
            ctx.house(session)
            view = notice_view(session, notice, ctx.locale)
        if not view.may_complain(ctx.now):
            return ctx.go(notice_path(ctx.core.secret, reference))
        return ctx.page(
            "legal/complaint.html", status=status, form=True, it=view, key=key, text=text,
            errors={name: ctx.say(words_) for name, words_ in errors.items()},
        )  # fmt: skip


CONTROLLERS = [Noticing, Notices]
