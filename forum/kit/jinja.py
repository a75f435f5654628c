"""Jinja environments, one per language: strict, autoescaped, with the house's filters."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, nodes, pass_context, select_autoescape
from jinja2.runtime import Context
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


class _Translator(NodeTransformer):
    """Puts the translation in place of `_("words")`: what is known when a template is compiled costs nothing later."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802  the visitor's naming
        """`_("…")` alone; with parameters it stays a call."""
        self.generic_visit(node)
        plain = isinstance(node.node, nodes.Name) and node.node.name in {"_", "gettext"} and not node.kwargs
        if (
            not plain
            or len(node.args) != 1
            or node.dyn_args
            or node.dyn_kwargs
            or not isinstance(node.args[0], nodes.Const)
        ):
            return node
        words = catalog(self.locale).gettext(node.args[0].value) % {}
        return nodes.MarkSafeIfAutoescape(nodes.Const(words), lineno=node.lineno)


class _Environment(Environment):
    """An environment of one language."""

    locale = "en"

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = _Translator(self.locale).visit(super()._parse(source, name, filename))
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
