"""Posts that wait for approval, slow mode, and what an author may do with a post that staff has touched."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from forum.categories.models import Category
from forum.errors import TooMany
from forum.members.models import Member
from forum.moderation.domain import Act, decide
from forum.moderation.models import Case
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.policy.actors import Actor
from forum.threads import domain
from forum.threads.compose import compose
from forum.threads.models import Post, Revision, Thread
from tests.factories import Make


@pytest.fixture
def scene(make: Make) -> dict[str, Any]:
    """Anna's thread; Gino, whose posts wait for approval; a moderator."""
    anna, gino, mod = make.member("anna"), make.member("gino"), make.member("mod", role="moderator")
    ref = make.thread(anna, make.category("officina"), title="Brake pads", body="Worn.")
    with make.core.db.write() as session:
        until = make.now + timedelta(days=7)
        session.execute(update(Member).where(Member.id == gino.id).values(held_until=until))
    return {"anna": anna, "gino": msgspec.structs.replace(gino, held=True), "mod": mod, "ref": ref}


def act(make: Make, actor: Actor, action: str, kind: str, row_id: int, **fields: Any) -> int:
    with make.core.db.write() as session:
        made = decide(
            session, actor=actor, act=Act(action=action, **fields), target_type=kind, target_id=row_id, now=make.now
        )
        return made.id


def test_a_held_reply_is_there_for_its_author_and_staff_alone(make: Make, scene: dict[str, Any]) -> None:
    ref = make.reply(scene["gino"], scene["ref"].thread_id, "CANARY words of Gino")
    assert ref.held and ref.number == 2
    page = scene["ref"].url.partition("#")[0]
    for who in (None, scene["anna"]):
        browser = make.browser(who)
        text = browser.get(page).text
        assert "CANARY" not in text and "post-2" not in text, "not even a placeholder"
        assert browser.get(f"/p/{ref.id}").status_code == 404
        assert browser.get(f"{page}/2").status_code == 404
        assert "1 new" not in browser.get("/latest").text
    assert "Waiting for a moderator" in make.browser(scene["gino"]).get(page).text
    assert "CANARY" in make.browser(scene["mod"]).get(page).text
    thread = make.get(Thread, ref.thread_id)
    assert (thread.post_count, thread.last_number, thread.last_poster_id) == (1, 2, scene["anna"].id)
    make.check_counters()


def test_a_held_post_is_a_case_and_nobody_is_told_until_it_is_approved(make: Make, scene: dict[str, Any]) -> None:
    ref = make.reply(scene["gino"], scene["ref"].thread_id, "Hello @anna")
    make.drain()
    with make.core.db.read() as session:
        case = session.scalar(select(Case).where(Case.target_id == ref.id))
        assert case is not None and case.held and case.state == "open"
        assert session.scalar(select(Notice.id)) is None
    act(make, scene["mod"], "approve", "post", ref.id)
    make.drain()
    make.check_counters()
    with make.core.db.read() as session:
        told = {row.member_id: row.kind for row in session.execute(select(Notice.member_id, Notice.kind))}
    assert told.pop(scene["gino"].id) == "approved", "its author learns that it appears"
    assert list(told) == [scene["anna"].id]
    assert "was approved: everybody sees it now" in make.browser(scene["gino"]).get("/notifications").text
    assert "Hello" in make.browser().get(scene["ref"].url.partition("#")[0]).text


def test_a_held_thread(make: Make, scene: dict[str, Any]) -> None:
    browser = make.browser(scene["gino"])
    form = {"title": "Held thread", "category": "officina", "body": "CANARY", "submission": "x"}
    answer = browser.post("/threads", form, follow=True)
    assert answer.status_code == 200 and "This thread waits for a moderator" in answer.text
    with make.core.db.read() as session:
        thread = session.scalars(select(Thread).where(Thread.title == "Held thread")).one()
        opening = session.scalars(select(Post.id).where(Post.thread_id == thread.id)).one()
    assert thread.state == "held" and thread.post_count == 0
    make.check_counters()
    assert make.browser(scene["anna"]).get(f"/t/{thread.id}/{thread.slug}").status_code == 404
    assert "Held thread" not in make.browser().get("/latest").text
    act(make, scene["mod"], "approve", "post", opening)
    make.check_counters()
    assert "Held thread" in make.browser().get("/latest").text
    assert make.get(Category, thread.category_id).thread_count == 2


