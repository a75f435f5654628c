"""The desk's other places: appeals, measures, canned messages, blocks."""

import random
from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

import pytest
from sqlalchemy import select

from forum.audit.models import AuditEntry
from forum.errors import Invalid
from forum.moderation.canned import BUILTIN
from forum.moderation.domain import Act, appeal, decide, report
from forum.moderation.domain.blocks import normal
from forum.moderation.models import REASONS, Appeal, Block, CannedMessage, Case, Decision, Report
from forum.moderation.queries.blocks import blocked, networks
from forum.moderation.queries.measures import measures, wait
from forum.policy.actors import Actor
from tests.factories import Make

PASSWORD = "a long enough phrase"


def decided(make: Make, mod: Actor, subject: Actor, reporter: Actor) -> int:
    """A decision of `mod` about a post of `subject`."""
    ref = make.thread(subject, make.category())
    with make.core.db.write() as session:
        about = {"target_type": "post", "target_id": ref.id, "now": make.now}
        report(session, actor=reporter, reason="spam", **about)
        act = Act(action="remove", reason="spam", explanation="It sells something.")
        return decide(session, actor=mod, act=act, **about).id


@pytest.fixture
def people(make: Make) -> dict[str, Actor]:
    roles = {"ada": "member", "bea": "member", "mod": "moderator", "other": "moderator", "boss": "manager"}
    return {name: make.member(name, role=role) for name, role in roles.items()}


# -- appeals ---------------------------------------------------------------------------------------------------------


def test_an_appeal_is_answered_by_somebody_else(make: Make, people: dict[str, Actor]) -> None:
    decision = decided(make, people["mod"], people["bea"], people["ada"])
    with make.core.db.write() as session:
        row = appeal(session, actor=people["bea"], decision_id=decision, body="CANARY a joke.", now=make.now)
    path = f"/moderation/appeals/{row.id}"
    first, second = make.browser(people["mod"]), make.browser(people["other"])
    assert "CANARY a joke." in first.get("/moderation/appeals").text
    page = first.get(path).text
    assert "Somebody else answers this one" in page and 'name="outcome"' not in page
    typed = {"outcome": "upheld", "reasons": "TYPED words"}
    refused = first.post(path, typed)
    assert refused.status_code == 403 and "TYPED words" in refused.text
    assert "It sells something." in second.get(path).text
    wrong = second.post(path, {"outcome": "", "reasons": "TYPED words"})
    assert wrong.status_code == 422 and "TYPED words" in wrong.text
    assert second.post(path, {"outcome": "reversed", "reasons": "We misread it."}).status_code == 303
    again = second.post(path, typed)
    assert again.status_code == 409 and "TYPED words" in again.text and "We misread it." in again.text
    assert make.get(Decision, decision).undone_at is not None
    assert "CANARY a joke." not in second.get("/moderation/appeals").text
    assert "CANARY a joke." in second.get("/moderation/appeals?view=answered").text


def test_an_override_is_offered_only_to_who_is_alone(make: Make) -> None:
    mod, ada, bea = make.member("mod", role="moderator"), make.member("ada"), make.member("bea")
    decision = decided(make, mod, bea, ada)
    with make.core.db.write() as session:
        row = appeal(session, actor=bea, decision_id=decision, body="No.", now=make.now)
    desk, path = make.browser(mod), f"/moderation/appeals/{row.id}"
    assert 'name="override"' in desk.get(path).text
    form = {"outcome": "upheld", "reasons": "It stands."}
    assert desk.post(path, form).status_code == 403
    assert desk.post(path, {**form, "override": "Nobody else moderates."}).status_code == 303
    assert make.get(Appeal, row.id).override == "Nobody else moderates."


# -- measures --------------------------------------------------------------------------------------------------------


