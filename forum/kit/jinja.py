"""Jinja environments, one per language: strict, autoescaped, with the house's filters."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    Template,
    nodes,
    pass_context,
    select_autoescape,
)
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.visitor import NodeTransformer

from forum.kit import dates
from forum.kit.i18n import catalog, translate
from forum.kit.mail import defang
from forum.kit.people import initials, tone

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates"


@pass_context
def _ago(context: Context, at: datetime) -> str:
    frame = context["frame"]
    return dates.ago(at, now=frame.now, locale=frame.locale, timezone=frame.timezone)


@pass_context
def _day(context: Context, at: datetime) -> str:
    frame = context["frame"]
    return dates.day(at, now=frame.now, locale=frame.locale, timezone=frame.timezone)


@pass_context
def _weekday(context: Context, at: datetime) -> str:
    frame = context["frame"]
    return dates.weekday(at, now=frame.now, locale=frame.locale, timezone=frame.timezone)


@pass_context
def _moment(context: Context, at: datetime) -> str:
    frame = context["frame"]
    return dates.moment(at, now=frame.now, locale=frame.locale, timezone=frame.timezone)


@pass_context
def _full(context: Context, at: datetime) -> str:
    frame = context["frame"]
    return dates.full(at, locale=frame.locale, timezone=frame.timezone)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class _Constants(NodeTransformer):
    """Puts results in place of what is known when a template is compiled, so that it costs nothing later.

    `_("words")` becomes its translation. A call of an imported macro whose arguments are all constants becomes the
    markup it gives: macros imported without context see nothing but their arguments.
    """

    def __init__(self, env: "_Environment", name: str | None) -> None:
        """`name`: of the template, which decides whether it is escaped."""
        self.env, self.eval = env, nodes.EvalContext(env, name)
        self.modules: dict[str, str] = {}
        self.macros: dict[str, tuple[str, str]] = {}

    def visit_Import(self, node: nodes.Import) -> nodes.Node:  # noqa: N802  the visitor's naming
        """`{% import "ui/ui.html" as ui %}`."""
        if isinstance(node.template, nodes.Const) and not node.with_context:
            self.modules[node.target] = node.template.value
        return node

    def visit_FromImport(self, node: nodes.FromImport) -> nodes.Node:  # noqa: N802  the visitor's naming
        """`{% from "ui/icon.html" import icon %}`."""
        if isinstance(node.template, nodes.Const) and not node.with_context:
            for each in node.names:
                name, alias = (each, each) if isinstance(each, str) else each
                self.macros[alias] = (node.template.value, name)
        return node

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802  the visitor's naming
        """`{% call ui.notice(…) %}` stays a call, for it is given a body; its arguments and the body are looked at."""
        call, node.call = node.call, nodes.Call(nodes.Name("caller", "load"), [], [], None, None)
        self.generic_visit(node)
        self.generic_visit(call)
        node.call = call
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  the visitor's naming
        """A call with constants alone; any other stays a call."""
        self.generic_visit(node)
        if node.dyn_args or node.dyn_kwargs:
            return node
        try:
            args = [arg.as_const(self.eval) for arg in node.args]
            named = {pair.key: pair.value.as_const(self.eval) for pair in node.kwargs}
        except nodes.Impossible:
            return node
        found = self._translated(node, args) if not named else None
        if found is None and not self.env.auto_reload:
            found = self._made(node, args, named)
        return node if found is None else nodes.MarkSafeIfAutoescape(nodes.Const(str(found)), lineno=node.lineno)

    def _translated(self, node: nodes.Call, args: list[Any]) -> str | None:
        if isinstance(node.node, nodes.Name) and node.node.name in {"_", "gettext"} and len(args) == 1:
            return str(catalog(self.env.locale).gettext(args[0]) % {})
        return None

    def _made(self, node: nodes.Call, args: list[Any], named: dict[str, Any]) -> str | None:
        called, where = node.node, None
        if isinstance(called, nodes.Name):
            where = self.macros.get(called.name)
        elif isinstance(called, nodes.Getattr) and isinstance(called.node, nodes.Name):
            module = self.modules.get(called.node.name)
            where = (module, called.attr) if module else None
        if where is None:
            return None
        macro = getattr(self.env.get_template(where[0]).module, where[1], None)
        return str(macro(*args, **named)) if isinstance(macro, Macro) else None


class _Template(Template):
    """A template of ours."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """An imported module sees the environment's globals; ours never get others to be looked for at each import."""
        return super()._get_default_module()


class _Environment(Environment):
    """An environment of one language."""

    locale = "en"
    template_class = _Template

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Constants(self, name).visit(super()._parse(source, name, filename))
        return tree.set_environment(self)  # type: ignore[return-value]


def environment(locale: str, *, static: Callable[[str], str], reload: bool = False) -> Environment:
    """The environment of one language. `static("css/app.css")` gives a file's address."""
    env = _Environment(
        loader=FileSystemLoader(TEMPLATES),
        # all but the plain half of mails, which is no HTML
        autoescape=select_autoescape(disabled_extensions=("txt",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        cache_size=400,
    )
    env.locale = locale
    env.install_gettext_translations(catalog(locale), newstyle=True)  # type: ignore[attr-defined]
    env.globals.update(static=static, initials=initials)
    env.filters.update(
        ago=_ago, day=_day, weekday=_weekday, moment=_moment, full=_full, iso=_iso, tone=tone, initials=initials,
        defang=defang, num=lambda value: dates.number(value, locale), say=lambda message: translate(message, locale),
    )  # fmt: skip
    return env


class Templates:
    """The environments of all languages."""

    def __init__(self, *, static: Callable[[str], str], reload: bool = False) -> None:
        """Environments are made at first use."""
        self._make = cache(lambda locale: environment(locale, static=static, reload=reload))

    def render(self, locale: str, name: str, context: dict[str, Any]) -> str:
        """Template `name` in the words of `locale`. Raises jinja2.UndefinedError for a name left out."""
        return self._make(locale).get_template(name).render(context)
