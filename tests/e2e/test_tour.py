"""A walk through the whole demo, in every role and both languages; `make pictures` leaves pictures in var/shots."""

import os
import re
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urldefrag, urlsplit

import httpx
import pytest

from tests.e2e.conftest import People
from tests.e2e.support.house import House
from tests.e2e.support.person import DESK, GLANCE, PHONE, THOROUGH, Person

ROLES = {"guest": "", "member": "renzo.g", "moderator": "nadia.f", "admin": "teo.b"}
BELOW = {"member": "guest", "moderator": "member", "admin": "moderator"}
"""What may open a page too: its own tour examines that page in every light, this one in the next."""
LANGUAGES = {"en": "en-GB", "it": "it-IT"}
PICTURES = bool(os.environ.get("FORUM_PICTURES"))  # for people to look at: a third of the time goes there
SAMPLE = 1  # pages of one kind that are visited, in every light
WAYS = 2  # sets of filters of one page: each is a kind, and all of them together are more than there are stars
NAMES = re.compile(r"^/(?P<kind>u|c|tag)/[^/]+")
NUMBERS = re.compile(r"(?<=^/t)/\d+(/[a-z0-9-]+)?|/\d+(?=/|$)")
ELSEWHERE = re.compile(
    r"\.(atom|xml|ics|txt|json|css|js|svg|png|webp|jpg|csv)$|^/(static|uploads)/|^/api/(?!docs$)|^/p/\d+|/quote$"
)


def kind_of(path: str) -> str:
    """Pages of one kind look alike: "/t/12/title?page=2" → "/t/N?page"."""
    parts = urlsplit(path)
    plain = NUMBERS.sub("/N", NAMES.sub(r"/\g<kind>/X", parts.path))
    keys = sorted({pair.partition("=")[0] for pair in parts.query.split("&")} - {""})
    return plain + ("?" + "&".join(keys) if keys else "")


def links(person: Person) -> list[str]:
    """Where one can go on from the open page, without what leads elsewhere or is no page."""
    found = person.page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    ours = [urldefrag(link)[0].removeprefix(person.house.url) for link in found if link.startswith(person.house.url)]
    return [path or "/" for path in dict.fromkeys(ours) if not ELSEWHERE.search(urlsplit(path).path)]


def walk(person: Person, title: str, below: httpx.Client | None) -> tuple[Counter[str], list[str]]:
    """Follow every link, look at `SAMPLE` pages of each kind. Gives how many of each were seen, and what was wrong.

    `below`: somebody who may do less. In every light in Italian, whose words are the longer ones; in English in one
    light of a page, in turn (the journeys of each part are walked in all lights in both).
    """
    queue, known, seen, wrong = deque(["/"]), {"/"}, Counter[str](), list[str]()
    ways = Counter[str]()
    while queue:
        path = queue.popleft()
        kind = kind_of(path)
        page, _, filters = kind.partition("?")
        if seen[kind] >= SAMPLE or (filters and not seen[kind] and ways[page] >= WAYS):
            continue
        ways[page] += bool(filters) and not seen[kind]
        seen[kind] += 1
        shared = below is not None and below.get(path).status_code == 200
        thorough = person.locale == "it" and not shared
        person.views = () if not thorough else GLANCE if seen[kind] > 1 else THOROUGH
        try:
            view(person, path, "" if shared or seen[kind] > 1 else title)
        except AssertionError as error:  # go on: one walk shall tell everything
            wrong.append(f"{path}: {error}")
        fresh = [link for link in links(person) if link not in known]
        known.update(fresh)
        queue.extend(fresh)
    return seen, wrong


@contextmanager
def one_below(house: House, role: str) -> Iterator[httpx.Client | None]:
    """A client of the role below; none below a guest."""
    if role not in BELOW:
        yield None
        return
    name = ROLES[BELOW[role]]
    cookies = {"forum-session": house.make.session(house.known(name))} if name else {}
    with httpx.Client(base_url=house.url, cookies=cookies, timeout=30) as client:
        yield client


def view(person: Person, path: str, title: str) -> None:
    """One page: opened, examined, and pictured if it gets a `title`."""
    person.look("light", DESK)
    person.goto(path).check_steady()
    if title and PICTURES:
        name = re.sub(r"[^\w=]+", "-", unquote(kind_of(path))).strip("-") or "front"
        for width, scheme in ((PHONE, "dark"), (DESK, "light")):
            person.look(scheme, width)
            person.shot(f"{title}/{name}-{width}-{scheme}")
    person.check()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("role", "language"),
    # who opens every page there is, and who signs in to none, in both: what a role opens is no matter of language
    [(role, language) for role in ROLES for language in LANGUAGES if language == "it" or role in {"guest", "admin"}],
)
def test_the_whole_house(people: People, house: House, role: str, language: str) -> None:
    person = people(role, language=LANGUAGES[language])
    if ROLES[role]:
        actor = house.known(ROLES[role])
        house.speak(actor, language)
        person.sign_in_as(actor)
    with one_below(house, role) as other:
        seen, wrong = walk(person, f"{language}-{role}", other)
    assert not wrong, "\n".join(wrong)
    assert len(seen) > 10, seen
    assert person.page.locator("html").get_attribute("lang") == language
