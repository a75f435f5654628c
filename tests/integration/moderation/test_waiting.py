"""A post that waits for a moderator is never lost: no decision, undo or appeal leaves it waiting where nobody looks."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from forum.errors import ForumError, Invalid
from forum.legal.queries.records import record_view
from forum.legal.records import record
from forum.members.models import Member
from forum.moderation.domain import Act, decide, undo
from forum.moderation.domain.acts import BESIDE, FATES, RULES
from forum.moderation.models import Case, Decision
from forum.notifications.models import Notice
from forum.prevention.models import Check
from forum.threads import domain
from forum.threads.compose import compose
from forum.threads.models import Post, Thread
from tests.factories import Make
from tests.integration.moderation.stage import WHY, Stage, set_stage
from tests.integration.moderation.test_undo import everything

ENDS = {"silence", "suspend", "hold"}


@pytest.fixture
def stage(make: Make) -> Stage:
    return set_stage(make)


def held_reply(stage: Stage, *, opening: bool = False, body: str = "Hello @CANARYother") -> Any:
    """The author's next post waits for approval, and stands in the queue."""
    if stage.make.get(Member, stage.author.id).held_until is None:
        stage.decide("hold", "member", stage.author.id, who="boss", until=stage.make.now + timedelta(days=7))
    held = msgspec.structs.replace(stage.author, held=True)
    place = stage.category
    ref = stage.make.thread(held, place) if opening else stage.make.reply(held, stage.thread.thread_id, body)
    stage.make.drain()
    return ref


def case_of(stage: Stage, post_id: int) -> Case | None:
    with stage.make.core.db.read() as session:
        found = select(Case).where(Case.target_type == "post", Case.target_id == post_id, Case.state != "resolved")
        return session.scalar(found)


def lost(stage: Stage) -> list[int]:
    """Posts that wait without a case that says so."""
    with stage.make.core.db.read() as session:
        waiting = select(Case.target_id).where(Case.target_type == "post", Case.state != "resolved", Case.held)
        return list(session.scalars(select(Post.id).where(Post.state == "held", Post.id.not_in(waiting))))


def on_case(stage: Stage, post_id: int, action: str, **more: Any) -> int:
    case = case_of(stage, post_id)
    assert case is not None
    until = stage.make.now + timedelta(days=3) if action in ENDS else None
    why = WHY if RULES[action].restricts else {}
    with stage.make.core.db.write() as session:
        return decide(
            session, actor=stage.mod, act=Act(action=action, until=until, **{**why, **more}), case_id=case.id,
            version=case.version, now=stage.make.now,
        ).id  # fmt: skip


@pytest.mark.parametrize("action", [*sorted(BESIDE), "dismiss"])
def test_a_case_is_not_closed_while_its_post_waits(stage: Stage, action: str) -> None:
    ref = held_reply(stage)
    with pytest.raises(Invalid) as refused:
        on_case(stage, ref.id, action)
    assert set(refused.value.fields) == ({"action"} if action == "dismiss" else {"fate"})
    with pytest.raises(Invalid):
        stage.decide(action, row_id=ref.id, until=stage.make.now + timedelta(days=1))  # from elsewhere neither
    assert case_of(stage, ref.id) is not None and lost(stage) == []


@pytest.mark.parametrize("fate", FATES)
@pytest.mark.parametrize("action", ["warn", "ban"])
def test_what_becomes_of_the_post_is_done_and_undone(stage: Stage, action: str, fate: str) -> None:
    ref = held_reply(stage, opening=True)
    before = everything(stage.make)
    made = on_case(stage, ref.id, action, fate=fate)
    state = {"approve": "visible", "hide": "hidden", "remove": "removed"}[fate]
    assert stage.make.get(Post, ref.id).state == state and case_of(stage, ref.id) is None
    assert stage.make.get(Thread, ref.thread_id).state == state
    stage.make.check_counters()
    stage.undo(made)
    after = everything(stage.make)
    for table, rows in before.items():
        assert after[table] == rows, table
    assert lost(stage) == []


def test_approved_beside_a_warning_it_is_news_and_teaches_no_harm(stage: Stage) -> None:
    ref = held_reply(stage)
    with stage.make.core.db.write() as session:
        seen = {"post_id": ref.id, "author_id": stage.author.id, "kind": "reply", "outcome": "hold", "digest": 1}
        session.add(Check(**seen, created_at=stage.make.now))
    on_case(stage, ref.id, "silence", fate="approve")
    stage.make.drain()
    with stage.make.core.db.read() as session:
        told = set(session.scalars(select(Notice.member_id).where(Notice.post_id == ref.id)))
        judged = set(session.scalars(select(Check.judged).where(Check.post_id == ref.id)))
    assert stage.other.id in told and judged == {"good"}


