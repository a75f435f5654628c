"""The registers: settings, flaggers, orders, disputes, misuse, legal holds, the yearly report, retention."""

import csv
import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import func, select

from forum.legal.domain import holds, retention
from forum.legal.domain.holds import SEALED
from forum.legal.models import (
    AuthorityOrder,
    DisputeCase,
    LegalHold,
    LegalNotice,
    LegalSettings,
    MisuseMeasure,
    NoticeComplaint,
    Purge,
    TrustedFlagger,
)
from forum.legal.queries.files import NAMES, PARTS, file
from forum.legal.schema import SCHEMA
from forum.legal.transparency import defused, to_csv
from forum.moderation.domain import Act, decide
from forum.moderation.models import Case, Report, Statement
from forum.threads.models import Post, Revision
from tests.integration.legal.test_notices import give, judge, only

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def scene(make: Any) -> dict[str, Any]:
    people = {"author": make.member("author"), "mod": make.member("zelda", role="moderator")}
    people |= {"boss": make.member("boss", role="manager"), "admin": make.member("root", role="admin")}
    thread = make.thread(people["author"], title="A thread", body="Bad words.")
    return {**people, "thread": thread, "reply": make.reply(people["author"], thread.thread_id, "CANARYevidence")}


def count(make: Any, table: Any) -> int:
    with make.core.db.read() as session:
        return int(session.scalar(select(func.count()).select_from(table)) or 0)


def test_the_contact_page_says_who_keeps_this_site(make: Any, scene: dict[str, Any]) -> None:
    admin = make.browser(scene["admin"])
    assert "has not given a mail address" in make.browser().get("/contact").text
    form = {
        "operator": "Ventarola S.r.l.", "user_mail": "ciao@example.org", "authority_mail": "dsa@example.org",
        "languages": ["it", "de"], "size": "platform", "active_users": "1200",
    }  # fmt: skip
    wrong = admin.post("/manage/legal", {**form, "user_mail": "nonsense", "size": "huge", "active_users": "-1"})
    assert wrong.status_code == 422 and "Ventarola" in wrong.text and count(make, LegalSettings) == 0
    assert admin.post("/manage/legal", form).status_code == 303
    page = make.browser().get("/contact").text
    assert all(word in page for word in ("Ventarola S.r.l.", "ciao@example.org", "dsa@example.org", "Deutsch"))
    assert "1,200 on average over six months" in page, "DSA Art. 24 (2)"
    assert "What comes first here" in page and "nothing is chosen for you" in page, "DSA Art. 27"
    assert make.browser(scene["boss"]).get("/manage/legal").status_code == 403


def test_a_manager_keeps_flaggers_and_their_notices_come_first(make: Any, scene: dict[str, Any]) -> None:
    boss = make.browser(scene["boss"])
    assert boss.post("/manage/legal/flaggers", {"name": "x"}).status_code == 422
    boss.post("/manage/legal/flaggers", {"name": "Telefono Azzurro", "mail": "TF@example.org"})
    row = only(make, TrustedFlagger)
    give(make.browser(), scene["reply"], mail="tf@example.org")
    assert only(make, LegalNotice).flagger_id == row.id
    assert "Telefono Azzurro" in make.browser(scene["mod"]).get(f"/moderation/cases/{only(make, Case).id}").text
    assert boss.post(f"/manage/legal/flaggers/{row.id}", {"ended": "1"}).status_code == 303
    assert make.get(TrustedFlagger, row.id).ended_at == make.now


def test_an_order_goes_through_its_steps(make: Any, scene: dict[str, Any]) -> None:
    boss = make.browser(scene["boss"])
    form = {
        "article": "9", "authority": "Tribunale di Milano", "country": "it", "order_ref": "RG 1/26",
        "legal_basis": "Art. 700 c.p.c.", "category": "hate", "urls": "/p/1", "received_at": "2026-11-20T10:00",
    }  # fmt: skip
    assert boss.post("/manage/legal/orders", {**form, "received_at": "2027-01-01T10:00"}).status_code == 422
    where = boss.post("/manage/legal/orders", form).headers["location"]
    assert boss.post(where, {"step": "reported", "version": "1"}).status_code == 422
    assert boss.post(where, {"step": "acted", "effect": "Removed.", "version": "1"}).status_code == 303
    assert boss.post(where, {"step": "reported", "effect": "Removed.", "version": "1"}).status_code == 409
    assert boss.post(where, {"step": "reported", "effect": "Removed.", "version": "2"}).status_code == 303
    row = only(make, AuthorityOrder)
    assert (row.acted_at, row.reported_at, row.informed_at, row.country) == (make.now, make.now, None, "IT")