def test_the_api_says_held(make: Make, scene: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {make.token(scene['gino'])}"}
    http = make.browser().http
    made = http.post(f"/api/v1/threads/{scene['ref'].thread_id}/posts", json={"body": "By API"}, headers=headers)
    assert made.status_code == 201 and made.json()["state"] == "held"
    thread = {"category": "officina", "title": "By API", "body": "Words"}
    made = http.post("/api/v1/threads", json=thread, headers=headers)
    assert made.status_code == 201 and made.json()["post_count"] == 0


@pytest.mark.parametrize("opening", [False, True])
def test_deleting_and_restoring_is_no_way_around_approval(make: Make, scene: dict[str, Any], opening: bool) -> None:
    gino = scene["gino"]
    ref = make.thread(gino, "officina") if opening else make.reply(gino, scene["ref"].thread_id)
    make.drain()
    free = msgspec.structs.replace(gino, held=False)  # meanwhile the measure has ended
    for verb in (domain.delete, domain.restore):
        with make.core.db.write() as session:
            verb(session, actor=free, post_id=ref.id, now=make.now)
        make.check_counters()
    assert make.get(Post, ref.id).state == "held"
    assert make.get(Thread, ref.thread_id).state == ("held" if opening else "visible")


def test_others_are_not_told_of_news_by_a_held_post(make: Make, scene: dict[str, Any]) -> None:
    """A second page that holds nothing but a held post is not there; the mark of who read on stays right."""
    thread = scene["ref"].thread_id
    for _ in range(19):
        make.reply(make.member(), thread)
    make.reply(scene["gino"], thread, "The twenty-first")
    page = scene["ref"].url.partition("#")[0]
    assert make.browser(scene["anna"]).get(f"{page}?page=2").status_code == 404
    assert "?page=2" not in make.browser(scene["anna"]).get(page).text
    assert make.browser(scene["gino"]).get(f"{page}?page=2").status_code == 200


def test_mending_a_hidden_post_brings_it_back_to_the_queue(make: Make, scene: dict[str, Any]) -> None:
    ben = make.member("ben")
    ref = make.reply(ben, scene["ref"].thread_id, "Rude words")
    act(make, scene["mod"], "hide", "post", ref.id, reason="harassment", explanation="Please mend this.")
    make.drain()
    page = scene["ref"].url.partition("#")[0]
    assert "was hidden by the moderators" in make.browser(scene["anna"]).get(page).text
    assert "You can mend it" in make.browser(ben).get(page).text
    with make.core.db.write() as session:
        words = compose(session, "Kind words")
        domain.edit(session, actor=ben, post_id=ref.id, draft=words, version=None, now=make.now)
    with make.core.db.read() as session:
        assert session.scalar(select(Outbox.id).where(Outbox.event == "HiddenPostEdited")) is not None
    make.drain()
    with make.core.db.read() as session:
        assert session.scalar(select(Case.held).where(Case.target_id == ref.id, Case.state == "open"))


def test_the_history_names_the_team_not_the_moderator(make: Make, scene: dict[str, Any], clock: Any) -> None:
    ben = make.member("ben")
    ref = make.reply(ben, scene["ref"].thread_id, "My telephone is 123")
    clock.forward(hours=1)
    with make.core.db.read() as session:
        draft = compose(session, "My telephone is …")
    why = {"reason": "personal_data", "explanation": "No telephone numbers, please."}
    act(make, scene["mod"], "edit", "post", ref.id, draft=draft, **why)
    history, staff = f"/posts/{ref.id}/history", scene["mod"].display_name
    for who in (None, scene["anna"], ben):
        text = make.browser(who).get(history).text
        assert "Written by the moderation team" in text and staff not in text
    assert f"Written by {staff}" in make.browser(scene["mod"]).get(history).text
    revisions = make.browser().http.get(f"/api/v1/posts/{ref.id}/revisions").json()["items"]
    assert [one["author"] for one in revisions] == [None, "ben"]
    clock.forward(hours=1)
    with make.core.db.write() as session:
        mine = compose(session, "Write to me here.")
        domain.edit(session, actor=ben, post_id=ref.id, draft=mine, version=None, now=make.now)
    assert make.get(Post, ref.id).editor_id is None
    with make.core.db.read() as session:
        editors = session.scalars(select(Revision.editor_id).order_by(Revision.version)).all()
    assert editors == [ben.id, scene["mod"].id]


def test_slow_mode(make: Make, scene: dict[str, Any], clock: Any) -> None:
    thread, ben = scene["ref"].thread_id, make.member("ben")
    act(make, scene["mod"], "slow", "thread", thread, seconds=300)
    page = scene["ref"].url.partition("#")[0]
    browser = make.browser(ben)
    assert "5 minutes" in browser.get(page).text
    make.reply(ben, thread)
    clock.forward(minutes=2)
    with pytest.raises(TooMany) as refused:
        make.reply(ben, thread)
    assert refused.value.retry_after == 180 and "3 minutes" in str(refused.value.message)
    browser.get(page)
    answer = browser.post(f"/threads/{thread}/replies", {"body": "Long and careful words", "submission": "s"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "180")
    assert "Long and careful words" in answer.text and "3 minutes" in answer.text
    make.reply(make.member(), thread)
    for _ in range(2):
        make.reply(scene["mod"], thread)
    clock.forward(minutes=3)
    make.reply(ben, thread)
