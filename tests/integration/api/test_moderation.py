"""Moderation through the API: reporting, the queue, claiming, deciding, undoing, appeals."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.members.models import Member
from forum.moderation.models import Case, CategoryModerator, Decision
from forum.policy.actors import Actor
from forum.threads.domain import PostRef
from forum.threads.models import Post
from tests.factories import Make
from tests.support.program import Programs

BASE = "http://127.0.0.1:8000"
WHY = {"reason": "harassment", "explanation": "Be kind, please.", "rule": "1"}


class Scene:
    """Bea wrote a post that Ada and Carlo reported; Mod and Other moderate."""

    def __init__(self, make: Make, program: Programs) -> None:
        self.make = make
        self.ada, self.bea, self.carlo = (make.member(name) for name in ("ada", "bea", "carlo"))
        self.mod, self.other = make.member("mod", role="moderator"), make.member("other", role="moderator")
        self.place = make.category("here")
        self.thread = make.thread(self.ada, self.place, title="A thread")
        self.post = make.reply(self.bea, self.thread.thread_id, "You stay at home.")
        self.desk, self.desk2 = program(self.mod, "moderate"), program(self.other, "moderate")
        self.reporter, self.subject = program(self.ada), program(self.bea)

    def report(self, post: PostRef | None = None, **more: Any) -> Any:
        body = {"reason": "harassment", "detail": "Again.", **more}
        return self.reporter.post(f"/posts/{(post or self.post).id}/reports", body)

    def case(self) -> Any:
        return self.desk.get("/moderation/cases").json()["items"][0]

    def decide(self, action: str = "hide", *, by: Any = None, case: Any = None, **more: Any) -> Any:
        case = case or self.case()
        body = {"action": action, "version": case["version"], **WHY, **more}
        return (by or self.desk).post(f"/moderation/cases/{case['id']}/decisions", body)


@pytest.fixture
def scene(make: Make, program: Programs) -> Scene:
    return Scene(make, program)


def test_a_report_becomes_a_case(scene: Scene) -> None:
    made = scene.report()
    assert made.status_code == 201 and made.json()["status"] == "open"
    assert scene.report().json() == made.json(), "the same again: the same receipt"
    assert scene.case() == {
        "id": 1, "target": {"type": "post", "id": scene.post.id, "url": f"{BASE}/p/{scene.post.id}"}, "state": "open",
        "reason": "harassment", "held": False, "threat": False, "score": 3.01, "report_count": 1,
        "reports": [{
            "reference": made.json()["reference"], "reason": "harassment", "detail": "Again.", "reporter": "ada",
            "state": "open", "created_at": "2026-11-21T09:00:00Z",
        }],
        "claimed_by": None, "category": "here", "opened_at": "2026-11-21T09:00:00Z", "version": 2,
    }  # fmt: skip


def test_what_cannot_be_reported(scene: Scene, program: Programs) -> None:
    post = f"/posts/{scene.post.id}/reports"
    assert program().post(post, {"reason": "spam"}).status_code == 401
    assert program(scene.ada, "read").post(post, {"reason": "spam"}).status_code == 403
    assert scene.subject.post(post, {"reason": "spam"}).status_code == 403, "one's own"
    assert scene.reporter.post("/posts/999999/reports", {"reason": "spam"}).status_code == 404
    scene.make.state(scene.post, "hidden")
    assert scene.reporter.post(post, {"reason": "spam"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "reason"), ({"reason": "boring"}, "reason"), ({"reason": "spam", "detail": 7}, "detail"),
        ({"reason": "spam", "detail": "x" * 2001}, "detail"), ({"reason": "spam", "colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_a_wrong_report_says_what_is_wrong(scene: Scene, body: dict[str, Any], field: str) -> None:
    answer = scene.reporter.post(f"/posts/{scene.post.id}/reports", body)
    assert answer.status_code == 422 and list(answer.json()["errors"]) == [field]


def test_claiming_keeps_others_away(scene: Scene) -> None:
    scene.report()
    case = scene.case()
    claimed = scene.desk.post(f"/moderation/cases/{case['id']}/claim", {"version": case["version"]})
    assert claimed.status_code == 200, claimed.text
    assert (claimed.json()["state"], claimed.json()["claimed_by"]) == ("claimed", "mod")
    fresh = claimed.json()["version"]
    taken = scene.desk2.post(f"/moderation/cases/{case['id']}/claim", {"version": fresh})
    assert taken.status_code == 409 and taken.json()["current"]["version"] == fresh
    assert scene.decide(by=scene.desk2, case=claimed.json()).status_code == 409
    again = scene.desk.post(f"/moderation/cases/{case['id']}/claim", {"version": fresh})
    assert again.status_code == 200 and again.json() == claimed.json()
    assert scene.decide(case=claimed.json()).status_code == 201


def test_states_of_the_list(scene: Scene) -> None:
    scene.report()
    (case,) = scene.desk.get("/moderation/cases", state="open").json()["items"]
    assert scene.desk.get("/moderation/cases", state="claimed").json()["items"] == []
    scene.desk.post(f"/moderation/cases/{case['id']}/claim", {"version": case["version"]})
    assert scene.desk.get("/moderation/cases", state="open").json()["items"] == []
    (case,) = scene.desk.get("/moderation/cases", state="claimed").json()["items"]
    scene.decide(case=case)
    (case,) = scene.desk.get("/moderation/cases", state="resolved").json()["items"]
    assert case["state"] == "resolved" and case["claimed_by"] is None and case["reports"][0]["state"] == "upheld"
    assert scene.desk.get("/moderation/cases").json()["items"] == []
    assert scene.desk.get("/moderation/cases", state="lost").status_code == 422
    assert scene.desk.get("/moderation/cases", after="nonsense").status_code == 422


def test_the_list_goes_on_without_gaps_or_doubles(scene: Scene, clock: Any) -> None:
    for number in range(7):
        clock.forward(minutes=10)
        post = scene.make.reply(scene.bea, scene.thread.thread_id, f"Number {number}")
        scene.report(post, reason=("spam", "hate", "illegal")[number % 3])
    found = scene.desk.all("/moderation/cases", limit=2)
    assert len({one["id"] for one in found}) == len(found) == 7
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)


def test_a_decision_and_its_undoing(scene: Scene) -> None:
    scene.report()
    made = scene.decide("hide")
    assert made.status_code == 201, made.text
    decision = made.json()
    assert decision["action"] == "hide" and decision["statement"].startswith("S-")
    assert decision["undo_until"] == "2026-11-22T09:00:00Z" and decision["undone_at"] is None
    assert scene.make.get(Post, scene.post.id).state == "hidden"
    undone = scene.desk.post(f"/moderation/decisions/{decision['id']}/undo", {})
    assert undone.status_code == 200 and undone.json()["undone_at"] == "2026-11-21T09:00:00Z"
    assert scene.make.get(Post, scene.post.id).state == "visible"
    assert scene.desk.post(f"/moderation/decisions/{decision['id']}/undo", {}).status_code == 409
    assert scene.case()["report_count"] == 1


def test_undo_needs_no_body(scene: Scene) -> None:
    scene.report()
    made = scene.decide("hide").json()
    headers = {"Authorization": f"Bearer {scene.make.token(scene.mod, 'moderate')}"}
    answer = scene.make.browser().http.post(f"/api/v1/moderation/decisions/{made['id']}/undo", headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("action", ["dismiss", "hide", "remove", "warn", "silence", "suspend", "ban"])
def test_every_action_of_the_contract(scene: Scene, action: str) -> None:
    scene.report()
    until = {"until": "2026-11-28T09:00:00Z"} if action in {"silence", "suspend"} else {}
    made = scene.decide(action, **until)
    assert made.status_code == 201, made.text
    assert made.json()["action"] == action
    assert (made.json()["statement"] is None) == (action == "dismiss")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"action": "praise"}, "action"), ({"reason": "boring"}, "reason"), ({"explanation": " "}, "explanation"),
        ({"rule": "99"}, "rule"), ({"action": "silence"}, "until"), ({"action": "suspend", "until": "soon"}, "until"),
        ({"action": "suspend", "until": "2026-11-28T09:00:00"}, "until"),
        ({"action": "suspend", "until": "2020-01-01T00:00:00Z"}, "until"), ({"version": "2"}, "version"),
        ({"colour": "red"}, "colour"), ({"explanation": "x" * 2001}, "explanation"),
    ],
)  # fmt: skip
def test_a_wrong_decision_says_what_is_wrong(scene: Scene, more: dict[str, Any], field: str) -> None:
    scene.report()
    answer = scene.decide(**more)
    assert answer.status_code == 422 and list(answer.json()["errors"]) == [field], answer.text
    assert scene.case()["state"] == "open"


def test_a_stale_version_is_a_conflict(scene: Scene) -> None:
    scene.report()
    stale = scene.case()
    carlo = {"Authorization": f"Bearer {scene.make.token(scene.carlo)}"}
    scene.make.browser().http.post(f"/api/v1/posts/{scene.post.id}/reports", headers=carlo, json={"reason": "hate"})
    answer = scene.decide(case=stale)
    assert answer.status_code == 409
    assert answer.json()["current"] == {"id": stale["id"], "state": "open", "version": stale["version"] + 1}


def test_the_same_key_decides_once(scene: Scene) -> None:
    scene.report()
    case = scene.case()
    headers = {"Authorization": f"Bearer {scene.make.token(scene.mod)}", "Idempotency-Key": "k1"}
    body = {"action": "hide", "version": case["version"], **WHY}
    http = scene.make.browser().http
    first, again = (
        http.post(f"/api/v1/moderation/cases/{case['id']}/decisions", headers=headers, json=body) for _ in range(2)
    )
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again.headers["idempotent-replayed"] == "true"


def test_what_waits_for_approval_is_approved_by_dismissing(scene: Scene, make: Make) -> None:
    from forum.moderation.domain import cases
    from forum.moderation.domain.targets import load

    with make.core.db.write() as session:
        session.execute(update(Post).where(Post.id == scene.post.id).values(state="held"))
        cases.hold(session, load(session, "post", scene.post.id), make.now)
    made = scene.decide("dismiss", reason="", explanation="", rule="")
    assert made.status_code == 201 and made.json()["action"] == "approve"
    assert make.get(Post, scene.post.id).state == "visible"


def test_rights(scene: Scene, program: Programs, make: Make) -> None:
    scene.report()
    case = scene.case()
    claim = f"/moderation/cases/{case['id']}/claim"
    for who, status in ((program(), 401), (scene.reporter, 403), (program(scene.mod, "read", "write"), 403)):
        assert who.get("/moderation/cases").status_code == status
        assert who.post(claim, {"version": 1}).status_code == status
        assert who.post(f"/moderation/cases/{case['id']}/decisions", {}).status_code == status
        assert who.post("/moderation/decisions/1/undo", {}).status_code == status
        assert who.post("/moderation/appeals/1/outcome", {}).status_code == status
    bound = _bound(make, "elsewhere", make.category("elsewhere"))
    desk = program(bound, "moderate")
    assert desk.get("/moderation/cases").json()["items"] == []
    assert desk.post(claim, {"version": case["version"]}).status_code == 404
    assert scene.decide(by=desk, case=case).status_code == 404


def test_nobody_sees_a_case_about_themselves(scene: Scene, make: Make) -> None:
    post = make.reply(scene.mod, scene.thread.thread_id, "By a moderator.")
    scene.report(post)
    assert scene.desk.get("/moderation/cases").json()["items"] == []
    assert scene.desk.post("/moderation/cases/1/claim", {"version": 2}).status_code == 404
    assert len(scene.desk2.get("/moderation/cases").json()["items"]) == 1


def test_who_reported_it_does_not_decide_it(scene: Scene, make: Make, program: Programs) -> None:
    program(scene.mod).post(f"/posts/{scene.post.id}/reports", {"reason": "hate"})
    assert scene.decide().status_code == 403
    assert scene.decide(by=scene.desk2).status_code == 201


def test_an_appeal_is_decided_by_somebody_else(scene: Scene, program: Programs) -> None:
    scene.report()
    decision = scene.decide("remove").json()["id"]
    appeal = f"/decisions/{decision}/appeal"
    assert program().post(appeal, {"text": "No."}).status_code == 401
    assert program(scene.carlo).post(appeal, {"text": "No."}).status_code == 404, "not theirs"
    assert scene.subject.post(appeal, {"text": " "}).status_code == 422
    made = scene.subject.post(appeal, {"text": "It was a joke between friends."})
    assert made.status_code == 201, made.text
    assert made.json() == {"id": 1, "state": "open", "decision_id": decision, "reasons": ""}
    assert scene.subject.post(appeal, {"text": "Again."}).status_code == 409
    outcome = {"outcome": "reversed", "reasons": "We misread it."}
    assert scene.desk.post("/moderation/appeals/1/outcome", outcome).status_code == 403, "the first decider"
    assert scene.desk2.post("/moderation/appeals/1/outcome", {"outcome": "maybe", "reasons": "x"}).status_code == 422
    assert scene.desk2.post("/moderation/appeals/9/outcome", outcome).status_code == 404
    decided = scene.desk2.post("/moderation/appeals/1/outcome", outcome)
    assert decided.status_code == 200 and decided.json()["state"] == "reversed"
    assert scene.make.get(Post, scene.post.id).state == "visible"
    assert scene.desk2.post("/moderation/appeals/1/outcome", outcome).status_code == 409


def test_a_day_later_it_is_too_late_to_undo(scene: Scene, clock: Any) -> None:
    scene.report()
    decision = scene.decide("hide").json()["id"]
    clock.now += timedelta(days=1, seconds=1)
    assert scene.desk.post(f"/moderation/decisions/{decision}/undo", {}).status_code == 409
    with scene.make.core.db.read() as session:
        assert session.scalar(select(Decision.undone_at).where(Decision.id == decision)) is None
        assert session.scalar(select(Case.state)) == "resolved"


def _bound(make: Make, name: str, slug: str) -> Actor:
    """A moderator of one category only."""
    from forum.categories.models import Category

    actor = make.member(name + "mod", role="moderator", bound=True)
    with make.core.db.write() as session:
        place = session.scalar(select(Category.id).where(Category.slug == slug))
        session.add(CategoryModerator(member_id=actor.id, category_id=place))
        assert session.get_one(Member, actor.id).bound
    return actor
