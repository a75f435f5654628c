"""What a restricted member can still do: see, write, sign in, object."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from forum.accounts.models import SignIn
from forum.members.models import Member
from forum.moderation.domain import Act, appeal, decide, report, undo

WHY = {"reason": "harassment", "explanation": "Be kind."}


@pytest.fixture
def scene(make):
    bea, mod = make.member("bea"), make.member("mod", role="moderator")
    thread = make.thread(make.member("ada"), make.category("open"), title="An open thread")
    inner = make.thread(mod, make.category("inner", visibility="members"), title="For members")
    return {"bea": bea, "mod": mod, "thread": thread, "inner": inner}


def sanction(make, scene, action, days=7):
    until = make.now + timedelta(days=days) if days else None
    with make.core.db.write() as session:
        made = decide(
            session, actor=scene["mod"], act=Act(action=action, until=until, **WHY), target_type="member",
            target_id=scene["bea"].id, now=make.now,
        )  # fmt: skip
    return made.id


def write(browser, thread):
    browser.get("/settings")
    return browser.post(f"/threads/{thread.thread_id}/replies", {"body": "Hello"}).status_code


def test_silenced_reads_all_and_writes_nothing_until_it_ends(make, scene, clock):
    sanction(make, scene, "silence")
    browser = make.browser(scene["bea"])
    assert browser.get(f"/t/{scene['inner'].thread_id}/for-members").status_code == 200
    assert write(browser, scene["thread"]) == 403
    with make.core.db.write() as session:  # may still say what is wrong
        report(
            session, actor=scene["bea"], target_type="post", target_id=scene["thread"].id, reason="spam", now=make.now
        )
    clock.forward(days=7, seconds=1)
    assert write(browser, scene["thread"]) == 303


@pytest.mark.parametrize("action", ["suspend", "ban"])
def test_suspended_sees_what_a_guest_sees_and_may_object(make, scene, clock, action):
    browser = make.browser(scene["bea"])
    decision = sanction(make, scene, action, days=7 if action == "suspend" else 0)
    with make.core.db.read() as session:
        assert session.scalar(select(SignIn.id).where(SignIn.member_id == scene["bea"].id)) is None, "signed out"
    browser = make.browser(scene["bea"])
    assert browser.get("/settings/profile").status_code == 200
    assert browser.get(f"/t/{scene['thread'].thread_id}/an-open-thread").status_code == 200
    assert browser.get(f"/t/{scene['inner'].thread_id}/for-members").status_code == 404
    assert write(browser, scene["thread"]) == 403
    with make.core.db.write() as session:
        appeal(session, actor=scene["bea"], decision_id=decision, body="I did not.", now=make.now)
    clock.forward(days=8)
    assert write(make.browser(scene["bea"]), scene["thread"]) == (303 if action == "suspend" else 403)


def test_a_suspended_moderator_is_no_moderator(make, scene):
    boss = make.member("boss", role="admin")
    until = make.now + timedelta(days=1)
    with make.core.db.write() as session:
        decide(
            session, actor=boss, act=Act(action="suspend", until=until, **WHY), target_type="member",
            target_id=scene["mod"].id, now=make.now,
        )  # fmt: skip
    browser = make.browser(scene["mod"])
    assert browser.get("/moderation").status_code in {403, 404}
    assert browser.get(f"/t/{scene['inner'].thread_id}/for-members").status_code == 404


def test_two_sanctions_end_each_in_its_own_time(make, scene):
    first = sanction(make, scene, "silence", days=3)
    second = sanction(make, scene, "silence", days=10)
    with make.core.db.write() as session:
        undo(session, actor=scene["mod"], decision_id=second, now=make.now)
    assert make.get(Member, scene["bea"].id).silenced_until == make.now + timedelta(days=3)
    with make.core.db.write() as session:
        undo(session, actor=scene["mod"], decision_id=first, now=make.now)
    assert make.get(Member, scene["bea"].id).silenced_until is None


def test_a_warning_must_be_read_before_writing(make, scene):
    sanction(make, scene, "warn", days=0)
    assert write(make.browser(scene["bea"]), scene["thread"]) == 403
