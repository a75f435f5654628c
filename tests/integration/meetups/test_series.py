"""One tap for a whole series: only when it is asked for, ended by itself, and one mail about it."""

import re
from collections import Counter

import pytest
from sqlalchemy import select

from forum.meetups import domain
from forum.meetups.domain import Reply
from forum.meetups.models import Occurrence, Rsvp, StandingAnswer
from tests.support.meetups import meetup, say

WEEKS = "FREQ=WEEKLY;COUNT=4"


@pytest.fixture
def host(make):
    return make.member("livia", role="manager", display_name="Livia Oresti")


def answers(make, who):
    """Of one member, in the order of time."""
    with make.core.db.read() as session:
        query = select(Rsvp.answer).join(Occurrence, Occurrence.id == Rsvp.occurrence_id)
        return session.scalars(query.where(Rsvp.member_id == who.id).order_by(Occurrence.starts_at)).all()


def standing(make):
    with make.core.db.read() as session:
        return {row[0]: row[1] for row in session.execute(select(StandingAnswer.member_id, StandingAnswer.answer))}


def for_all(make, who, ref, answer="yes", **more):
    with make.core.db.write() as session:
        return domain.answer_series(
            session, actor=who, meetup_id=ref.id, reply=Reply(answer, **more), now=make.now
        )  # fmt: skip


def form_of(text):
    """What a browser would send with the form beside the meetup, but for the button."""
    form = re.search(r'<form[^>]+action="/occurrences/\d+/answer".*?</form>', text, re.S)[0]
    boxes = re.findall(r'<input[^>]+type="checkbox"[^>]*>', form)
    ticked = {re.search(r'name="(\w+)"', box)[1]: "1" for box in boxes if re.search(r"\schecked", box)}
    assert any('name="series"' in box for box in boxes), "it can be asked for"
    return {"full": "1", **ticked}


# -- the page --------------------------------------------------------------------------------------------------------


def test_a_no_to_one_date_is_a_no_to_one_date(make, host):
    ref = meetup(make, host, rule=WEEKS)
    anna = make.member("anna")
    browser = make.browser(anna)
    url = f"/occurrences/{ref.occurrence_ids[0]}/answer"
    first = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    browser.post(url, {**form_of(first), "answer": "yes", "series": "1"})
    assert answers(make, anna) == ["yes"] * 4 and standing(make) == {anna.id: "yes"}
    again = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    browser.post(url, {**form_of(again), "answer": "no"})
    assert answers(make, anna) == ["no", "yes", "yes", "yes"] and standing(make) == {anna.id: "yes"}
    swapped = browser.post(url, {"full": "1", "answer": "no", "series": "1"}, htmx=True).text
    assert answers(make, anna) == ["no"] * 4 and standing(make) == {} and "series" not in form_of(swapped)


def test_a_standing_answer_is_shown_and_ended_by_itself(make, host):
    ref = meetup(make, host, rule=WEEKS)
    anna, bruno = make.member("anna"), make.member("bruno")
    for who in (anna, bruno):
        for_all(make, who, ref, "maybe")
    browser = make.browser(anna)
    text = browser.get(f"/meetups/{ref.id}/x", follow=True).text
    assert "You said perhaps to the whole series" in text
    action, back = re.search(r'action="(/meetups/\d+/standing)".*?name="next" value="([^"]+)"', text, re.S).groups()
    after = browser.post(action, {"next": back}, follow=True).text
    assert "Dates that are added no longer get your answer." in after and "to the whole series" not in after
    assert standing(make) == {bruno.id: "maybe"} and answers(make, anna) == ["maybe"] * 4
    browser.post(action, {}, follow=True)
    assert standing(make) == {bruno.id: "maybe"}, "again changes nothing, and nobody else's"
    assert "to the whole series" not in make.browser(host).get(f"/meetups/{ref.id}/x", follow=True).text


def test_the_date_before_ones_eyes_may_refuse_and_then_nothing_happens(make, host, clock):
    ref = meetup(make, host, rule=WEEKS)
    anna = make.member("anna")
    with make.core.db.write() as session:
        session.get_one(Occurrence, ref.occurrence_ids[0]).deadline_at = make.now
    clock.forward(minutes=1)
    browser = make.browser(anna)
    browser.get(f"/meetups/{ref.id}/x", follow=True)
    asked = {"answer": "yes", "full": "1", "series": "1"}
    late = browser.post(f"/occurrences/{ref.occurrence_ids[0]}/answer", asked)
    assert late.status_code == 409 and answers(make, anna) == [] and standing(make) == {}
    browser.post(f"/occurrences/{ref.occurrence_ids[1]}/answer", asked)
    assert answers(make, anna) == ["yes"] * 3 and standing(make) == {anna.id: "yes"}