def test_measures_equal_an_independent_count(make: Make, people: dict[str, Actor]) -> None:
    rnd, now = random.Random(7), make.now
    rows: list[tuple[datetime, datetime | None, datetime | None]] = []
    with make.core.db.write() as session:
        for number in range(160):
            opened = now - timedelta(minutes=rnd.randrange(1, 100 * 1440))
            looked = opened + timedelta(minutes=rnd.randrange(1, 3000))
            closed = looked + timedelta(minutes=rnd.randrange(0, 9000))
            rows.append((opened, looked if looked < now else None, closed if closed < now else None))
            case = Case(
                target_type="post", target_id=number + 1, state="resolved" if rows[-1][2] else "open", reason="spam",
                opened_at=opened, first_look_at=rows[-1][1], resolved_at=rows[-1][2], score=1,
            )  # fmt: skip
            session.add(case)
            session.flush()
            if rows[-1][2] is None:
                continue
            made = Decision(
                case_id=case.id, actor_id=people[rnd.choice(["mod", "other"])].id, action="hide", target_type="post",
                target_id=number + 1, reason="spam", effects=[], summary={}, created_at=rows[-1][2],
                undone_at=now if number % 9 == 0 else None,
            )  # fmt: skip
            session.add(made)
            session.flush()
            session.add(
                Report(
                    reference=f"R-{number}", case_id=case.id, reporter_id=people["ada"].id, reason="spam", weight=1,
                    state="upheld" if number % 3 else "rejected", created_at=opened, decided_at=rows[-1][2],
                    decision_id=made.id,
                )
            )  # fmt: skip
            if number % 5 == 0:
                session.add(
                    Appeal(
                        decision_id=made.id, appellant_id=people["bea"].id, side="subject", body="No", created_at=now,
                        due_at=now, state="reversed" if number % 2 else "upheld", decided_at=rows[-1][2],
                    )
                )  # fmt: skip
    for days in (7, 30, 90):
        with make.core.db.read() as session:
            found = measures(session, days, now)
            every = session.execute(select(Decision.actor_id, Decision.created_at, Decision.undone_at)).all()
            reports = session.execute(select(Report.state, Report.decided_at)).all()
            appeals = session.execute(select(Appeal.state, Appeal.decided_at)).all()
        for figures, low, high in (
            (found.now, now - timedelta(days=days), now),
            (found.before, now - timedelta(days=2 * days), now - timedelta(days=days)),
        ):
            closed = [row for row in rows if row[2] is not None and low < row[2] <= high]
            lasted = sorted(int((row[2] - row[0]).total_seconds()) for row in closed if row[2])
            looked_after = sorted(int((row[1] - row[0]).total_seconds()) for row in closed if row[1])
            assert figures.opened == sum(low < row[0] <= high for row in rows)
            assert figures.decided == len(closed)
            assert figures.decision.median == (median_low(lasted) if lasted else None)
            assert figures.look.median == (median_low(looked_after) if looked_after else None)
            if lasted:
                worse = sum(one > (figures.decision.p90 or 0) for one in lasted)
                assert worse <= len(lasted) / 10 and figures.decision.p90 in lasted
            mine = [one for one in every if low < one.created_at <= high]
            assert (figures.decisions, figures.undone) == (len(mine), sum(one.undone_at is not None for one in mine))
            judged = [one.state for one in reports if low < one.decided_at <= high]
            assert (figures.judged, figures.upheld) == (len(judged), judged.count("upheld"))
            answered = [one.state for one in appeals if low < one.decided_at <= high]
            assert (figures.appeals, figures.reversed) == (len(answered), answered.count("reversed"))
        waiting = [row[0] for row in rows if row[2] is None]
        assert found.waiting == len(waiting)
        assert sum(bar.opened for bar in found.bars) <= found.now.opened
        if days < 90:
            assert sum(bar.opened for bar in found.bars) == found.now.opened
            assert sum(bar.decided for bar in found.bars) == found.now.decided
        assert sum(one.decisions for one in found.load) == found.now.decisions


def test_ranks_are_values_that_occurred() -> None:
    assert wait([]).median is None
    assert (wait([5]).median, wait([5]).p90) == (5, 5)
    found = wait(list(range(1, 101)))
    assert (found.median, found.p90) == (50, 90)


def test_the_page_of_measures_reads_well_without_a_single_case(make: Make, people: dict[str, Actor]) -> None:
    for days in ("7", "30", "90", "12"):
        page = make.browser(people["boss"]).get(f"/moderation/measures?days={days}")
        assert page.status_code == 200 and "None waits." in page.text


# -- canned messages -------------------------------------------------------------------------------------------------


def test_the_house_brings_a_dozen_in_both_languages() -> None:
    assert len(BUILTIN) >= 12 and len({one.key for one in BUILTIN}) == len(BUILTIN)
    assert {one.reason for one in BUILTIN} >= set(REASONS) - {"other"}
    for one in BUILTIN:
        assert 40 < len(one.body_en) < 500 and 40 < len(one.body_it) < 500 and one.body_en != one.body_it


