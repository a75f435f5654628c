"""`/manage/prevention`: what each phase does, and the watched words."""

from datetime import timedelta
from typing import Any

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.kit.i18n import N_, NN_, Message, Text
from forum.kit.slugs import slugify
from forum.policy.actors import require_manager
from forum.prevention import domain, queries
from forum.prevention.forms import SettingsForm, TryForm, WordsForm, settings_form
from forum.prevention.phases import PHASES
from forum.prevention.rules import Word
from forum.prevention.verdicts import MODES
from forum.prevention.words import ACTION_WORDS, KIND_WORDS, MODE_MEANINGS, MODE_WORDS
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/manage/prevention"
FIGURES_OF = timedelta(days=30)


class Prevention(Controller):
    """The page of what looks at new texts."""

    path = HERE
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """Phases, their figures, the words. Raises SignInNeeded, Forbidden."""
        return _page(ctx)

    @post("/", sync_to_thread=True)
    def update(self, ctx: NamedDependency[Ctx]) -> Html:
        """Set what the phases do. Raises SignInNeeded, Forbidden."""
        form = settings_form(ctx.visit.form or {})
        try:
            with ctx.db.write() as session:
                house = ctx.house(session)
                domain.change(
                    session, actor=ctx.actor(session), modes=form.modes, options=form.options,
                    first_read=[one for one in form.first_read if house.by_id(one)], version=form.version, now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, form=form, errors=error.fields, status=422)
        except Conflict as error:
            return _page(ctx, stale=error.message, status=409)
        ctx.flash(N_("Saved."))
        return ctx.go(HERE)

    @post("/words", sync_to_thread=True)
    def add(self, ctx: NamedDependency[Ctx]) -> Html:
        """Watch for more words. Raises SignInNeeded, Forbidden."""
        form = ctx.form(WordsForm)
        try:
            with ctx.db.write() as session:
                added = domain.add_words(
                    session, actor=ctx.actor(session), texts=form.texts, action=form.action, kind=form.kind,
                    tag=slugify(form.tag) if form.tag.strip() else "", now=ctx.now,
                )  # fmt: skip
        except Invalid as error:
            return _page(ctx, words_form=form, word_errors=error.fields, status=422)
        one, many = NN_("%(n)s word is new on the list.", "%(n)s words are new on the list.")
        ctx.flash(Text(one, {"n": added}, many))
        return ctx.go(f"{HERE}#words")

    @post("/words/{word_id:int}/remove", sync_to_thread=True)
    def remove(self, ctx: NamedDependency[Ctx], word_id: FromPath[int]) -> Html:
        """Stop watching for a word. Raises SignInNeeded, Forbidden, NotFound."""
        with ctx.db.write() as session:
            text = domain.remove_word(session, actor=ctx.actor(session), word_id=word_id, now=ctx.now)
        ctx.flash(Text(N_("“%(text)s” is off the list."), {"text": text}))
        return ctx.go(f"{HERE}#words")

    @post("/try", sync_to_thread=True)
    def attempt(self, ctx: NamedDependency[Ctx]) -> Html:
        """Which words of the list a text holds; nothing is kept of it. Raises SignInNeeded, Forbidden."""
        form = ctx.form(TryForm)
        with ctx.db.read() as session:
            require_manager(ctx.actor(session))
            found = domain.try_out(session, form.sample[:32_000])
        return _page(ctx, sample=form.sample, found=found)


def _page(
    ctx: Ctx, *, form: SettingsForm | None = None, errors: dict[str, Message] | None = None, stale: Message = "",
    words_form: WordsForm | None = None, word_errors: dict[str, Message] | None = None, sample: str = "",
    found: list[Word] | None = None, status: int = 200,
) -> Html:  # fmt: skip
    with ctx.db.read() as session:
        require_manager(ctx.actor(session))
        row, house = queries.settings(session), ctx.house(session)
        figures = queries.figures(session, ctx.now - FIGURES_OF)
        words, learned = queries.words(session), queries.learned(session)
    if form is None:
        form = SettingsForm(
            dict(row.modes) if row else {}, {key: str(value) for key, value in (row.options if row else {}).items()},
            list(row.first_read) if row else [], row.version if row else 1,
        )  # fmt: skip
    context: dict[str, Any] = {
        "phases": PHASES, "chosen": form, "figures": figures, "nothing": queries.Figures(), "learned": learned,
        "words": words, "categories": house.categories, "sample": sample, "found": found,
        "stale": ctx.say(stale) if stale else "", "values": words_form or WordsForm(),
        "errors": {name: ctx.say(text) for name, text in (errors or {}).items()},
        "word_errors": {name: ctx.say(text) for name, text in (word_errors or {}).items()},
        "modes": [(mode, ctx.say(MODE_WORDS[mode])) for mode in MODES], "meanings": MODE_MEANINGS,
        "actions": [(name, ctx.say(text)) for name, text in ACTION_WORDS.items()],
        "kinds": [(name, ctx.say(text)) for name, text in KIND_WORDS.items()], "action_words": ACTION_WORDS,
    }  # fmt: skip
    return ctx.page("prevention/settings.html", status=status, **context)


CONTROLLERS = [Prevention]
