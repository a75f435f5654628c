"""The moderators' desk in a browser without scripts: who sees what, deciding, refusing, undoing, several at once."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import event, func, select, text, update
from sqlalchemy.dialects import sqlite

from forum.categories.models import Category
from forum.errors import Conflict
from forum.members.models import Member
from forum.moderation.canned import BUILTIN
from forum.moderation.domain import Act, add_note, claim, decide, preview, report
from forum.moderation.models import Case, CategoryModerator, Decision, Note, Report
from forum.moderation.queries.desk import Filters, _ids
from forum.policy.actors import Actor
from forum.threads.domain import PostRef
from forum.threads.models import Post
from tests.factories import Make

WHY = {"reason": "harassment", "rule": "1", "explanation": "Be kind, please."}


class Scene:
    """Bea wrote what Ada and Carlo reported; Mod and Other moderate everywhere, Bound only elsewhere."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.ada, self.bea, self.carlo = (make.member(name) for name in ("ada", "bea", "carlo"))
        self.mod, self.other = make.member("mod", role="moderator"), make.member("other", role="moderator")
        self.place, self.elsewhere = make.category("here"), make.category("elsewhere")
        self.bound = make.member("bound", role="moderator", bound=True)
        with make.core.db.write() as session:
            place = session.scalar(select(Category.id).where(Category.slug == "elsewhere"))
            session.add(CategoryModerator(member_id=self.bound.id, category_id=place))
        self.thread = make.thread(self.ada, self.place, title="A thread")
        self.post = make.reply(self.bea, self.thread.thread_id, "CANARY stay at home.")
        self.case = self.report(self.post, self.ada, self.carlo)

    def report(self, ref: PostRef, *by: Actor, reason: str = "harassment") -> int:
        with self.make.core.db.write() as session:
            for one in by:
                made = report(
                    session, actor=one, target_type="post", target_id=ref.id, reason=reason, detail="SAID again",
                    now=self.make.now,
                )  # fmt: skip
            return made.case_id

    def version(self, case_id: int = 0) -> str:
        return str(self.make.get(Case, case_id or self.case).version)

    def form(self, action: str = "hide", **more: str) -> dict[str, str]:
        return {"action": action, "version": self.version(), **WHY, **more}

    def decide(self, action: str = "hide", *, by: Actor | None = None, **more: Any) -> int:
        with self.make.core.db.write() as session:
            made = decide(
                session, actor=by or self.mod, act=Act(action=action, **WHY, **more), case_id=self.case,
                version=int(self.version()), now=self.make.now,
            )  # fmt: skip
            return made.id


@pytest.fixture
def scene(make: Make) -> Scene:
    return Scene(make)


def test_the_queue_and_the_case_show_what_is_needed(scene: Scene) -> None:
    desk = scene.make.browser(scene.mod)
    queue = desk.get("/moderation").text
    assert "CANARY stay at home." in queue and "2 reports" in queue and f"/moderation/cases/{scene.case}" in queue
    page = desk.get(f"/moderation/cases/{scene.case}").text
    for words in ("CANARY", "SAID again", "Ada", "Carlo", "Bea so far", "Word for word as it was reported"):
        assert words in page


def test_who_may_see_it(scene: Scene) -> None:
    case = f"/moderation/cases/{scene.case}"
    with scene.make.core.db.write() as session:
        add_note(session, actor=scene.mod, body="SECRET note", case_id=scene.case, now=scene.make.now)
    scene.make.browser(scene.mod).get(case)
    assert scene.make.browser().get(case).headers["location"].startswith("/login")
    for path in (case, "/moderation", "/moderation/appeals", "/moderation/members/bea", "/moderation/measures"):
        assert scene.make.browser(scene.ada).get(path).status_code == 403
    bound = scene.make.browser(scene.bound)
    assert bound.get(case).status_code == 404
    assert "CANARY" not in bound.get("/moderation").text
    assert bound.get("/moderation/measures").status_code == 403
    for step in ("claim", "release", "decide", "notes"):
        answer = bound.post(f"{case}/{step}", scene.form(body="Mine"))
        assert answer.status_code == 404 and "SECRET" not in answer.text and "CANARY" not in answer.text, step
    with scene.make.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Note)) == 1