def test_managers_write_their_own(make: Make, people: dict[str, Actor]) -> None:
    boss, mod = make.browser(people["boss"]), make.browser(people["mod"])
    form = {"title": "MINE", "reason": "spam", "body_en": "Not here.", "body_it": "Non qui."}
    assert mod.post("/moderation/messages", form).status_code == 403
    wrong = boss.post("/moderation/messages", {**form, "body_it": ""})
    assert wrong.status_code == 422 and "Not here." in wrong.text
    assert boss.post("/moderation/messages", form).status_code == 303
    assert "MINE" in mod.get("/moderation/messages").text
    edit = "/moderation/messages/1/edit"
    assert "Non qui." in boss.get(edit).text and mod.get(edit).status_code == 403
    assert boss.post(edit, {**form, "title": "OTHER"}).status_code == 303
    assert make.get(CannedMessage, 1).title == "OTHER"
    assert boss.post("/moderation/messages/1/remove", {}).status_code == 303
    assert boss.get(edit).status_code == 404
    with make.core.db.read() as session:
        acts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert acts == ["message.added", "message.changed", "message.removed"]


# -- blocks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("address", "203.0.113.7", "203.0.113.7/32"), ("address", " 203.0.113.7/24 ", "203.0.113.0/24"),
        ("address", "2001:DB8::1/64", "2001:db8::/64"), ("address", "::ffff:203.0.113.7", "203.0.113.7/32"),
        ("mail", " Spam@Example.ORG ", "spam@example.org"), ("domain", "@Example.org.", "example.org"),
        ("domain", "*.bad.example", "bad.example"), ("domain", "città.example", "xn--citt-3na.example"),
    ],
)  # fmt: skip
def test_how_blocks_are_spelled(kind: str, value: str, found: str) -> None:
    assert normal(kind, value) == found


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("address", "203.0.113"), ("address", "0.0.0.0/0"), ("address", "10.0.0.0/7"), ("address", "::/8"),
        ("address", ""), ("mail", "example.org"), ("mail", "a b@example.org"), ("mail", "@example.org"),
        ("domain", "org"), ("domain", "exa mple.org"), ("domain", "a@b.example"), ("planet", "mars"),
    ],
)  # fmt: skip
def test_what_cannot_be_blocked(kind: str, value: str) -> None:
    with pytest.raises(Invalid):
        normal(kind, value)


def test_every_network_of_an_address_is_looked_up() -> None:
    assert networks("203.0.113.7")[-1] == "203.0.113.7/32" and "203.0.0.0/8" in networks("203.0.113.7")
    assert networks("::ffff:203.0.113.7") == networks("203.0.113.7")
    assert len(networks("2001:db8::1")) == 113 and networks("testclient") == []


def test_blocks_are_enforced_and_taken_away(make: Make, people: dict[str, Actor], clock: Any) -> None:
    boss = make.browser(people["boss"])
    assert make.browser(people["mod"]).get("/moderation/blocks").status_code == 403
    sign_up = {"name": "newcomer", "display_name": "New Comer", "password": PASSWORD, "guidelines": "1"}

    def tried(email: str) -> int:
        browser = make.browser()
        browser.get("/signup")
        return int(browser.post("/signup", {**sign_up, "email": email}).status_code)

    assert boss.post("/moderation/blocks", {"kind": "domain", "value": "bad.example"}).status_code == 303
    twice = boss.post("/moderation/blocks", {"kind": "domain", "value": "BAD.example"})
    assert twice.status_code == 409 and "blocked already" in twice.text
    assert tried("x@bad.example") == tried("x@mail.bad.example") == 422
    assert tried("x@notbad.example") != 422, "another domain that only ends alike"
    assert boss.post("/moderation/blocks", {"kind": "mail", "value": "spam@good.example"}).status_code == 303
    with make.core.db.read() as session:
        assert blocked(session, email="spam+1@Good.example", now=make.now) == "mail"
        assert blocked(session, email="other@good.example", now=make.now) == ""
    own = boss.post("/moderation/blocks", {"kind": "address", "value": "127.0.0.0/8"})
    assert own.status_code == 422 and "lock yourself out" in own.text
    with make.core.db.write() as session:  # somebody else's manager did it
        session.add(Block(kind="address", value="127.0.0.0/8", created_at=make.now, until=make.now + timedelta(days=1)))
    assert tried("x@fine.example") == 422
    browser = make.browser()
    browser.get("/login")
    answer = browser.post("/login", {"login": "ada", "password": PASSWORD})
    assert answer.status_code == 422 and "from your network" in answer.text
    clock.forward(days=2)
    browser.get("/login")
    assert "from your network" not in browser.post("/login", {"login": "ada", "password": PASSWORD}).text
    assert boss.post("/moderation/blocks/1/remove", {}).status_code == 303
    assert boss.post("/moderation/blocks/1/remove", {}).status_code == 404
    with make.core.db.read() as session:
        assert blocked(session, email="x@bad.example", now=make.now) == ""
        acts = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert acts == ["block.added", "block.added", "block.removed"]
