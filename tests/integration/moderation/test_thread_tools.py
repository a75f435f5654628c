"""The tools of a thread in the browser, without scripts: look first, confirm, take back."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select

from forum.audit.models import AuditEntry
from forum.moderation.models import Decision, ThreadTimer
from forum.moderation.thread_forms import thread_named
from forum.threads.models import Post, Thread
from tests.factories import Make
from tests.support.web import Browser


@pytest.fixture
def scene(make: Make) -> dict[str, Any]:
    """Anna's thread with three answers, a second one, places, a moderator with a browser at the tools."""
    anna, mod = make.member("anna"), make.member("mod", role="moderator", timezone="Europe/Rome")
    for slug, visibility in (("here", "public"), ("there", "public"), ("inside", "members")):
        make.category(slug, visibility=visibility, name=slug.title())
    ref = make.thread(anna, "here", title="Brake pads")
    replies = [make.reply(anna, ref.thread_id, f"Answer {n}") for n in range(2, 5)]
    other = make.thread(anna, "there", title="Brakes, all of it")
    browser = make.browser(mod)
    browser.get(f"/moderation/threads/{ref.thread_id}")
    return {
        "anna": anna, "mod": mod, "ref": ref, "replies": replies, "other": other, "browser": browser,
        "here": f"/moderation/threads/{ref.thread_id}",
    }  # fmt: skip


def confirm(browser: Browser, page: str) -> Any:
    """Press the button of a page that says what would happen."""
    form = re.search(r'<form class="stack measure-wide" method="post" action="([^"]+)">(.*?)</form>', page, re.S)
    assert form, page
    fields: dict[str, Any] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[2]):
        fields.setdefault(name, []).append(unescape(value))
    fields.pop("_csrf")
    return browser.post(form[1], fields)


