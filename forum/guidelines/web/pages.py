"""The rules: those that apply, those that did, what changed between them; and how to write Markdown here."""

from datetime import datetime

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup

from forum.guidelines import domain, queries, views
from forum.guidelines.comparing import compare
from forum.kit.i18n import N_
from forum.kit.markdown import cook
from forum.web.ctx import Ctx

Html = Response[bytes]
SAMPLES = (
    (N_("Emphasis"), N_("*slanted*, **strong**, ~~struck out~~")),
    (N_("Links"), "https://example.org, [words](https://example.org)"),
    (N_("Lists"), N_("- bread\n- wine\n\n1. first\n2. then\n\n- [x] done\n- [ ] to do")),
    (N_("Quotations"), N_("> What somebody said.")),
    (N_("Hidden words"), N_("The culprit is ||the gardener||.")),
    (N_("Code"), "`sudo reboot`\n\n```python\nfor lap in range(3):\n    print(lap)\n```"),
    (N_("Tables"), N_("| Tyre | Pressure |\n|---|--:|\n| front | 2.1 |\n| rear | 2.4 |")),
    (N_("Footnotes"), N_("It holds.[^1]\n\n[^1]: For a year, so far.")),
)


class Guidelines(Controller):
    """What goes and what does not, and how to write."""

    path = "/guidelines"
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The rules that apply now."""
        with ctx.db.read() as session:
            ctx.actor(session), ctx.house(session)
            standing = queries.in_force(session, ctx.now)
            coming = queries.announced_next(session, ctx.now)
        return self._page(ctx, standing, standing, coming, here="/guidelines")

    @get("/{number:int}", sync_to_thread=True)
    def version(self, ctx: NamedDependency[Ctx], number: FromPath[int]) -> Html:
        """One version, whatever became of it: decisions link to its rules. Raises NotFound."""
        with ctx.db.read() as session:
            ctx.actor(session), ctx.house(session)
            found = queries.version(session, number)
            standing = queries.in_force(session, ctx.now)
            step = next(step for step in queries.history(session, ctx.now) if step.number == number)
        return self._page(ctx, found, standing, None, here=found.url, until=step.until)

    @staticmethod
    def _page(
        ctx: Ctx, found: views.Guidelines, standing: views.Guidelines, coming: views.Guidelines | None, *, here: str,
        until: datetime | None = None,
    ) -> Html:  # fmt: skip
        rules = [(rule.number, rule.title(ctx.locale)) for rule in found.rules]
        html = Markup(found.html(ctx.locale))  # noqa: S704  sanitised when it was written
        return ctx.page(
            "guidelines/show.html", shared=True, it=found, state=found.state(ctx.now), standing=standing,
            coming=coming, rules=rules, html=html, here=here, until=until,
        )  # fmt: skip

    @get("/history", sync_to_thread=True)
    def history(self, ctx: NamedDependency[Ctx]) -> Html:
        """Every version there has been."""
        with ctx.db.read() as session:
            ctx.actor(session), ctx.house(session)
            steps = queries.history(session, ctx.now)
        shown = [(step, step.changes(ctx.locale)) for step in steps]
        return ctx.page("guidelines/history.html", shared=True, steps=shown)

    @get("/{number:int}/changes", sync_to_thread=True)
    def changes(self, ctx: NamedDependency[Ctx], number: FromPath[int]) -> Html:
        """What a version changed, word by word, in the reader's language. Raises NotFound."""
        with ctx.db.read() as session:
            ctx.actor(session), ctx.house(session)
            found = queries.version(session, number)
            before = queries.before(session, found)
        locale = ctx.locale
        pieces = compare(before.source(locale), found.source(locale)) if before else []
        return ctx.page(
            "guidelines/changes.html", shared=True, it=found, state=found.state(ctx.now), before=before,
            pieces=pieces, same=all(piece.kind == "same" for piece in pieces), summary=found.changes(locale),
        )  # fmt: skip

    @post("/{number:int}/acknowledge", sync_to_thread=True)
    def acknowledge(self, ctx: NamedDependency[Ctx], number: FromPath[int]) -> Html:
        """A member has read them. Raises SignInNeeded, NotFound, Conflict."""
        with ctx.db.write() as session:
            domain.acknowledge(session, actor=ctx.actor(session), number=number, now=ctx.now)
        ctx.flash(N_("Noted: you have read the new guidelines."))
        return ctx.go(ctx.next(f"/guidelines/{number}"))

    @get("/markdown", sync_to_thread=True)
    def markdown(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """Every thing that can be written, as typed and as shown."""
        samples = []
        for number, (title, source) in enumerate(SAMPLES):
            words = ctx.say(source)
            html = Markup(cook(words, anchor=f"sample{number}").html)  # noqa: S704  sanitised by cook
            samples.append((ctx.say(title), words, html))
        return ctx.page("guidelines/markdown.html", shared=True, samples=samples)
