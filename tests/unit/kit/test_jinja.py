"""What is known when a template is compiled is put there then, and only that."""

from collections.abc import Callable

import pytest

from forum.kit.jinja import environment

HEAD = '{% import "ui/ui.html" as ui %}{% from "ui/icon.html" import icon as drawn %}'
CONSTANT = [
    '{{ _("Sign in") }}',
    '{{ ui.icon("bell") }}',
    '{{ drawn("bell", _("Notices")) }}',
    '{{ ui.notice("bad", _("That did not work"), alert=True) }}',
    '{{ ui.button(_("Join"), kind="primary", attrs={"data-x": "<"}) }}',
]


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def static(asked: list[str]) -> Callable[[str], str]:
    def address(name: str) -> str:
        asked.append(name)
        return f"/static/{name}"

    return address


@pytest.mark.parametrize("source", CONSTANT)
def test_a_constant_call_says_what_it_would_say_later(source: str, static: Callable[[str], str]) -> None:
    folded = environment("it", static=static)
    plain = environment("it", static=static, reload=True)  # macros stay calls there: their files may change
    assert folded.from_string(HEAD + source).render() == plain.from_string(HEAD + source).render() != ""


def test_a_constant_macro_runs_once(static: Callable[[str], str], asked: list[str]) -> None:
    template = environment("en", static=static).from_string(HEAD + '{{ ui.icon("bell") }}')
    asked.clear()
    assert "#i-bell" in template.render() and asked == []


def test_what_depends_on_the_page_stays_a_call(static: Callable[[str], str]) -> None:
    env = environment("en", static=static)
    template = env.from_string(HEAD + "{{ ui.icon(name) }}{% call ui.notice('info', 'A') %}{{ name }}{% endcall %}")
    assert "#i-bell" in template.render(name="bell") and "#i-&lt;" in template.render(name="<")


def test_a_macro_of_the_same_name_is_not_an_imported_one(static: Callable[[str], str]) -> None:
    env = environment("en", static=static)
    source = '{% macro icon(name) %}mine {{ name }} {{ who }}{% endmacro %}{{ icon("bell") }}'
    assert env.from_string(source).render(who="here") == "mine bell here"