def test_a_sealed_post_is_on_no_page_and_comes_back_word_for_word(make: Any, scene: dict[str, Any]) -> None:
    post = scene["reply"]
    give(make.browser(), post)
    admin = make.browser(scene["admin"])
    form = {"url": f"/p/{post.id}", "reason": "Police report 12", "seal": "1"}
    assert "Remove it first" in admin.post("/manage/legal/holds", form).text
    judge(make, scene, "remove")
    before = make.get(Post, post.id)
    assert admin.post("/manage/legal/holds", form).status_code == 303
    case = only(make, Case)
    for reader in ("mod", "admin", "author"):
        browser = make.browser(scene[reader])
        for page in (f"/moderation/cases/{case.id}", f"/t/{post.thread_id}/x", "/decisions/1", "/manage/legal/holds"):
            assert "CANARYevidence" not in browser.get(page, follow=True).text, (reader, page)
    hold = only(make, LegalHold)
    taken = admin.post(f"/manage/legal/holds/{hold.id}/evidence")
    assert "CANARYevidence" in taken.text and "attachment" in taken.headers["content-disposition"]
    assert hold.sha256 == holds.digest(hold.evidence) == json.loads(taken.text)["sha256"]
    assert make.browser(scene["boss"]).post(f"/manage/legal/holds/{hold.id}/evidence").status_code == 403
    assert make.get(Post, post.id).source == SEALED and only(make, Report).snapshot == SEALED
    admin.post(f"/manage/legal/holds/{hold.id}/release")
    after = make.get(Post, post.id)
    assert (after.source, after.html) == (before.source, before.html)
    assert only(make, Statement).content == only(make, Report).snapshot == "CANARYevidence"
    assert make.get(LegalHold, hold.id).evidence == {} and count(make, Revision) == 0


def test_a_dispute_is_kept_until_its_result(make: Any, scene: dict[str, Any]) -> None:
    boss = make.browser(scene["boss"])
    form = {"body": "ADR Center", "case_ref": "ADR 7/26", "statement": "S-ABCDEFGH", "opened_at": "2026-11-20"}
    assert boss.post("/manage/legal/disputes", {**form, "body": ""}).status_code == 422
    assert boss.post("/manage/legal/disputes", form).status_code == 303
    row = only(make, DisputeCase)
    assert "ADR 7/26" in boss.get("/manage/legal/disputes").text and row.closed_at is None
    where = f"/manage/legal/disputes/{row.id}"
    assert boss.post(where, {"result": "nonsense"}).status_code == 422
    assert boss.post(where, {"result": "reversed", "implemented": "1"}).status_code == 303
    row = only(make, DisputeCase)
    assert (row.result, row.implemented, row.closed_at) == ("reversed", True, make.now)
    assert make.browser(scene["mod"]).get("/manage/legal/disputes").status_code == 403


def unfounded(make: Any, scene: dict[str, Any], many: int) -> None:
    """Notices by one guest that are rejected, and judged unfounded."""
    for _ in range(many):
        give(make.browser(), scene["reply"], mail="troll@example.org")
        with make.core.db.write() as session:
            case = session.scalars(select(Case).where(Case.state != "resolved")).one()
            decide(session, actor=scene["mod"], act=Act(action="dismiss"), case_id=case.id, now=make.now)
        make.drain()
        with make.core.db.read() as session:
            newest = session.scalar(select(func.max(LegalNotice.id)))
        answer = make.browser(scene["mod"]).post(f"/moderation/notices/{newest}/judge", {"unfounded": "1"})
        assert answer.status_code == 303