@pytest.mark.parametrize(
    ("fate", "says", "restricts"),
    [
        ("approve", "It appears now, as you wrote it.", []),
        ("hide", "mend it, and we look at it again", ["DECISION_VISIBILITY_CONTENT_DISABLED"]),
        ("remove", "1 post of yours is out of sight", ["DECISION_VISIBILITY_CONTENT_REMOVED"]),
    ],
)
def test_the_statement_and_the_record_say_it(stage: Stage, fate: str, says: str, restricts: list[str]) -> None:
    ref = held_reply(stage)
    made = on_case(stage, ref.id, "warn", fate=fate)
    assert says in stage.make.browser(stage.author).get(f"/decisions/{made}").text
    with stage.make.core.db.read() as session:
        view = record_view(session, stage.mod, made, "https://forum.example")
    assert record(view.facts).get("decision_visibility", []) == restricts


def test_the_desk_asks_shows_and_does(stage: Stage) -> None:
    ref = held_reply(stage)
    case = case_of(stage, ref.id)
    assert case is not None
    desk, path = stage.make.browser(stage.mod), f"/moderation/cases/{case.id}"
    page = desk.get(path).text
    assert 'name="fate"' in page and 'data-act="dismiss"' not in page
    form = {"action": "warn", "version": str(case.version), **WHY, "explanation": "Words that stay."}
    refused = desk.post(f"{path}/decide", form)
    assert refused.status_code == 422 and "Words that stay." in refused.text
    assert "Choose what becomes of the post" in refused.text
    look = desk.post(f"{path}/decide", {**form, "fate": "approve", "look": "1"})
    assert "The post appears for everybody" in look.text and stage.make.get(Post, ref.id).state == "held"
    assert desk.post(f"{path}/decide", {**form, "fate": "approve"}).status_code == 303
    assert stage.make.get(Post, ref.id).state == "visible"


def test_the_api_asks_too(stage: Stage) -> None:
    ref = held_reply(stage)
    case = case_of(stage, ref.id)
    assert case is not None
    http = stage.make.browser().http
    headers = {"Authorization": f"Bearer {stage.make.token(stage.mod)}"}
    path, body = f"/api/v1/moderation/cases/{case.id}/decisions", {"action": "warn", "version": case.version, **WHY}
    assert http.post(path, json=body, headers=headers).status_code == 422
    assert http.post(path, json={**body, "post": "remove"}, headers=headers).status_code == 201
    assert stage.make.get(Post, ref.id).state == "removed"


def test_a_sweep_takes_what_waits_too(stage: Stage) -> None:
    held = [held_reply(stage), held_reply(stage, opening=True)]
    made = stage.decide("ban", "member", stage.author.id, sweep="day")
    assert {stage.make.get(Post, ref.id).state for ref in held} == {"removed"}
    assert [case_of(stage, ref.id) for ref in held] == [None, None]
    stage.make.check_counters()
    stage.undo(made)
    assert {stage.make.get(Post, ref.id).state for ref in held} == {"held"} and lost(stage) == []


def test_reversed_by_an_appeal_it_waits_in_the_queue_again(stage: Stage) -> None:
    ref = held_reply(stage)
    made = on_case(stage, ref.id, "remove")
    stage.answer(stage.appeal(made), "reversed")
    assert stage.make.get(Post, ref.id).state == "held" and lost(stage) == []


def test_undone_while_a_new_case_is_open_it_waits_there(stage: Stage) -> None:
    ref = held_reply(stage)
    approved = on_case(stage, ref.id, "approve")
    stage.report(row_id=ref.id)
    stage.undo(approved)
    assert stage.make.get(Post, ref.id).state == "held" and lost(stage) == []


def mend(stage: Stage, post_id: int, text: str = "Kinder words") -> None:
    with stage.make.core.db.write() as session:
        draft = compose(session, text)
        author = msgspec.structs.replace(stage.author, held=True)
        domain.edit(session, actor=author, post_id=post_id, draft=draft, version=None, now=stage.make.now)
    stage.make.drain()


@pytest.mark.parametrize("opening", [False, True])
def test_hidden_mended_and_approved_all_of_it_appears(stage: Stage, opening: bool) -> None:
    """A thread that waited was hidden with its opening post: approving the one brings back the other."""
    ref = held_reply(stage, opening=opening)
    on_case(stage, ref.id, "hide")
    mend(stage, ref.id)
    on_case(stage, ref.id, "approve")
    assert stage.make.get(Post, ref.id).state == "visible"
    assert stage.make.get(Thread, ref.thread_id).state == "visible"
    stage.make.check_counters()


