"""Reporting, and one's own reports: `/report/…` and `/reports`."""

from urllib.parse import quote

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Invalid
from forum.moderation.domain import report
from forum.moderation.queries import reports as queries
from forum.moderation.web.mine import my_list
from forum.moderation.words import REASON_WORDS
from forum.web.ctx import Ctx

Html = Response[bytes]


class ReportForm(msgspec.Struct):
    """What is wrong. `threat`: "1" when somebody's life or safety is in danger."""

    reason: str = ""
    detail: str = ""
    threat: str = ""


class ReportsQuery(msgspec.Struct):
    """`/reports/R-…?thanks=1`."""

    thanks: str = ""


class Reporting(Controller):
    """`/report/post/12`, `/report/thread/3`, `/report/member/ada`."""

    include_in_schema = False

    @get("/report/post/{post_id:int}", sync_to_thread=True)
    def ask_post(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """The form about a post. Raises SignInNeeded, NotFound, Forbidden (one's own)."""
        return _ask(ctx, "post", str(post_id))

    @post("/report/post/{post_id:int}", sync_to_thread=True)
    def send_post(self, ctx: NamedDependency[Ctx], post_id: FromPath[int]) -> Html:
        """Report a post."""
        return _send(ctx, "post", str(post_id))

    @get("/report/thread/{thread_id:int}", sync_to_thread=True)
    def ask_thread(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """The form about a thread as a whole."""
        return _ask(ctx, "thread", str(thread_id))

    @post("/report/thread/{thread_id:int}", sync_to_thread=True)
    def send_thread(self, ctx: NamedDependency[Ctx], thread_id: FromPath[int]) -> Html:
        """Report a thread."""
        return _send(ctx, "thread", str(thread_id))

    @get("/report/member/{name:str}", sync_to_thread=True)
    def ask_member(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """The form about a profile."""
        return _ask(ctx, "member", name)

    @post("/report/member/{name:str}", sync_to_thread=True)
    def send_member(self, ctx: NamedDependency[Ctx], name: FromPath[str]) -> Html:
        """Report a profile."""
        return _send(ctx, "member", name)


def _ask(ctx: Ctx, kind: str, key: str, form: ReportForm | None = None, errors: dict[str, str] | None = None) -> Html:
    with ctx.db.read() as session:
        found = queries.reportable(session, ctx.actor(session), kind, key)
        ctx.house(session)
        waiting = queries.waiting(session, ctx.actor(session), kind, found.id)
    if waiting and not errors:
        return ctx.go(f"/reports/{waiting}?thanks=again")
    return ctx.page(
        "moderation/report.html", status=422 if errors else 200, it=found, values=form or ReportForm(),
        errors=errors or {}, reasons=[(name, ctx.say(w.label), ctx.say(w.line)) for name, w in REASON_WORDS.items()],
    )  # fmt: skip


def _send(ctx: Ctx, kind: str, key: str) -> Html:
    form = ctx.form(ReportForm)
    with ctx.db.read() as session:
        found = queries.reportable(session, ctx.actor(session), kind, key)
    try:
        with ctx.db.write() as session:
            made = report(
                session, actor=ctx.actor(session), target_type=kind, target_id=found.id, reason=form.reason,
                detail=form.detail, threat=form.threat == "1", now=ctx.now,
            )  # fmt: skip
    except Invalid as error:
        return _ask(ctx, kind, key, form, {name: ctx.say(words) for name, words in error.fields.items()})
    return ctx.go(f"/reports/{quote(made.reference)}?thanks={'again' if made.again else '1'}")


class Reports(Controller):
    """`/reports`: what I reported, and what came of it."""

    path = "/reports"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """Newest first. Raises SignInNeeded."""
        return my_list(ctx, "moderation/reports.html", self.path, queries.my_reports)

    @get("/{reference:str}", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], reference: FromPath[str]) -> Html:
        """One report with its outcome. Raises SignInNeeded, NotFound (not mine)."""
        with ctx.db.read() as session:
            found = queries.my_report(session, ctx.actor(session), reference, ctx.now)
            ctx.house(session)
        return ctx.page("moderation/report_sent.html", it=found, thanks=ctx.query(ReportsQuery).thanks)


CONTROLLERS = [Reporting, Reports]
