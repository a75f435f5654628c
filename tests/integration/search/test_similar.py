"""Threads about the same: while one writes a title, with and without scripts, and at the foot of a thread."""

import re

import pytest

from tests.support.search import index, lose, regain

UNKNOWN = "We could not look"
NOTHING = "Nothing like this yet"


@pytest.fixture
def world(make):
    make.nina = make.member("nina", role="moderator")  # whom no quota slows
    make.category("place")
    make.refs = [
        make.thread(make.nina, "place", title=title, body=body)
        for title, body in (
            ("Squealing disc brakes in the rain", "My brakes squeal when it rains, the pads are new."),
            ("Brakes squeal only when wet", "As soon as the rain comes the disc brakes squeal."),
            ("Best bread in Lodi", "Which bakery opens on Sundays?"),
        )
    ]
    for number in range(8):  # words that stand everywhere tell nothing: there must be an elsewhere
        make.thread(make.nina, "place", title=f"Ride number {number}", body=f"We met at the bridge, lap {number}.")
    index(make)
    return make


def test_a_fragment_while_one_types(world):
    browser = world.browser(world.nina)
    answer = browser.get("/search/similar?title=Disc+brakes+squeal+in+rain", htmx=True)
    assert answer.text.startswith('<div id="similar"') and "<html" not in answer.text
    assert "Squealing disc brakes" in answer.text and "Brakes squeal only" in answer.text
    assert "Best bread" not in answer.text
    assert browser.get("/search/similar?title=Di", htmx=True).text.strip() == '<div id="similar">\n</div>'


def test_without_scripts_nothing_typed_is_lost(world):
    browser = world.browser(world.nina)
    page = browser.get("/threads/new")
    assert 'formaction="/threads?similar=1"' in page.text
    form = {"title": "Disc brakes squeal", "category": "place", "body": "Many <words> so far.", "tags": "a, b"}
    answer = browser.post("/threads?similar=1", form)
    assert answer.status_code == 200 and "Brakes squeal only when wet" in answer.text
    assert "Many &lt;words&gt; so far." in answer.text and 'value="Disc brakes squeal"' in answer.text
    assert 'value="a, b"' in answer.text and re.search(r'<option value="place" selected', answer.text)
    for _ in range(60):  # asked too fast: the form comes back all the same
        answer = browser.post("/threads?similar=1", form)
    assert answer.status_code == 200 and "Many &lt;words&gt; so far." in answer.text
    assert UNKNOWN in answer.text and NOTHING not in answer.text, "nobody knows"
    answer = browser.get("/search/similar?title=Disc+brakes", htmx=True)
    assert UNKNOWN in answer.text and NOTHING not in answer.text
    assert UNKNOWN in browser.get("/threads/new?title=Disc+brakes").text


def test_what_is_not_known_is_not_said(world, client):
    foot, title = f"/search/similar/{world.refs[0].thread_id}", "/search/similar?title=Disc+brakes+squeal+in+rain"
    lose(world)
    for _ in range(2):  # an answer to a guest is kept, if it may be
        for link in (foot, title):
            for htmx in (True, False):
                answer = client.get(link, htmx=htmx)
                assert UNKNOWN in answer.text and NOTHING not in answer.text and "Nothing else here" not in answer.text
    regain(world)
    assert "Brakes squeal only when wet" in client.get(foot, htmx=True).text, "the failure was not kept"
    assert "Brakes squeal only when wet" in client.get(title, htmx=True).text
    assert NOTHING in client.get("/search/similar?title=Zanzibar+quetzal", htmx=True).text


def test_at_the_foot_of_a_thread(world, client):
    ref = world.refs[0]
    page = client.get(ref.url.partition("#")[0])
    link = f"/search/similar/{ref.thread_id}"
    assert f'hx-get="{link}"' in page.text and f'href="{link}"' in page.text
    for htmx in (True, False):
        answer = client.get(link, htmx=htmx)
        assert "Brakes squeal only when wet" in answer.text and "Best bread" not in answer.text
        assert ("<html" in answer.text) is not htmx
    assert "Squealing disc" not in client.get(link, htmx=True).text, "not itself"


def test_what_is_gone_is_gone_at_once(world, client):
    link = f"/search/similar/{world.refs[0].thread_id}"
    assert "only when wet" in client.get(link, htmx=True).text
    world.state(world.refs[1], "hidden", thread=True)
    assert "only when wet" not in client.get(link, htmx=True).text
    assert "only when wet" not in client.get("/search/similar?title=brakes+squeal+rain", htmx=True).text
    world.state(world.refs[0], "hidden", thread=True)
    assert client.get(link).status_code == 404
    assert client.get("/search/similar/99999999999999999999").status_code == 404