def test_a_thread_hidden_as_a_whole_stays_so_when_its_opening_is_approved(stage: Stage) -> None:
    ref = stage.make.thread(stage.author, stage.category)
    stage.decide("hide", row_id=ref.id)
    stage.decide("hide", "thread", ref.thread_id)
    stage.decide("approve", row_id=ref.id)
    assert stage.make.get(Thread, ref.thread_id).state == "hidden"


def test_mended_and_not_well_enough(stage: Stage) -> None:
    """It can be hidden once more, with new reasons; and it can be mended once more."""
    stage.decide("hide")
    mend(stage, stage.post.id)
    on_case(stage, stage.post.id, "hide", explanation="Better, but the second line too.")
    assert case_of(stage, stage.post.id) is None and stage.make.get(Post, stage.post.id).state == "hidden"
    mend(stage, stage.post.id, "Kind words at last")
    assert case_of(stage, stage.post.id) is not None


def test_what_nobody_waits_for_any_more_can_be_dismissed(stage: Stage) -> None:
    """Its author took it back, or the decision that had hidden it was undone."""
    ref = held_reply(stage)
    with stage.make.core.db.write() as session:
        domain.delete(session, actor=stage.author, post_id=ref.id, now=stage.make.now)
    on_case(stage, ref.id, "dismiss")
    hidden = stage.decide("hide")
    mend(stage, stage.post.id)
    stage.undo(hidden)
    case = case_of(stage, stage.post.id)
    assert case is not None and not case.held
    on_case(stage, stage.post.id, "dismiss")


def test_nothing_is_lost_whatever_is_done(stage: Stage) -> None:
    """Every act on the case of a post that waits, from every state, undone or not: it is decided, or it waits."""
    for action in [name for name, rule in RULES.items() if "post" in rule.on]:
        for fate in ("", *FATES) if action in BESIDE else ("",):
            stage.make.core.clock.forward(hours=1)  # type: ignore[attr-defined]
            ref = held_reply(stage)
            try:
                made = on_case(stage, ref.id, action, fate=fate)
            except ForumError:
                assert case_of(stage, ref.id) is not None
                continue
            assert lost(stage) == [], (action, fate)
            with stage.make.core.db.write() as session:
                if session.get_one(Decision, made).undo_until is not None:
                    undo(session, actor=stage.mod, decision_id=made, now=stage.make.now)
            assert lost(stage) == [], (action, fate, "undone")


@pytest.mark.parametrize("outcome", ["", "observe", "hold"])
def test_the_statement_says_whether_a_program_had_marked_it(stage: Stage, outcome: str) -> None:
    """DSA Art. 17 (3) c: whether automated means found it."""
    with stage.make.core.db.write() as session:
        seen = {"post_id": stage.post.id, "author_id": stage.author.id, "kind": "reply", "digest": 1}
        session.add(Check(**seen, outcome=outcome, created_at=stage.make.now))
    made = stage.decide("remove")
    page = stage.make.browser(stage.author).get(f"/decisions/{made}").text
    marked = outcome == "hold"
    assert ("An automatic check had marked it" in page) == marked
    assert ("No program had a part in it" in page) == (not marked)
    with stage.make.core.db.read() as session:
        view = record_view(session, stage.mod, made, "https://forum.example")
    assert record(view.facts)["automated_detection"] == ("Yes" if marked else "No")


def test_their_author_finds_what_waits(stage: Stage) -> None:
    """On their own profile and beside what was decided about them; nobody else learns of it."""
    one, other = held_reply(stage), held_reply(stage, opening=True)
    stage.decide("hide")
    mend(stage, stage.post.id)
    mine = stage.make.browser(stage.author)
    for path in ("/u/CANARYauthor", "/decisions"):
        page = mine.get(path).text
        assert "3 posts of yours wait for a moderator" in page
        assert all(f'href="/p/{post}"' in page for post in (one.id, other.id, stage.post.id))
    for who in (None, stage.other, stage.mod):
        assert "wait for a moderator" not in stage.make.browser(who).get("/u/CANARYauthor").text
    on_case(stage, other.id, "approve")
    on_case(stage, one.id, "remove")
    page = mine.get("/decisions").text
    assert "1 post of yours waits for a moderator" in page and f'href="/p/{stage.post.id}"' in page