def test_nobody_sees_a_case_about_themselves(scene: Scene) -> None:
    post = scene.make.reply(scene.mod, scene.thread.thread_id, "By a moderator.")
    case = scene.report(post, scene.ada)
    desk = scene.make.browser(scene.mod)
    assert desk.get(f"/moderation/cases/{case}").status_code == 404
    assert "By a moderator." not in desk.get("/moderation").text
    assert desk.get("/moderation/members/mod").status_code == 404
    assert "By a moderator." in scene.make.browser(scene.other).get("/moderation").text


def test_an_edit_since_the_report_is_shown_word_by_word(scene: Scene) -> None:
    with scene.make.core.db.write() as session:
        session.execute(update(Post).where(Post.id == scene.post.id).values(source="CANARY ride along.", version=2))
    page = scene.make.browser(scene.mod).get(f"/moderation/cases/{scene.case}").text
    assert re.search(r"<del>stay at home</del>.*<ins>ride along</ins>", page, re.S), page
    assert "Word for word" not in page


def test_a_dry_run_changes_nothing_and_says_what_then_happens(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    for number in range(2):
        scene.make.reply(scene.bea, scene.thread.thread_id, f"More {number}")
    act = Act(action="remove", sweep="thread", **WHY)
    what = {"actor": scene.mod, "act": act, "case_id": scene.case, "now": scene.make.now}
    would = preview(scene.make.core.db, version=int(scene.version()), **what)
    page = desk.post(f"{case}/decide?look=1", scene.form("remove", sweep="thread"))
    assert page.status_code == 200 and "3 posts are removed" in page.text and "2 reports are closed" in page.text
    assert "Be kind, please." in page.text, "nothing typed is lost"
    assert scene.make.get(Case, scene.case).state == "open" and scene.make.get(Post, scene.post.id).state == "visible"
    assert desk.post(f"{case}/decide", scene.form("remove", sweep="thread")).status_code == 303
    with scene.make.core.db.read() as session:
        made = session.scalars(select(Decision)).one()
        assert made.summary == would.summary == {"posts": 3, "reports": 2, "cases": 1}
        assert session.scalar(select(func.count()).where(Post.state == "removed")) == 3
        assert session.scalar(select(func.count()).where(Report.state == "upheld")) == 2


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    page = desk.post(
        f"{case}/decide", scene.form("silence", span="at", until_at="soon", to_reporters="Thanks", body="NOTE")
    )
    assert page.status_code == 422
    for words in ("Write day and hour", "Be kind, please.", "Thanks", "NOTE", "Error:"):
        assert words in page.text
    page = desk.post(f"{case}/decide", scene.form("hide", explanation=""))
    assert page.status_code == 422 and 'href="#explanation"' in page.text


def test_a_stale_screen_gets_the_fresh_case_and_may_send_again(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    form = scene.form()
    scene.report(scene.post, scene.other, reason="hate")
    page = desk.post(f"{case}/decide", form)
    assert page.status_code == 409 and "3 reports" in page.text and "Be kind, please." in page.text
    fresh = re.search(r'name="version" value="(\d+)"', page.text)
    assert fresh and fresh[1] == scene.version() != form["version"]
    assert desk.post(f"{case}/decide", {**form, "version": fresh[1]}).status_code == 303


def test_a_case_that_another_holds_or_has_decided_is_refused(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    with scene.make.core.db.write() as session:
        claim(session, actor=scene.other, case_id=scene.case, version=None, now=scene.make.now)
    for step in ("claim", "decide", "release"):
        page = desk.post(f"{case}/{step}", scene.form())
        assert page.status_code == 409 and "Somebody else is looking" in page.text and "Be kind" in page.text
    form = scene.form()
    scene.decide(by=scene.other)
    page = desk.post(f"{case}/decide", form)
    assert page.status_code == 409 and "decided meanwhile" in page.text and "Be kind, please." in page.text


def test_htmx_gets_the_case_alone(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    desk.get(case)
    stale = {**scene.form(), "version": "1"}
    for form, status in ((stale, 409), (scene.form(explanation=""), 422), (scene.form(look="1"), 200)):
        page = desk.post(f"{case}/decide", form, htmx=True)
        assert page.status_code == status and "<html" not in page.text
        assert page.text.lstrip().startswith('<article class="stack stack--wide case" id="case"')
    done = desk.post(f"{case}/decide", scene.form(), htmx=True)
    assert done.headers["hx-redirect"] == case
    assert "for 24 hours more" in desk.get(case).text


def test_claim_and_release(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    assert desk.post(f"{case}/claim", {"version": scene.version()}).status_code == 303
    assert "This case is yours" in desk.get(case).text
    assert "CANARY" in desk.get("/moderation?view=mine").text
    assert "CANARY" not in scene.make.browser(scene.other).get("/moderation?view=mine").text
    page = desk.post(f"{case}/release", scene.form())
    assert page.status_code == 200 and "Be kind, please." in page.text and "Take the case" in page.text


@pytest.mark.parametrize("verb", ["claim", "decide"])
def test_of_two_at_once_one_wins(scene: Scene, verb: str) -> None:
    version, start, done = int(scene.version()), threading.Barrier(2), []

    def run(actor: Actor) -> None:
        start.wait()
        try:
            with scene.make.core.db.write() as session:
                if verb == "claim":
                    claim(session, actor=actor, case_id=scene.case, version=version, now=scene.make.now)
                else:
                    act = Act(action="hide", **WHY)
                    decide(session, actor=actor, act=act, case_id=scene.case, version=version, now=scene.make.now)
            done.append("won")
        except Conflict:
            done.append("lost")

    threads = [threading.Thread(target=run, args=(one,)) for one in (scene.mod, scene.other)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert sorted(done) == ["lost", "won"]
    with scene.make.core.db.read() as session:
        assert len(session.scalars(select(Decision)).all()) == (1 if verb == "decide" else 0)


def test_notes_keep_what_was_typed_beside_them(scene: Scene) -> None:
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    assert desk.post(f"{case}/notes", {"body": " "}).status_code == 422
    page = desk.post(f"{case}/notes", scene.form(body="Spoke to her."))
    assert page.status_code == 200 and "Spoke to her." in page.text and "Be kind, please." in page.text
    assert desk.post(f"{case}/notes", {"body": "Twice."}).status_code == 303
    assert "Twice." in scene.make.browser(scene.other).get(case).text


def test_canned_words_come_in_the_members_language_and_replace_nothing(scene: Scene) -> None:
    with scene.make.core.db.write() as session:
        session.execute(update(Member).where(Member.id == scene.bea.id).values(locale="it"))
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    page = desk.post(f"{case}/decide", scene.form(fill="1", canned="b:attack")).text
    words = next(one for one in BUILTIN if one.key == "b:attack").body_it
    assert words in page and "Be kind, please." in page
    filled = desk.get(f"{case}?do=hide").text
    assert re.search(r'value="hide"[^>]*checked', filled) and words in filled


def test_undo_on_the_page(scene: Scene, clock: Any) -> None:
    decision = scene.decide()
    desk, case = scene.make.browser(scene.mod), f"/moderation/cases/{scene.case}"
    undo = f"/moderation/decisions/{decision}/undo"
    assert undo in desk.get(case).text
    assert scene.make.browser(scene.bound).post(undo, {}).status_code == 404
    assert scene.make.browser(scene.ada).post(undo, {}).status_code == 403
    assert desk.post(undo, {}).status_code == 303
    assert scene.make.get(Post, scene.post.id).state == "visible"
    again = desk.post(undo, {})
    assert again.status_code == 409 and "taken back already" in again.text
    scene.decide()
    clock.forward(days=1, seconds=1)
    assert "/undo" not in desk.get(case).text


def test_several_at_once_name_what_was_refused(scene: Scene) -> None:
    others = [scene.make.reply(scene.bea, scene.thread.thread_id, f"Buy {n}") for n in range(3)]
    cases = [scene.report(one, scene.ada, reason="spam") for one in others]
    with scene.make.core.db.write() as session:
        claim(session, actor=scene.other, case_id=cases[1], version=None, now=scene.make.now)
    desk = scene.make.browser(scene.mod)
    chosen = [f"{one}:{scene.version(one)}" for one in cases]
    page = desk.post("/moderation/bulk", {"case": chosen, "action": "remove", "reason": "spam"})
    assert page.status_code == 200 and "2 cases decided" in page.text
    assert re.search(rf"Case {cases[1]}</a>: Somebody else is looking", page.text)
    assert [scene.make.get(Post, one.id).state for one in others] == ["removed", "visible", "removed"]
    with scene.make.core.db.read() as session:
        made = session.scalars(select(Decision)).all()
        assert {one.case_id for one in made} == {cases[0], cases[2]} and all(one.explanation for one in made)
    assert desk.post("/moderation/bulk", {"action": "remove"}).status_code == 422
    bound = scene.make.browser(scene.bound).post("/moderation/bulk", {"case": chosen, "action": "dismiss"})
    assert bound.status_code == 404


def test_who_reported_it_leaves_it_to_others_unless_alone(scene: Scene) -> None:
    case = scene.report(scene.make.reply(scene.bea, scene.thread.thread_id, "Second"), scene.mod)
    desk, path = scene.make.browser(scene.mod), f"/moderation/cases/{case}"
    page = desk.get(path).text
    assert "You reported this yourself" in page and "data-act=" not in page
    form = {"action": "hide", "version": scene.version(case), **WHY}
    assert desk.post(f"{path}/decide", form).status_code == 403
    with scene.make.core.db.write() as session:
        gone = Member.name.in_(("other", "bound"))
        session.execute(update(Member).where(gone).values(suspended_until=scene.make.now + timedelta(days=9)))
    assert 'name="override"' in desk.get(path).text
    assert desk.post(f"{path}/decide", form).status_code == 403
    assert desk.post(f"{path}/decide", {**form, "override": "Nobody else is here."}).status_code == 303
    with scene.make.core.db.read() as session:
        assert session.scalars(select(Decision.override)).one() == "Nobody else is here."


def test_past_cases_and_the_members_file(scene: Scene) -> None:
    scene.decide()
    other = scene.make.reply(scene.carlo, scene.thread.thread_id, "Stay away")
    case = scene.report(other, scene.ada)
    page = scene.make.browser(scene.mod).get(f"/moderation/cases/{case}").text
    assert "How like cases were decided" in page and "Be kind, please." in page
    file = scene.make.browser(scene.mod).get("/moderation/members/BEA").text
    assert "Hidden" in file and "Be kind, please." in file
    assert "Be kind, please." not in scene.make.browser(scene.bound).get("/moderation/members/bea").text


def test_deciding_about_a_member_and_lifting_it(scene: Scene) -> None:
    desk, path = scene.make.browser(scene.mod), "/moderation/members/bea"
    look = desk.post(f"{path}/decide", scene.form("silence", span="7", look="1"))
    assert look.status_code == 200 and "writes nothing" in look.text
    assert desk.post(f"{path}/decide", scene.form("silence", span="7")).status_code == 303
    assert "Cannot write" in desk.get(path).text
    assert desk.post(f"{path}/lift", {}).status_code == 303
    assert "Cannot write" not in desk.get(path).text and f'{path}/lift"' not in desk.get(path).text
    assert desk.post(f"{path}/lift", {}).status_code == 409
    assert desk.post(f"{path}/notes", {"body": "A promise."}).status_code == 303
    assert "A promise." in desk.get(path).text
    refused = scene.make.browser(scene.bound).post(f"{path}/decide", scene.form("silence", span="7"))
    assert refused.status_code == 403
    assert desk.get("/moderation/members/nobody-here").status_code == 404


def statements(make: Make, browser: Any, path: str) -> int:
    """How many statements a page costs, the second time."""
    browser.get(path)
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(make.core.db.engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(make.core.db.engine, "before_cursor_execute", note)
    return len([one for one in seen if one.lstrip().upper().startswith(("SELECT", "WITH"))])


def test_a_page_costs_the_same_however_many_cases_wait(scene: Scene) -> None:
    desk = scene.make.browser(scene.mod)
    paths = ("/moderation", f"/moderation/cases/{scene.case}", "/moderation?reason=harassment&order=waiting", "/")
    few = {path: statements(scene.make, desk, path) for path in paths}
    with scene.make.core.db.write() as session:
        session.add_all(
            Case(
                target_type="post", target_id=10_000 + n, thread_id=scene.thread.thread_id, category_id=1,
                subject_id=scene.bea.id, reason="spam", score=100 + n, opened_at=scene.make.now,
            )
            for n in range(150)
        )  # fmt: skip
    assert {path: statements(scene.make, desk, path) for path in paths} == few
    assert few["/moderation"] <= 8 and few[f"/moderation/cases/{scene.case}"] <= 32, few
    assert "99+" in desk.get("/moderation").text
    member = scene.make.browser(scene.ada)
    assert statements(scene.make, member, "/") <= few["/"] - 1, "the count of cases costs members nothing"


@pytest.mark.parametrize("order", ["", "?order=waiting"])
def test_the_queue_is_paged_without_gaps_or_doubles(scene: Scene, order: str) -> None:
    with scene.make.core.db.write() as session:
        session.add_all(
            Case(
                target_type="post", target_id=10_000 + n, category_id=1, subject_id=scene.bea.id, reason="spam",
                score=n % 7 * 100, threat=n % 31 == 0, opened_at=scene.make.now - timedelta(hours=n % 11),
            )
            for n in range(75)
        )  # fmt: skip
    desk, path, found = scene.make.browser(scene.mod), f"/moderation{order}", []
    while path:
        page = desk.get(path).text
        found += [int(one) for one in re.findall(r'data-case="(\d+)"', page)]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more[1].replace("&amp;", "&") if more else ""
    with scene.make.core.db.read() as session:
        weight = (Case.threat.desc(), Case.score.desc(), Case.id.desc())
        rows = session.scalars(select(Case.id).order_by(*((Case.opened_at, Case.id) if order else weight)))
        assert found == list(rows) and len(found) == 76


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(), "ix_cases_queue"), (Filters(order="waiting"), "ix_cases_queue_waiting"),
        (Filters(reason="spam"), "ix_cases_queue_reason"), (Filters(target="thread"), "ix_cases_queue_target"),
        (Filters(category_id=1), "ix_cases_queue_category"), (Filters(view="resolved"), "ix_cases_resolved"),
    ],
)  # fmt: skip
def test_every_view_of_the_queue_walks_down_an_index(scene: Scene, filters: Filters, index: str) -> None:
    """So its cost does not grow with what waits: no sorting, and nothing read beyond the page."""
    for actor in (scene.mod, replace(scene.bound, bound=True, moderates=frozenset({1}))):
        query = _ids(actor, filters, "", 31).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
        with scene.make.core.db.read() as session:
            plan = [str(row[3]) for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
        walks = [line for line in plan if "cases" in line]
        assert walks and all("USING" in line for line in walks), plan
        if actor is scene.mod:
            assert f"INDEX {index}" in walks[0] and not [line for line in plan if "B-TREE" in line], plan
