"""`/manage/legal/report` and `/manage/legal/retention`: the year's figures as files, and what is kept how long."""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import NotFound
from forum.legal import words
from forum.legal.domain import retention
from forum.legal.forms import ReportQuery, whole
from forum.legal.queries import files
from forum.legal.queries import registers as queries
from forum.legal.queries.settings import contact
from forum.legal.queries.transparency import figures
from forum.legal.web.manage import download
from forum.policy.legal import require_register
from forum.web.ctx import Ctx

Html = Response[bytes]
FIRST = 2020


class Reports(Controller):
    """The yearly report."""

    path = "/manage/legal/report"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The figures, and the files. Raises SignInNeeded, Forbidden."""
        this = ctx.now.year
        year = whole(ctx.query(ReportQuery).year)
        year = year if FIRST <= year <= this else this
        with ctx.db.read() as session:
            require_register(ctx.actor(session))
            ctx.house(session)
            found, who = figures(session, year, ctx.settings.base_url), contact(session)
        rows = [
            (ctx.say(words.BY[row["by"]]), ctx.say(words.grouped(row["by"], row["value"])), row)
            for row in found.handling
        ]
        return ctx.page(
            "legal/report.html", it=found, contact=who, files=files.NAMES, handling=rows,
            years=range(this, max(this - 4, FIRST), -1),
        )  # fmt: skip

    @get("/{year:int}/{name:str}", sync_to_thread=True)
    def fetch(self, ctx: NamedDependency[Ctx], year: FromPath[int], name: FromPath[str]) -> Html:
        """One file. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.read() as session:
            require_register(ctx.actor(session))
            if not FIRST <= year <= ctx.now.year or name not in files.NAMES:
                raise NotFound()
            body = files.file(session, year, name, ctx.settings.base_url)
        kind = "application/json" if name.endswith("json") else "text/csv; charset=utf-8"
        return download(body, kind, f"{year}-{name}")


class Retention(Controller):
    """What is kept how long."""

    path = "/manage/legal/retention"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The register and the ledger. Raises SignInNeeded, Forbidden."""
        with ctx.db.read() as session:
            lines = queries.ledger(session, ctx.actor(session))
            ctx.house(session)
        rules = [(ctx.say(rule.what), rule.table_name, rule.days, ctx.say(rule.why)) for rule in retention.REGISTER]
        rules.append((ctx.say(retention.LOG_WHAT), "audit_details", retention.LOG_DAYS, ctx.say(retention.LOG_WHY)))
        names = {rule.name: ctx.say(rule.what) for rule in retention.REGISTER}
        names[retention.LOG] = ctx.say(retention.LOG_WHAT)
        return ctx.page("legal/retention.html", rules=rules, ledger=lines, names=names)


CONTROLLERS = [Reports, Retention]
