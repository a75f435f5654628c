"""The lexicon as a page: what the signal reads by, to be looked at and changed by managers."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.db import MAX_ID
from forum.errors import Conflict, Invalid, NotFound
from forum.feedback.polarity import domain, queries
from forum.feedback.polarity.lexicon import LANGUAGES, Lexicon
from forum.feedback.polarity.score import Score, score
from forum.feedback.queries import evidence
from forum.kit.i18n import N_, Message
from forum.policy.feedback import require_collect
from forum.web.ctx import Ctx

Html = Response[bytes]
HERE = "/feedback/lexicon"
NAMES = {"it": N_("Italian"), "en": N_("English"), "any": N_("Signs and emoji")}
SHOWN = 400
LONGEST_TRY = 2000


class WordForm(msgspec.Struct):
    """A word and its value. `take`: out with it."""

    locale: str = ""
    term: str = ""
    value: str = ""
    note: str = ""
    version: str = ""
    take: str = ""


class LexiconQuery(msgspec.Struct):
    """What is shown. `text`: a sentence to try."""

    locale: str = "it"
    find: str = ""
    text: str = ""


class SidePolarity(msgspec.Struct):
    """-1, 0, 1, or empty for the lexicon."""

    value: str = ""


class Lexicons(Controller):
    """`/feedback/lexicon`."""

    include_in_schema = False

    @get(HERE, sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx]) -> Html:
        """The words of one language, strongest first, the versions, and a sentence to try."""
        return self._page(ctx, WordForm())

    @post(HERE, sync_to_thread=True)
    def save(self, ctx: NamedDependency[Ctx]) -> Html:
        """A new version."""
        form = ctx.form(WordForm)
        try:
            with ctx.db.write() as session:
                actor = ctx.actor(session)
                require_collect(actor)
                number = domain.change_word(session, actor=actor, change=_change(form), now=ctx.now)
        except Invalid as error:
            return self._page(ctx, form, error.fields, status=422)
        except Conflict as error:
            return self._page(ctx, form, {"": error.message}, status=409)
        ctx.flash(N_("Saved as a new version. Summaries that are made from now on cite it."))
        return ctx.go(f"{HERE}?locale={form.locale if form.locale in LANGUAGES else 'it'}#version-{number}")

    @post(f"{HERE}/{{number:int}}/revert", sync_to_thread=True)
    def revert(self, ctx: NamedDependency[Ctx], number: FromPath[int]) -> Html:
        """An old version's words again."""
        with ctx.db.write() as session:
            domain.revert(session, actor=ctx.actor(session), number=_known(number), now=ctx.now)
        ctx.flash(N_("The words of that version hold again, as a new one."))
        return ctx.go(HERE)

    def _page(
        self, ctx: Ctx, form: WordForm, fields: dict[str, Message] | None = None, *, status: int = 200
    ) -> Html:  # fmt: skip
        asked = ctx.query(LexiconQuery)
        with ctx.db.read() as session:
            require_collect(ctx.actor(session))
            lexicon, versions = queries.current(session), queries.versions(session)
        locale = form.locale if form.locale in LANGUAGES else asked.locale if asked.locale in LANGUAGES else "it"
        rows = _rows(lexicon, locale, asked.find)
        tried: Score | None = score(asked.text[:LONGEST_TRY], "", lexicon) if asked.text.strip() else None
        context: dict[str, Any] = {
            "lexicon": lexicon, "versions": versions, "rows": rows[:SHOWN], "more": max(0, len(rows) - SHOWN),
            "locale": locale, "find": asked.find, "text": asked.text[:LONGEST_TRY], "tried": tried, "values": form,
            "languages": [(key, ctx.say(label), len(lexicon.words.get(key, {}))) for key, label in NAMES.items()],
            "errors": {name: ctx.say(text) for name, text in (fields or {}).items()},
        }  # fmt: skip
        return ctx.page("feedback/mine_lexicon.html", status=status, **context)


class Corrections(Controller):
    """What a person reads in a piece of evidence."""

    include_in_schema = False

    @get("/feedback/evidence/{evidence_id:int}/polarity", sync_to_thread=True)
    def show(self, ctx: NamedDependency[Ctx], evidence_id: FromPath[int]) -> Html:
        """The words, what was found in them, and the choice."""
        with ctx.db.read() as session:
            actor = ctx.actor(session)
            require_collect(actor)
            item_id = queries.item_of(session, _known(evidence_id))
            found = evidence(session, actor, [item_id], after=evidence_id - 1, limit=1)[item_id]
            read = queries.of_evidence(session, [evidence_id]).get(evidence_id)
        if read is None or not found or not found[0].quote:
            raise NotFound()
        return ctx.page("feedback/mine_polarity.html", words=found[0], read=read)

    @post("/feedback/evidence/{evidence_id:int}/polarity", sync_to_thread=True)
    def save(self, ctx: NamedDependency[Ctx], evidence_id: FromPath[int]) -> Html:
        """It wins over the lexicon."""
        sent = ctx.form(SidePolarity).value
        with ctx.db.write() as session:
            actor = ctx.actor(session)
            require_collect(actor)
            if sent not in {"", "-1", "0", "1"}:
                raise Invalid({"value": N_("Choose one of these.")})
            value = int(sent) if sent else None
            domain.override(session, actor=actor, evidence_id=_known(evidence_id), value=value, now=ctx.now)
        ctx.flash(N_("Saved."))
        return ctx.go(ctx.next("/feedback"))


def _rows(lexicon: Lexicon, locale: str, find: str) -> list[tuple[str, int]]:
    sought = find.strip().lower()
    terms = [it for it in lexicon.words.get(locale, {}).items() if sought in it[0]]
    return sorted(terms, key=lambda it: (-abs(it[1]), -it[1], it[0]))


def _change(form: WordForm) -> domain.WordChange:
    """Raises Invalid."""
    version = int(form.version) if form.version.isascii() and form.version.isdigit() and len(form.version) < 9 else 0
    if form.take:
        return domain.WordChange(form.locale, form.term, None, form.note, version)
    sent = form.value.strip().replace("−", "-")
    if sent not in {"-3", "-2", "-1", "1", "2", "3"}:
        raise Invalid({"value": N_("From −3 to 3, and not 0.")})
    return domain.WordChange(form.locale, form.term, int(sent), form.note, version)


def _known(row_id: int) -> int:
    if not 0 < row_id <= MAX_ID:
        raise NotFound()
    return row_id


CONTROLLERS: list[Any] = [Lexicons, Corrections]
