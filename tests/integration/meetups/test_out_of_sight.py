"""A meetup whose thread goes: never without a word to those who want to come."""

import pytest
from sqlalchemy import select

from forum.errors import Forbidden
from forum.meetups import domain
from forum.meetups.models import Meetup, Occurrence
from forum.notifications.models import Notice
from forum.threads.domain import delete
from forum.threads.models import Post, Thread
from tests.support.meetups import meetup, say


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager")


def opening(make, made):
    with make.core.db.read() as session:
        return session.scalar(select(Post.id).where(Post.thread_id == made.thread_id, Post.number == 1))


def test_an_announcement_is_not_deleted_while_its_meetup_is_to_come(make, boss):
    made = meetup(make, boss)
    [date] = made.occurrence_ids
    anna = make.member("anna")
    say(make, anna, date)
    what = {"actor": boss, "post_id": opening(make, made)}
    with pytest.raises(Forbidden, match="Cancel the meetup first"), make.core.db.write() as session:
        delete(session, now=make.now, **what)
    with make.core.db.write() as session:
        domain.cancel_occurrence(session, actor=boss, occurrence_id=date, reason="Rain.", now=make.now)
    make.drain()
    with make.core.db.write() as session:
        delete(session, now=make.now, **what)
        assert session.get_one(Thread, made.thread_id).state == "deleted"
    with make.core.db.read() as session:
        assert session.scalars(select(Notice.kind).where(Notice.member_id == anna.id)).all() == ["meetup_cancelled"]


def test_an_announcement_goes_when_its_meetup_is_over(make, boss, clock):
    made = meetup(make, boss)
    clock.forward(days=8)
    with make.core.db.write() as session:
        delete(session, actor=boss, post_id=opening(make, made), now=clock.now)


@pytest.mark.parametrize("role", ["manager", "member"])
def test_a_date_whose_thread_was_hidden_is_cancelled_all_the_same(make, boss, role):
    """By the manager, and by the author of the thread while they may still open it."""
    host = make.member("nadia", role=role)
    made = meetup(make, boss)
    [date] = made.occurrence_ids
    with make.core.db.write() as session:
        thread = session.get_one(Thread, made.thread_id)
        thread.state, thread.author_id = "hidden", host.id
        session.get_one(Meetup, made.id).author_id = host.id
    browser = make.browser(host)
    assert browser.get(f"/occurrences/{date}/cancel").status_code == 200
    assert browser.post(f"/occurrences/{date}/cancel", {"reason": "Rain."}, follow=True).status_code == 200
    assert make.get(Occurrence, date).status == "cancelled"
    assert make.browser(make.member()).get(f"/occurrences/{date}/cancel").status_code == 404
