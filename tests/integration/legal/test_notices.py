"""Notices of illegal content: who gives them, what the queue makes of them, what the notifier hears."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.legal import words
from forum.legal.models import LegalNotice, LegalNoticeItem, TrustedFlagger
from forum.moderation.domain import Act, decide, undo
from forum.moderation.models import Case, Report

WORDS = {
    "category": "hate", "explanation": "It calls for violence against a group of people.", "law": "Art. 604-bis c.p.",
    "good_faith": "1",
}  # fmt: skip


@pytest.fixture
def scene(make: Any) -> dict[str, Any]:
    author, mod = make.member("author"), make.member("zelda", role="moderator")
    thread = make.thread(author, title="A thread", body="Bad words.")
    return {"author": author, "mod": mod, "thread": thread, "reply": make.reply(author, thread.thread_id, "Worse.")}


def give(browser: Any, ref: Any, path: str = "/report/illegal", **more: Any) -> Any:
    browser.get(path)
    return browser.post(path, {"urls": f"/p/{ref.id}", **WORDS, **more})


def only(make: Any, table: Any) -> Any:
    with make.core.db.read() as session:
        row = session.scalars(select(table)).one()
        session.expunge(row)
        return row


def judge(make: Any, scene: dict[str, Any], action: str, **more: Any) -> int:
    why = {"reason": "illegal", "rule": "1", "explanation": "To the author."} if action != "dismiss" else {}
    case = only(make, Case)
    with make.core.db.write() as session:
        act = Act(action=action, **why, **more)
        return decide(session, actor=scene["mod"], act=act, case_id=case.id, now=make.now).id


def test_a_guest_gives_notice_and_reads_the_reasoned_decision(make: Any, mailbox: Any, scene: dict[str, Any]) -> None:
    guest = make.browser(language="it")
    answer = give(guest, scene["reply"], mail="Nora@Example.org", name="Nora")
    assert answer.status_code == 303
    notice, item, report = only(make, LegalNotice), only(make, LegalNoticeItem), only(make, Report)
    assert re.fullmatch(r"N-[2-9A-Z]{8}", notice.reference)
    assert (report.reporter_id, report.state, report.snapshot) == (None, "open", "Worse.")
    assert (item.target_type, item.target_id, item.report_id) == ("post", scene["reply"].id, report.id)
    page = guest.get(answer.headers["location"])
    assert page.status_code == 200 and notice.reference in page.text
    make.drain()
    (receipt,) = mailbox.to("Nora@example.org") or mailbox.to("Nora@Example.org")
    link = re.search(r"http://127.0.0.1:8000(/notices/\S+key=[0-9a-f]{32})", receipt.text)
    assert link and notice.reference in receipt.subject and make.get(LegalNotice, notice.id).receipt_at == make.now
    judge(make, scene, "remove", to_reporters="Avevi ragione.")
    make.drain()
    decided = mailbox.to(receipt.to)[-1]
    assert "Avevi ragione." in decided.text and "To the author." not in decided.text and "zelda" not in decided.text
    assert "rticolo 21" in decided.text
    notice = make.get(LegalNotice, notice.id)
    assert (notice.outcome, notice.told, notice.decided_at) == ("upheld", "upheld", make.now)
    page = guest.get(link[1]).text
    assert "Avevi ragione." in page and "Art. 604-bis c.p." in page and "To the author." not in page


def test_without_mail_the_address_is_shown_once(make: Any, mailbox: Any, scene: dict[str, Any]) -> None:
    guest = make.browser()
    where = give(guest, scene["reply"]).headers["location"]
    assert "Keep the address" in guest.get(where).text
    assert "Keep the address" not in guest.get(where.replace("&thanks=1", "")).text
    make.drain()
    assert mailbox.sent == [] or all("otice" not in mail.subject for mail in mailbox.sent)


@pytest.mark.parametrize("key", ["", "0" * 32, "é"])
def test_nobody_reads_a_notice_without_its_key(make: Any, scene: dict[str, Any], key: str) -> None:
    give(make.browser(), scene["reply"])
    notice = only(make, LegalNotice)
    assert make.browser().get(f"/notices/{notice.reference}?key={key}").status_code == 404
    assert make.browser(scene["mod"]).get(f"/notices/{notice.reference}").status_code == 404


def test_a_member_reads_their_own(make: Any, scene: dict[str, Any]) -> None:
    nina = make.member("nina")
    give(make.browser(nina), scene["reply"])
    notice = only(make, LegalNotice)
    assert notice.member_id == nina.id and only(make, Report).reporter_id == nina.id
    assert make.browser(nina).get(f"/notices/{notice.reference}").status_code == 200


WRONG: dict[str, tuple[dict[str, str], str]] = {
    "nothing": ({"urls": ""}, "urls"),
    "elsewhere": ({"urls": "https://example.com/p/1"}, "urls"),
    "no such post": ({"urls": "/p/999"}, "urls"),
    "overflow": ({"urls": "/p/9999999999999999999"}, "urls"),
    "no page of content": ({"urls": "/login"}, "urls"),
    "too many": ({"urls": "\n".join(f"/p/{n}" for n in range(1, 30))}, "urls"),
    "no kind": ({"category": "x"}, "category"),
    "only against the rules": ({"category": "terms"}, "category"),
    "no reason": ({"explanation": "bad"}, "explanation"),
    "a novel": ({"explanation": "x" * 5001}, "explanation"),
    "no faith": ({"good_faith": ""}, "good_faith"),
    "no address": ({"mail": "nonsense"}, "mail"),
    "a robot": ({"website": "http://spam.example"}, "website"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_comes_back_with_what_was_typed(make: Any, scene: dict[str, Any], name: str) -> None:
    changed, field = WRONG[name]
    answer = give(make.browser(), scene["reply"], name="Typed Name", **changed)
    assert answer.status_code == 422 and f'href="#{field}"' in answer.text
    assert "Typed Name" in answer.text and "Art. 604-bis c.p." in answer.text
    with make.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(LegalNotice)) == 0


@pytest.mark.parametrize("state", ["hidden", "removed", "held", "deleted"])
def test_nobody_notices_what_they_cannot_see(make: Any, scene: dict[str, Any], state: str) -> None:
    make.state(scene["reply"], state)
    assert give(make.browser(), scene["reply"]).status_code == 422
    closed = make.thread(scene["mod"], make.category("staff", visibility="staff"))
    assert give(make.browser(), closed).status_code == 422


ADDRESSES = (
    "/p/{post}",
    "http://127.0.0.1:8000/p/{post}",
    "/t/{thread}/x#post-2",
    "/t/{thread}/x/2",
    "127.0.0.1:8000/p/{post}",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_lead_to_the_post(make: Any, scene: dict[str, Any], address: str) -> None:
    url = address.format(post=scene["reply"].id, thread=scene["thread"].thread_id)
    assert give(make.browser(), scene["reply"], urls=url).status_code == 303
    item = only(make, LegalNoticeItem)
    assert (item.target_type, item.target_id) == ("post", scene["reply"].id)


def test_several_addresses_join_several_cases_and_one_outcome(make: Any, scene: dict[str, Any]) -> None:
    urls = f"/p/{scene['reply'].id} /t/{scene['thread'].thread_id}\n/u/author /p/{scene['reply'].id}"
    give(make.browser(), scene["reply"], urls=urls)
    with make.core.db.read() as session:
        found = [(row.target_type, row.target_id) for row in session.scalars(select(LegalNoticeItem))]
        cases = session.scalars(select(Case).order_by(Case.id)).all()
    assert sorted(found) == sorted(
        [("post", scene["reply"].id), ("thread", scene["thread"].thread_id), ("member", scene["author"].id)]
    )
    for number, case in enumerate(cases):
        act = Act(action="dismiss") if number else Act(action="warn", reason="illegal", explanation="Why.")
        with make.core.db.write() as session:
            decide(session, actor=scene["mod"], act=act, case_id=case.id, now=make.now)
        make.drain()
        assert only(make, LegalNotice).outcome == ("partly" if number == len(cases) - 1 else "")


def test_taking_a_decision_back_opens_the_notice_again(make: Any, mailbox: Any, scene: dict[str, Any]) -> None:
    give(make.browser(), scene["reply"], mail="nora@example.org")
    made = judge(make, scene, "dismiss")
    make.drain()
    assert only(make, LegalNotice).outcome == "rejected"
    with make.core.db.write() as session:
        undo(session, actor=scene["mod"], decision_id=made, now=make.now)
    make.drain()
    make.drain()
    notice = only(make, LegalNotice)
    assert (notice.outcome, notice.told, notice.decided_at) == ("", "", None)
    subjects = [mail.subject for mail in mailbox.to("nora@example.org")]
    assert len(subjects) == 3 and "open again" in subjects[-1]


def test_trusted_flaggers_come_first_and_danger_before_them(make: Any, scene: dict[str, Any]) -> None:
    with make.core.db.write() as session:
        session.add(
            TrustedFlagger(name="Telefono", mail="tf@example.org", added_at=make.now, status_checked_at=make.now)
        )
    give(make.browser(), scene["reply"], mail="TF@example.org")
    give(make.browser(), scene["thread"], urls=f"/t/{scene['thread'].thread_id}")
    with make.core.db.read() as session:
        trusted, plain = session.scalars(select(Report.weight).order_by(Report.id)).all()
        assert session.scalar(select(LegalNotice.flagger_id).order_by(LegalNotice.id)) is not None
    assert plain < trusted < 2000 + 100


def test_minors_ask_for_take_down_and_the_clock_runs(make: Any, mailbox: Any, scene: dict[str, Any]) -> None:
    wrong = give(make.browser(), scene["reply"], "/report/bullying", mail="")
    assert wrong.status_code == 422 and 'href="#capacity"' in wrong.text and 'href="#mail"' in wrong.text
    answer = give(make.browser(), scene["reply"], "/report/bullying", mail="kid@example.org", capacity="minor")
    assert answer.status_code == 303
    notice = only(make, LegalNotice)
    assert notice.confirm_by == make.now + timedelta(hours=24) and notice.act_by == make.now + timedelta(hours=48)
    assert only(make, Report).reason == "harassment" and notice.kind == "bullying"
    desk = make.browser(scene["mod"])
    assert desk.post(f"/moderation/notices/{notice.id}/confirm").status_code == 303
    make.drain()
    make.drain()
    assert [mail.to for mail in mailbox.sent].count("kid@example.org") == 2
    assert make.get(LegalNotice, notice.id).confirmed_at == make.now
    assert desk.post(f"/moderation/notices/{notice.id}/confirm").status_code == 409


def test_sexual_content_of_minors_keeps_nobodys_name(make: Any, scene: dict[str, Any]) -> None:
    nina = make.member("nina")
    page = make.browser(nina).get("/report/illegal?about=minors").text
    assert 'name="mail"' not in page and 'name="name"' not in page
    give(make.browser(nina), scene["reply"], category="minors_sexual", name="Nina", mail="nina@example.org")
    notice = only(make, LegalNotice)
    assert (notice.notifier_name, notice.notifier_mail, notice.mail_key, notice.member_id) == ("", "", "", None)
    assert only(make, Report).reporter_id is None


def test_many_notices_from_one_place_wait_and_lose_nothing(make: Any, scene: dict[str, Any]) -> None:
    guest = make.browser()
    for _ in range(6):
        assert give(guest, scene["reply"]).status_code == 303
    answer = give(guest, scene["reply"], name="Typed Name")
    assert answer.status_code == 429 and "Typed Name" in answer.text and answer.headers["retry-after"] == "3600"


def test_the_author_deletes_instead(make: Any, scene: dict[str, Any]) -> None:
    assert give(make.browser(scene["author"]), scene["reply"]).status_code == 422


def test_the_commissions_sixteen_values() -> None:
    assert len(words.CODES) == 16
    assert all(words.CATEGORIES[key].code for key in words.NOTICED)