def test_notifiers_are_warned_first_and_then_wait(make: Any, mailbox: Any, scene: dict[str, Any], clock: Any) -> None:
    boss = make.browser(scene["boss"])
    unfounded(make, scene, 2)
    assert "Nobody" in boss.get("/manage/legal/misuse").text
    unfounded(make, scene, 1)
    who = {"side": "notifier", "who": f"mail:{_key(make)}", "gravity": "The same thread, again and again."}
    assert boss.post("/manage/legal/misuse", {**who, "kind": "suspension"}).status_code == 409
    assert boss.post("/manage/legal/misuse", {**who, "kind": "warning"}).status_code == 303
    clock.forward(days=1)
    boss = make.browser(scene["boss"])
    unfounded(make, scene, 1)
    assert boss.post("/manage/legal/misuse", {**who, "kind": "suspension", "days": "999"}).status_code == 422
    assert boss.post("/manage/legal/misuse", {**who, "kind": "suspension", "days": "30"}).status_code == 303
    make.drain()
    mails = [mail.subject for mail in mailbox.to("troll@example.org")]
    assert "A word about your notices" in mails and "We do not deal with your notices for a while" in mails
    refused = give(make.browser(), scene["reply"], mail="Troll@example.org", name="Typed Name")
    assert refused.status_code == 403 and "Typed Name" in refused.text
    assert "Tuesday 22 December 2026" in refused.text
    assert give(make.browser(), scene["reply"], mail="other@example.org").status_code == 303
    clock.forward(days=31)
    assert give(make.browser(), scene["reply"], mail="troll@example.org").status_code == 303


def _key(make: Any) -> str:
    with make.core.db.read() as session:
        return str(session.scalar(select(func.max(LegalNotice.mail_key))))


def test_posters_are_warned_first_through_decisions(make: Any, scene: dict[str, Any], clock: Any) -> None:
    why = {"reason": "illegal", "explanation": "Why."}

    def remove() -> None:
        ref = make.reply(scene["author"], scene["thread"].thread_id, "Again.")
        with make.core.db.write() as session:
            decide(session, actor=scene["mod"], act=Act(action="remove", **why), target_type="post",
                   target_id=ref.id, now=make.now)  # fmt: skip

    for _ in range(3):
        remove()
    boss = make.browser(scene["boss"])
    who = {"side": "poster", "who": f"member:{scene['author'].id}", "gravity": "Grave.", "days": "10"}
    assert boss.post("/manage/legal/misuse", {**who, "kind": "suspension"}).status_code == 409
    assert boss.post("/manage/legal/misuse", {**who, "kind": "warning"}).status_code == 303
    clock.forward(hours=1)
    remove_as_staff = make.browser(scene["boss"])
    with make.core.db.write() as session:
        decide(session, actor=scene["mod"], act=Act(action="remove", **why), target_type="post",
               target_id=scene["reply"].id, now=make.now)  # fmt: skip
    assert remove_as_staff.post("/manage/legal/misuse", {**who, "kind": "suspension"}).status_code == 303
    with make.core.db.read() as session:
        kinds = list(session.scalars(select(MisuseMeasure.kind).order_by(MisuseMeasure.id)))
        assert kinds == ["warning", "suspension"] and session.scalar(select(func.count()).select_from(Statement)) == 6


def test_a_guest_objects_and_somebody_else_reverses(make: Any, mailbox: Any, scene: dict[str, Any]) -> None:
    guest = make.browser()
    where = give(guest, scene["reply"], mail="nora@example.org").headers["location"]
    judge(make, scene, "dismiss")
    make.drain()
    key = where.split("key=")[1][:32]
    reference = only(make, LegalNotice).reference
    path = f"/notices/{reference}/complaint"
    assert guest.post(path, {"key": "0" * 32, "text": "x"}).status_code == 404
    guest.get(f"{path}?key={key}")
    assert guest.post(path, {"key": key, "text": " "}).status_code == 422
    assert guest.post(path, {"key": key, "text": "Read it again."}).status_code == 303
    assert guest.post(path, {"key": key, "text": "And again."}).status_code == 409
    make.drain()
    made = only(make, NoticeComplaint)
    answer = {"outcome": "reversed", "reasons": "You are right."}
    assert make.browser(scene["mod"]).post(f"/moderation/complaints/{made.id}", answer).status_code == 403
    other = make.browser(make.member("other", role="moderator"))
    assert "Read it again." in other.get(f"/moderation/complaints/{made.id}").text
    assert other.post(f"/moderation/complaints/{made.id}", answer).status_code == 303
    make.drain()
    make.drain()
    assert only(make, LegalNotice).outcome == "" and "You are right." in guest.get(where).text
    assert "You are right." in mailbox.to("nora@example.org")[-1].text


