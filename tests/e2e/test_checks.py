"""What `Person.check` promises: it finds what is wrong, on a page that was found good a moment ago too."""

import pytest

from tests.e2e.conftest import People
from tests.e2e.support.person import Person

PALE = "main h1, main label { color: #ddd !important }"


def dress(person: Person, rules: str) -> None:
    """Lay style rules of our own over the open page; the last ones go."""
    lay = "rules => { const it = new CSSStyleSheet(); it.replaceSync(rules); document.adoptedStyleSheets = [it]; }"
    person.page.evaluate(lay, rules)


@pytest.mark.slow
def test_ink_that_pales_is_found_each_time_it_is_seen(people: People) -> None:
    person = people("nina").goto("/login")
    person.views = [(1280, "light")]
    person.check()
    for _ in range(2):
        dress(person, PALE)
        with pytest.raises(AssertionError, match="color-contrast"):
            person.check()
        dress(person, "")
        person.check()


def test_paper_that_darkens_is_found(people: People) -> None:
    person = people("nina").goto("/login")
    person.views = [(360, "light")]
    person.check()
    dress(person, "main { background: #333 }")
    with pytest.raises(AssertionError, match="color-contrast"):
        person.check()


@pytest.mark.slow
def test_the_other_scheme_is_judged_by_itself(people: People) -> None:
    person = people("nina").goto("/login")
    dress(person, "@media (prefers-color-scheme: dark) { main h1 { color: #111 !important } }")
    person.views = [(1280, "light")]
    person.check()
    person.views = [(1280, "light"), (1280, "dark")]
    with pytest.raises(AssertionError, match="1280 px, dark"):
        person.check()


@pytest.mark.slow
def test_names_and_sizes_are_judged_every_time(people: People) -> None:
    person = people("nina").goto("/login")
    person.views = [(1280, "light")]
    person.check()
    person.page.evaluate("document.querySelectorAll('main label').forEach(label => label.remove())")
    with pytest.raises(AssertionError, match="label"):
        person.check()
