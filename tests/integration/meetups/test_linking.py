"""A meetup that is announced in a thread that is there: somebody proposed it, and people talk about it already."""

import re

import pytest
from sqlalchemy import select

from forum.meetups import domain
from forum.meetups.domain import NewChapter
from forum.meetups.models import Meetup
from forum.threads.models import Thread
from tests.support.meetups import meetup

LINK = "Announce a meetup here"


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager")


def filled(text, **more):
    """The form of the page, as it was given out, with what must be chosen."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
    values = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', text)[1] for name in ("title", "day")}
    form = {"start": "19:00", "end": "21:00", "timezone": "Europe/Rome", "place": "new", "place_name": "Molino Vecchio"}
    chosen = re.search(r'name="chapter".*?value="([\w-]+)" selected', text, re.DOTALL)
    return {**hidden, **values, **form, "chapter": chosen[1] if chosen else "", **more}


def test_a_thread_that_is_there_announces_a_meetup_once(make, boss):
    proposal = make.thread(make.member(), title="Giro dei mulini")
    make.reply(make.member(), proposal.thread_id)
    browser = make.browser(boss)
    thread = browser.get(f"/t/{proposal.thread_id}/giro-dei-mulini").text
    url = f"/meetups/new?thread={proposal.thread_id}"
    assert LINK in thread and url in thread
    page = browser.get(url).text
    assert 'name="body"' not in page and 'name="category"' not in page and "Giro dei mulini</a>" in page
    form = filled(page)
    bad = browser.post("/meetups/new", {**form, "start": "25:99"})
    assert bad.status_code == 422 and f'name="thread" value="{proposal.thread_id}"' in bad.text
    made, again = (browser.post("/meetups/new", form) for _ in range(2))
    assert made.status_code == 303 and made.headers["location"] == again.headers["location"]
    with make.core.db.read() as session:
        [row] = session.scalars(select(Meetup)).all()
        assert (row.thread_id, row.title) == (proposal.thread_id, "Giro dei mulini")
        assert len(session.scalars(select(Thread)).all()) == 1, "no thread was opened for it"
    assert "Molino Vecchio" in browser.get(f"/t/{proposal.thread_id}/giro-dei-mulini").text
    with make.core.db.write() as session:
        domain.cancel_series(session, actor=boss, meetup_id=row.id, reason="Rain.", now=make.now)
    assert browser.post("/meetups/new", form).headers["location"] != made.headers["location"], "it was called off"


def test_a_host_announces_in_a_thread_of_their_own(make, boss):
    nadia = make.member("nadia")
    place = make.category("lodi")
    own, other = make.thread(nadia, place, title="Giro mio"), make.thread(make.member(), place, title="Altro giro")
    browser = make.browser(nadia)
    assert LINK not in browser.get(f"/t/{own.thread_id}/giro-mio").text, "a plain member announces nothing"
    with make.core.db.write() as session:
        group = NewChapter("Lodi", place, hosts=("nadia",))
        slug = domain.save_chapter(session, actor=boss, chapter=group, now=make.now).slug
    assert LINK in browser.get(f"/t/{own.thread_id}/giro-mio").text
    assert LINK not in browser.get(f"/t/{other.thread_id}/altro-giro").text
    assert browser.get(f"/meetups/new?thread={other.thread_id}").status_code == 404
    form = filled(browser.get(f"/meetups/new?thread={own.thread_id}").text)
    assert form["chapter"] == slug, "without it they would not be heard"
    refused = browser.post("/meetups/new", {**form, "thread": str(other.thread_id)})
    assert refused.status_code == 422 and "Only who opened a thread" in refused.text
    assert browser.post("/meetups/new", form).status_code == 303
    make.state(own, "hidden", thread=True)
    assert LINK not in browser.get(f"/t/{own.thread_id}/giro-mio").text
    assert browser.get(f"/meetups/new?thread={own.thread_id}").status_code == 404


def test_one_form_for_one_thread_announces_another_meetup_beside_the_first(make, boss):
    first = meetup(make, boss)
    second = meetup(make, boss, thread_id=first.thread_id, title="Seconda officina")
    assert second.thread_id == first.thread_id and second.id != first.id