def test_the_yearly_report_has_ten_parts_and_nobodys_data(make: Any, scene: dict[str, Any], clock: Any) -> None:
    give(make.browser(), scene["reply"], mail="CANARYmail@example.org", name="CANARYname")
    clock.forward(hours=5)
    judge(make, scene, "remove")
    with make.core.db.write() as session:
        hide = Act(action="hide", reason="spam", explanation="CANARYwhy")
        decide(session, actor=scene["mod"], act=hide, target_type="thread", target_id=scene["thread"].thread_id,
               now=make.now)  # fmt: skip
    make.drain()
    assert len(PARTS) == 10
    with make.core.db.read() as session:
        made = {name: file(session, 2026, name, BASE) for name in NAMES}
        with pytest.raises(KeyError):
            file(session, 2026, "../x", BASE)
    assert not any(b"CANARY" in body or b"author" in body.replace(b"same author", b"") for body in made.values())
    notices = list(csv.DictReader(io.StringIO(made["03_notices.csv"].decode())))
    assert len(notices) == 17 and notices[0]["category"] == "TOTAL"
    assert (notices[0]["notices"], notices[0]["by_law"], notices[0]["median_hours"]) == ("1", "1", "5.0")
    terms = list(csv.DictReader(io.StringIO(made["05_own_initiative_terms.csv"].decode())))
    assert terms[0]["measures"] == terms[0]["DECISION_VISIBILITY_CONTENT_DISABLED"] == "1"
    told = json.loads(made["statements.json"])["statements"]
    assert len(told) == 2 and all(Draft202012Validator(SCHEMA).is_valid(one) for one in told)
    assert set(json.loads(made["report.json"])["parts"]) == {*PARTS, "handling"}
    handled = list(csv.DictReader(io.StringIO(made["handling.csv"].decode())))
    assert {row["by"] for row in handled} == {"all", "category", "language", "source"}
    boss = make.browser(scene["boss"])
    assert boss.get("/manage/legal/report").status_code == 200
    assert boss.get("/manage/legal/report/2026/statements.csv").status_code == 200
    assert boss.get("/manage/legal/report/2026/secret.csv").status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert str(defused(cell)).startswith("'") and defused(-1) == -1
    [row] = csv.reader(io.StringIO(to_csv([[cell, "ok", None]]).decode(), newline=""))
    assert row == ["'" + cell, "ok", ""]


def test_what_is_old_goes_but_not_what_is_held_or_open(make: Any, scene: dict[str, Any], clock: Any) -> None:
    other = make.reply(scene["author"], scene["thread"].thread_id, "Held words.")
    third = make.reply(scene["author"], scene["thread"].thread_id, "Open words.")
    for ref in (scene["reply"], other, third):
        give(make.browser(), ref, mail="nora@example.org", name="Nora")
    for ref in (scene["reply"], other):
        act = Act(action="remove", reason="illegal", explanation="Why.")
        with make.core.db.write() as session:
            decide(session, actor=scene["mod"], act=act, target_type="post", target_id=ref.id, now=make.now)
    make.drain()
    make.browser(scene["admin"]).post("/manage/legal/holds", {"url": f"/p/{other.id}", "reason": "Court"})
    clock.forward(days=401)
    gone = retention.run(make.core.db, make.now)
    assert gone["notices"] == 1 and gone["reports"] == 1 and "statements" not in gone
    with make.core.db.read() as session:
        names = list(session.scalars(select(LegalNotice.notifier_name).order_by(LegalNotice.id)))
        words = list(session.scalars(select(Report.snapshot).order_by(Report.id)))
        lines = {row.rule: (row.rows, row.kept) for row in session.scalars(select(Purge))}
    assert names == ["", "Nora", "Nora"] and words == ["", "Held words.", "Open words."]
    assert lines["notices"] == (1, 1) and lines["reports"] == (1, 1)
    assert retention.run(make.core.db, make.now) == {}
    clock.forward(days=800)
    assert retention.run(make.core.db, make.now)["statements"] == 1
    assert make.browser(scene["boss"]).get("/manage/legal/retention").status_code == 200


def test_every_rule_says_what_and_why() -> None:
    names = [rule.name for rule in retention.REGISTER]
    assert len(set(names)) == len(names) and all(
        rule.days > 0 and rule.what and rule.why for rule in retention.REGISTER
    )
