"""The house rules as they come with the software, and how to write Markdown here.

The rules become versioned, with notice periods and acknowledgement, with moderation; their address stays.
"""

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from markupsafe import Markup

from forum.kit.i18n import N_
from forum.kit.markdown import cook
from forum.web.ctx import Ctx

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
    def show(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """The house rules."""
        return ctx.page("guidelines/show.html", shared=True)

    @get("/markdown", sync_to_thread=True)
    def markdown(self, ctx: NamedDependency[Ctx]) -> Response[bytes]:
        """Every thing that can be written, as typed and as shown."""
        samples = []
        for number, (title, source) in enumerate(SAMPLES):
            words = ctx.say(source)
            html = Markup(cook(words, anchor=f"sample{number}").html)  # noqa: S704  sanitised by cook
            samples.append((ctx.say(title), words, html))
        return ctx.page("guidelines/markdown.html", shared=True, samples=samples)
