"""The macros of templates/ui: what they promise to pages."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest
from jinja2 import Environment

from forum.kit.jinja import environment

ATTACK = "\"><script>alert(1)</script>'&"


@pytest.fixture(scope="module")
def env() -> Environment:
    return environment("en", static=lambda name: f"/static/x/{name}")


def render(env: Environment, source: str, **context: object) -> str:
    return env.from_string('{% import "ui/ui.html" as ui %}' + source).render(context)


class Tags(HTMLParser):
    """Start tags with their attributes, in order."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def one(self, tag: str) -> dict[str, str | None]:
        return next(attrs for name, attrs in self.found if name == tag)


@dataclass(frozen=True)
class Person:
    name: str = "nadia.f"
    display_name: str = "Nadia Ferrusi"
    initials: str = "NF"
    tone: int = 3
    avatar_url: str | None = None
    role: str = "member"


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [
        (1, 1, ""),
        (1, 2, "[1] 2"),
        (1, 5, "[1] 2 … 5"),
        (3, 5, "1 2 [3] 4 5"),
        (4, 7, "1 2 3 [4] 5 6 7"),
        (5, 9, "1 … 4 [5] 6 … 9"),
        (500, 500, "1 … 499 [500]"),
    ],
)
def test_pages_show_ends_and_neighbours(env: Environment, page: int, pages: int, shown: str) -> None:
    html = render(env, '{{ ui.pages(page, pages, "/t/1/x?page={page}", "Pages", "/t/1/x") }}', page=page, pages=pages)
    items = re.findall(r"<li.*?</li>", html, re.DOTALL)
    words = ["[%s]" if "aria-current" in item else "%s" for item in items]
    numbers = [re.sub(r"<[^>]+>|Page", "", item).strip() for item in items]
    assert " ".join(word % number for word, number in zip(words, numbers, strict=True)) == shown


def test_page_steps_are_real_links(env: Environment) -> None:
    html = render(env, '{{ ui.pages(2, 9, "/t/1/x?page={page}", "Pages", "/t/1/x") }}')
    assert '<a class="button button--quiet" rel="prev" href="/t/1/x">' in html
    assert 'rel="next" href="/t/1/x?page=3"' in html


def test_field_ties_label_hint_and_error_together(env: Environment) -> None:
    tags = Tags(render(env, '{{ ui.field("email", "E-mail", hint="h", error="e", prefix="a-") }}'))
    control = tags.one("input")
    ids = {attrs.get("id") for _, attrs in tags.found}
    assert tags.one("label")["for"] == control["id"] == "a-email"
    assert set((control["aria-describedby"] or "").split()) <= ids
    assert control["aria-invalid"] == "true"


def test_field_without_error_is_not_invalid(env: Environment) -> None:
    assert "aria-invalid" not in render(env, '{{ ui.field("email", "E-mail") }}')


@pytest.mark.parametrize(
    "call",
    [
        'ui.field("n", a, a, a, a, attrs={"placeholder": a})',
        'ui.textarea("n", a, a, a, a)',
        'ui.select("n", a, [(a, a)], a)',
        'ui.choice("n", a, [(a, a)], a, a, a)',
        'ui.radios("n", a, [(a, a, a)], a, a, a)',
        'ui.check("n", a, hint=a, error=a)',
        'ui.composer("n", a, a, a, a, draft=a, preview_url=a)',
        'ui.notice("bad", a, a)',
        'ui.error_summary({"n": a}, {"n": a})',
        'ui.blank("edit", a, a)',
        "ui.crumbs([(a, a)])",
        "ui.tabs([(a, a, True)], a)",
        "ui.tag(a, href=a)",
        "ui.pages(2, 3, a, a)",
        "ui.pager(a, a, a, a)",
        "ui.button(a, href=a)",
        "ui.avatar(who)",
        "ui.name(who)",
        "ui.role(staff, a)",
        "ui.swatch(a)",
        "ui.icon(a, a)",
    ],
)
def test_macros_escape_what_they_are_given(env: Environment, call: str) -> None:
    who = Person(name=ATTACK, display_name=ATTACK, initials=ATTACK, avatar_url=ATTACK)
    html = render(env, "{{ " + call + " }}", a=ATTACK, who=who, staff=Person(role="admin"))
    assert "<script" not in html
    assert html


@pytest.mark.parametrize(
    ("role", "square", "words"),
    [
        ("member", False, ""),
        ("team", False, "Internal team"),
        ("moderator", False, "Moderator"),
        ("manager", True, "Ventarola"),
        ("admin", True, "Ventarola"),
    ],
)
def test_shape_and_seal_come_from_the_role(env: Environment, role: str, square: bool, words: str) -> None:
    who = Person(role=role, display_name="Admin ✔ Staff")
    assert ("avatar--staff" in render(env, "{{ ui.avatar(who) }}", who=who)) is square
    said = re.sub(r"<[^>]+>", "", render(env, '{{ ui.role(who, "Ventarola") }}', who=who)).strip()
    assert said == words


def test_error_summary_links_to_fields_in_the_order_of_the_form(env: Environment) -> None:
    html = render(
        env, '{{ ui.error_summary({"b": "B!", "a": "A!", "": "All!"}, {"a": "Aa", "b": "Bb"}, prefix="p-") }}'
    )
    places = [html.index(part) for part in ("All!", 'href="#p-a"', 'href="#p-b"')]
    assert places == sorted(places)
    assert 'role="alert"' in html
    assert "3 things to mend" in html
    assert render(env, "{{ ui.error_summary({}) }}").strip() == ""


def test_text_box_keeps_a_leading_blank_line(env: Environment) -> None:
    # HTML drops the first line break after <textarea>; the macro must give it one to drop.
    assert re.search(r"<textarea[^>]*>\n\nbody</textarea>", render(env, '{{ ui.textarea("n", "N", "\\nbody") }}'))


def test_preview_works_without_scripts(env: Environment) -> None:
    tags = Tags(render(env, '{{ ui.composer("body", "Text", preview_url="/p") }}'))
    preview = next(attrs for name, attrs in tags.found if name == "button" and "data-preview" in attrs)
    assert preview["type"] == "submit"
    assert preview["formaction"] == "/p"
    assert "formnovalidate" in preview
    assert all("hidden" in attrs for _, attrs in tags.found if attrs.get("role") == "toolbar" or "data-write" in attrs)
