"""`/feedback/rules`: what is put into the inbox by itself."""

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from forum.errors import Conflict, Invalid
from forum.feedback import desk, domain, words
from forum.feedback.domain import NewRule
from forum.feedback.models import KINDS, MATCHES
from forum.feedback.web.shared import HERE, Html, collector, known, labels, say
from forum.kit.i18n import N_
from forum.web.ctx import Ctx

RULES = f"{HERE}/rules"


class RuleForm(msgspec.Struct):
    """A rule."""

    match: str = "tag"
    value: str = ""
    kind: str = ""


class Rules(Controller):
    """All of them."""

    path = RULES
    include_in_schema = False

    @get("/", sync_to_thread=True)
    def index(self, ctx: NamedDependency[Ctx]) -> Html:
        """The list, with a form. Raises SignInNeeded, Forbidden."""
        return _list(ctx, RuleForm())

    @post("/", sync_to_thread=True)
    def create(self, ctx: NamedDependency[Ctx]) -> Html:
        """A new one, at work at once. Raises SignInNeeded, Forbidden."""
        form = ctx.form(RuleForm)
        try:
            with ctx.db.write() as session:
                actor = collector(ctx, session)
                rule = NewRule(form.match, form.value, form.kind)
                domain.save_rule(session, actor=actor, rule=rule, now=ctx.now)
        except Invalid as error:
            return _list(ctx, form, say(ctx, error.fields), status=422)
        except Conflict as error:
            return _list(ctx, form, {"value": ctx.say(error.message)}, status=409)
        ctx.flash(N_("The rule is at work. It looks at what is written from now on."))
        return ctx.go(RULES)

    @post("/{rule_id:int}/stop", sync_to_thread=True)
    def stop(self, ctx: NamedDependency[Ctx], rule_id: FromPath[int]) -> Html:
        """Let it rest; what it found stays. Raises SignInNeeded, Forbidden, NotFound."""
        return self._set(ctx, rule_id, active=False)

    @post("/{rule_id:int}/start", sync_to_thread=True)
    def start(self, ctx: NamedDependency[Ctx], rule_id: FromPath[int]) -> Html:
        """Put it to work again. Raises SignInNeeded, Forbidden, NotFound."""
        return self._set(ctx, rule_id, active=True)

    @staticmethod
    def _set(ctx: Ctx, rule_id: int, *, active: bool) -> Html:
        with ctx.db.write() as session:
            actor = collector(ctx, session)
            domain.rule_active(session, actor=actor, rule_id=known(rule_id), active=active, now=ctx.now)
        ctx.flash(N_("The rule is at work again.") if active else N_("The rule rests. What it found stays."))
        return ctx.go(RULES)


def _list(ctx: Ctx, form: RuleForm, errors: dict[str, str] | None = None, *, status: int = 200) -> Html:
    with ctx.db.read() as session:
        actor = collector(ctx, session)
        rules = desk.rules(session, actor)
        ctx.house(session)
    return ctx.page(
        "feedback/rules.html", status=status, rules=rules, values=form, errors=errors or {}, words=words,
        matches=labels(ctx, words.MATCHES, MATCHES), kinds=labels(ctx, words.KINDS, KINDS),
    )  # fmt: skip


CONTROLLERS = [Rules]