def use(scene: dict[str, Any], act: str, **fields: Any) -> str:
    """Look first, then confirm; what the first page said."""
    browser, here = scene["browser"], scene["here"]
    before = scene["browser"].get(here).text
    look = browser.post(f"{here}/{act}?look=1", fields)
    assert look.status_code == 200, look.text
    assert scene["browser"].get(here).text.count("What was decided") == before.count("What was decided")
    done = confirm(browser, look.text)
    assert (done.status_code, done.headers["location"]) == (303, here), done.text
    return str(unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", look.text))))


def take_back(scene: dict[str, Any], make: Make) -> None:
    page = scene["browser"].get(scene["here"]).text
    address = re.search(r'action="(/moderation/decisions/\d+/undo)"', page)
    assert address, page
    answer = scene["browser"].post(address[1], {"next": scene["here"]})
    assert (answer.status_code, answer.headers["location"]) == (303, scene["here"])
    assert "taken back" in scene["browser"].get(scene["here"]).text
    make.check_counters()


def thread(make: Make, scene: dict[str, Any]) -> Thread:
    found: Thread = make.get(Thread, scene["ref"].thread_id)
    return found


@pytest.mark.parametrize(("act", "column"), [("lock", "locked_at"), ("pin", "pinned_at")])
def test_locking_and_pinning(make: Make, scene: dict[str, Any], act: str, column: str) -> None:
    look = scene["browser"].post(f"{scene['here']}/{act}?look=1")
    assert look.status_code == 200 and "If you confirm" in look.text
    assert getattr(thread(make, scene), column) is None, "looking changes nothing"
    use(scene, act)
    assert getattr(thread(make, scene), column) == make.now
    use(scene, f"un{act}")
    assert getattr(thread(make, scene), column) is None
    take_back(scene, make)
    assert getattr(thread(make, scene), column) == make.now


def test_moving(make: Make, scene: dict[str, Any]) -> None:
    said = use(scene, "move", category="inside")
    assert "goes to “Inside” with its 4 posts" in said and "Guests cannot read it there" in said
    make.check_counters()
    assert make.browser().get(f"/t/{scene['ref'].thread_id}").status_code == 404
    take_back(scene, make)
    again = scene["browser"].post(f"{scene['here']}/move?look=1", {"category": "here"})
    assert again.status_code == 422 and "stands there already" in again.text


def test_splitting_over_two_pages(make: Make, scene: dict[str, Any]) -> None:
    later = [make.reply(make.member(), scene["ref"].thread_id) for _ in range(20)]
    browser, here = scene["browser"], scene["here"]
    first, last = scene["replies"][0].id, later[-1].id
    page = browser.get(f"{here}/split").text
    assert f'value="{first}"' in page and f'value="{scene["ref"].id}"' not in page, "the opening post stays"
    typed = {"posts": [str(first)], "title": "Pads of their own", "category": "there"}
    second = browser.post(f"{here}/split?page=2", typed).text
    assert f'name="kept" value="{first}"' in second and "Pads of their own" in second
    missing = browser.post(f"{here}/split?look=1", {"title": "", "category": "there"})
    assert missing.status_code == 422
    said = use(scene, "split", kept=[str(first)], posts=[str(last)], title="Pads of their own", category="there")
    assert "2 posts go to a new thread, “Pads of their own”, in “There”" in said
    assert make.get(Post, first).thread_id == make.get(Post, last).thread_id != scene["ref"].thread_id
    make.check_counters()
    take_back(scene, make)
    assert make.get(Post, last).thread_id == scene["ref"].thread_id


@pytest.mark.parametrize("pasted", ["{id}", " #{id} ", "http://127.0.0.1:8000/t/{id}/brakes-all-of-it?page=2#post-30"])
def test_merging_by_number_or_address(make: Make, scene: dict[str, Any], pasted: str) -> None:
    said = use(scene, "merge", into=pasted.format(id=scene["other"].thread_id))
    assert "4 posts go to the end of “Brakes, all of it”" in said
    page = scene["browser"].get(scene["here"]).text
    assert "This thread was merged" in page and "/merge?look=1" not in page
    refused = scene["browser"].post(f"{scene['here']}/lock")
    assert refused.status_code == 409 and "was merged into another one" in refused.text
    assert "Brake pads" in scene["browser"].get(f"/moderation/threads/{scene['other'].thread_id}").text
    take_back(scene, make)


def test_what_a_pasted_address_names() -> None:
    assert [thread_named(text) for text in ("12", "#12", "/t/12", "https://x.org/t/12/slug", "12/3")] == [12] * 5
    assert [thread_named(text) for text in ("", "/p/12", "twelve", "1234567890123456789012", "x12")] == [0] * 5


def test_a_merge_into_nothing_is_refused_in_words(scene: dict[str, Any]) -> None:
    for into in ("", "999999", str(scene["ref"].thread_id)):
        answer = scene["browser"].post(f"{scene['here']}/merge?look=1", {"into": into})
        assert answer.status_code == 422 and 'id="into-error"' in answer.text


def test_slow_mode(make: Make, scene: dict[str, Any]) -> None:
    assert "5 minutes" in use(scene, "slow", seconds="300")
    assert thread(make, scene).slow_seconds == 300
    for wrong in ("", "-1", "soon", "99999999"):
        assert scene["browser"].post(f"{scene['here']}/slow", {"seconds": wrong}).status_code == 422
    take_back(scene, make)
    assert thread(make, scene).slow_seconds == 0


def test_a_timer_goes_off_by_itself_and_can_be_called_off(make: Make, scene: dict[str, Any], clock: Any) -> None:
    said = use(scene, "timer", timed="lock", span="24")
    assert "Lock: 22 Nov, 10:00" in said, "in the moderator's zone"
    use(scene, "timer", timed="unlock", at="2026-11-23T12:30")
    with make.core.db.read() as session:
        timers = session.scalars(select(ThreadTimer).order_by(ThreadTimer.id)).all()
    assert timers[1].due_at.isoformat() == "2026-11-23T11:30:00+00:00"
    page = scene["browser"].get(scene["here"]).text
    assert "22 Nov, 10:00" in page
    assert scene["browser"].post(f"/moderation/timers/{timers[1].id}/cancel").headers["location"] == scene["here"]
    again = scene["browser"].post(f"/moderation/timers/{timers[1].id}/cancel")
    assert again.status_code == 409 and "over already" in again.text
    make.drain()
    assert thread(make, scene).locked_at is None
    clock.forward(hours=24)
    make.drain()
    assert thread(make, scene).locked_at == make.now
    clock.forward(hours=48)
    make.drain()
    assert thread(make, scene).locked_at is not None, "the other one was called off"
    with make.core.db.read() as session:
        ran = session.scalars(select(Decision).where(Decision.actor_id.is_(None))).one()
        assert session.scalar(select(AuditEntry.id).where(AuditEntry.action == "timer.ran")) is not None
    assert ran.action == "lock"
    assert "by a timer" in make.browser(scene["mod"]).get(scene["here"]).text


def test_a_timer_that_went_off_is_not_taken_back_but_its_act_is(make: Make, scene: dict[str, Any], clock: Any) -> None:
    use(scene, "timer", timed="lock", span="1")
    clock.forward(hours=1)
    make.drain()
    scene["browser"] = make.browser(scene["mod"])
    with make.core.db.read() as session:
        setting = session.scalars(select(Decision.id).where(Decision.action == "timer")).one()
    refused = scene["browser"].post(f"/moderation/decisions/{setting}/undo", {"next": scene["here"]})
    assert refused.status_code == 409 and "gone off already" in refused.text
    take_back(scene, make)
    assert thread(make, scene).locked_at is None


def test_a_timer_needs_an_act_and_a_time_to_come(scene: dict[str, Any]) -> None:
    for fields in (
        {"timed": "hide", "span": "1"}, {"timed": "lock"}, {"timed": "lock", "at": "2020-01-01T10:00"},
        {"timed": "lock", "at": "soon"}, {"timed": "lock", "span": "5"},
    ):  # fmt: skip
        assert scene["browser"].post(f"{scene['here']}/timer?look=1", fields).status_code == 422, fields


def test_undoing_after_an_answer_says_why_not(make: Make, scene: dict[str, Any]) -> None:
    first = scene["replies"][0]
    use(scene, "split", posts=[str(first.id)], title="Of its own", category="there")
    make.reply(scene["anna"], make.get(Post, first.id).thread_id)
    page = scene["browser"].get(scene["here"]).text
    address = re.search(r'action="(/moderation/decisions/\d+/undo)"', page)
    assert address
    answer = scene["browser"].post(address[1], {"next": scene["here"]})
    assert answer.status_code == 409 and "merge the two instead" in answer.text


def test_the_link_and_the_page_are_for_whoever_moderates_there(make: Make, scene: dict[str, Any]) -> None:
    page = scene["ref"].url.partition("#")[0]
    link = f'href="{scene["here"]}"'
    assert link in scene["browser"].get(page).text
    for who in (None, scene["anna"]):
        assert link not in make.browser(who).get(page).text
    own = make.thread(scene["mod"], "here")
    assert "/moderation/threads/" not in scene["browser"].get(own.url.partition("#")[0]).text
    refused = scene["browser"].post(f"/moderation/threads/{own.thread_id}/lock")
    assert refused.status_code == 403 and "This concerns you" in refused.text
    assert "This concerns you" in scene["browser"].get(f"/moderation/threads/{own.thread_id}").text


def test_two_moderators_lock_at_once(make: Make, scene: dict[str, Any]) -> None:
    other = make.browser(make.member(role="moderator"))
    other.get(scene["here"])
    assert scene["browser"].post(f"{scene['here']}/lock").status_code == 303
    assert other.post(f"{scene['here']}/lock").status_code == 409
    assert timedelta(0) == make.now - (thread(make, scene).locked_at or make.now)
