"""Mails and notices of moderation: who hears what, once, in their language, and never whose hand it was."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.accounts.models import Account
from forum.events import AppealFiled, CaseUrgent, DecisionMade, DecisionUndone
from forum.members.models import Member
from forum.moderation import jobs, words
from forum.moderation.domain import RULES
from forum.moderation.models import REASONS, Statement
from forum.notifications.domain import choose
from forum.notifications.models import Notice
from forum.worker import Task
from tests.integration.moderation.stage import Stage, set_stage

STAFF = ("CANARYmod", "CANARYboss")
REPORTERS = ("CANARYreporter", "CANARYsecond", "CANARYdetail")


@pytest.fixture
def stage(make: Any) -> Stage:
    found = set_stage(make)
    make.drain()  # that somebody answered a thread is told, too: not what is tested here
    make.core.worker.mailer.sent.clear()
    return found


def to(mailbox: Any, stage: Stage, who: str) -> list[Any]:
    return mailbox.to(f"{stage.people[who].name}@example.org".lower())


def whole(mail: Any) -> str:
    return f"{mail.subject}\n{mail.text}\n{mail.html}\n{mail.headers}"


def notices(make: Any, stage: Stage, who: str) -> list[tuple[str, str]]:
    with make.core.db.read() as session:
        rows = session.execute(
            select(Notice.kind, Notice.subject)
            .where(Notice.member_id == stage.people[who].id, Notice.listed, Notice.kind != "reply")
            .order_by(Notice.id)
        )
        return [(row.kind, row.subject) for row in rows]


def again(make: Any, job: Any, event: Any) -> None:
    core = make.core
    job(Task(99, core.db, core.settings, core.worker.mailer, core.clock, core.worker.templates), event)


def test_the_statement_itself_goes_by_mail(make: Any, mailbox: Any, stage: Stage) -> None:
    stage.report()
    decision = stage.decide("hide")
    make.drain()
    (mail,) = to(mailbox, stage, "author")
    row = make.get(Statement, 1)
    assert row.delivered_at == make.now
    assert mail.subject == "We hid a post of yours"
    for half in (mail.text, mail.html):
        assert "CANARYwhy" in half and "CANARYwords of the author" in half and row.reference in half
        assert "Hidden from everybody but you" in half and "Somebody reported it." in half
        assert "No program had a part in it." in half and "/guidelines/1#rule-1" in half
        assert "24 May 2027" in half and "Article 21" in half and f"/decisions/{decision}" in half
        assert "**CANARYwhy**" not in half, "cooked, not raw"
    assert "{{" not in mail.html and "{%" not in mail.html
    assert notices(make, stage, "author") == [("decision", f"decision:{decision}")]


def test_in_the_members_language(make: Any, mailbox: Any, stage: Stage) -> None:
    with make.core.db.write() as session:
        session.execute(update(Member).where(Member.id == stage.author.id).values(locale="it"))
    stage.decide("silence", "member", stage.author.id, until=make.now + timedelta(days=3))
    make.drain()
    (mail,) = to(mailbox, stage, "author")
    assert 'lang="it"' in mail.html and "martedì 24 novembre 2026" in mail.text


def test_nobody_is_named_to_anybody(make: Any, mailbox: Any, stage: Stage) -> None:
    stage.report()
    stage.report("second")
    decision = stage.decide("hide", to_reporters="Thank you.")
    make.drain()
    stage.answer(stage.appeal(decision), "upheld")
    make.drain()
    assert len(to(mailbox, stage, "author")) == 3, "the statement, the receipt, the answer"
    for mail in mailbox.sent:
        for name in (*STAFF, *REPORTERS):
            assert name not in whole(mail), f"{name} in {mail.subject} to {mail.to}"
        if mail.to != "canaryauthor@example.org":
            assert "CANARYwhy" not in whole(mail) and "CANARYwords" not in whole(mail)
            assert "CANARYobjection" not in whole(mail) and "CANARYreasons" not in whole(mail)


def test_who_reported_hears_the_outcome_and_may_switch_it_off(make: Any, mailbox: Any, stage: Stage) -> None:
    with make.core.db.write() as session:
        choose(session, actor=stage.second, site=["outcome"], mail=[])
    first = stage.report()
    stage.report("second")
    stage.decide("hide", to_reporters="CANARYthanks for telling us.")
    make.drain()
    (mail,) = to(mailbox, stage, "reporter")
    assert mail.subject == "We agreed: what came of your report" and "CANARYthanks" in mail.text
    assert "the moderation team" in mail.text and "List-Unsubscribe" in mail.headers
    assert "/notifications/" in mail.text, "through the sign-in: reports are not public"
    assert to(mailbox, stage, "second") == [] and len(notices(make, stage, "second")) == 1
    found = make.browser(stage.reporter).get("/notifications")
    assert "We agreed: what came of your report" in found.text and "CANARYmod" not in found.text
    assert first.reference in make.browser(stage.reporter).get("/reports", follow=True).text


def test_what_was_taken_back_before_it_left_is_told_to_nobody(make: Any, mailbox: Any, stage: Stage) -> None:
    stage.report()
    stage.undo(stage.decide("hide"))
    make.drain()
    assert mailbox.sent == [] and make.get(Statement, 1).delivered_at is None
    assert notices(make, stage, "author") == notices(make, stage, "reporter") == []


def test_taken_back_after_it_left(make: Any, mailbox: Any, stage: Stage) -> None:
    stage.report()
    decision = stage.decide("hide")
    make.drain()
    stage.undo(decision)
    make.drain()
    mail = to(mailbox, stage, "author")[-1]
    assert mail.subject == "We have taken a decision about you back" and "“We hid a post of yours”" in mail.text
    assert notices(make, stage, "author")[-1] == ("undone", f"undone:{decision}")
    assert notices(make, stage, "reporter") == [], "the report is open again"
    stage.decide("dismiss")
    make.drain()
    assert len(notices(make, stage, "reporter")) == 1, "and its new outcome is told"


def test_every_act_has_its_words() -> None:
    for action, rule in RULES.items():
        assert action in words.ACTS
        for kind in rule.on:
            assert words.logged(action, kind) != "Something was decided", (action, kind)
            if rule.restricts:
                assert words.told(action, kind)
    assert set(words.REASON_WORDS) == set(REASONS)


def test_the_jobs_again_tell_nobody_twice(make: Any, mailbox: Any, stage: Stage) -> None:
    stage.report(threat=True)
    decision = stage.decide("hide")
    make.drain()
    stage.appeal(decision)
    make.drain()
    before = len(mailbox.sent), len(notices(make, stage, "boss"))
    for job, event in (
        (jobs.tell_decision, DecisionMade(decision)), (jobs.tell_appeal, AppealFiled(1)),
        (jobs.tell_undone, DecisionUndone(decision)), (jobs.alarm, CaseUrgent(1)),
        (jobs.tell_decision, DecisionMade(999)), (jobs.tell_appeal, AppealFiled(999)), (jobs.alarm, CaseUrgent(999)),
    ):  # fmt: skip
        again(make, job, event)
    make.drain()
    assert (len(mailbox.sent), len(notices(make, stage, "boss"))) == before


def test_a_mail_server_that_is_away_delays_and_loses_nothing(make: Any, clock: Any, mailbox: Any, stage: Stage) -> None:
    stage.decide("hide")
    mailbox.fail = OSError("away")
    make.drain()
    assert make.get(Statement, 1).delivered_at is None
    mailbox.fail = None
    clock.forward(days=1)
    make.drain()
    (mail,) = to(mailbox, stage, "author")
    assert make.get(Statement, 1).delivered_at == clock.now
    with make.core.db.write() as session:  # as if it had been killed between sending and marking
        session.execute(update(Notice).where(Notice.kind == "decision").values(mail="due"))
    again(make, jobs.tell_decision, DecisionMade(1))
    assert {one.message_id for one in to(mailbox, stage, "author")} == {mail.message_id}


def test_a_statement_cannot_be_switched_off(make: Any, mailbox: Any, stage: Stage) -> None:
    with make.core.db.write() as session:
        choose(session, actor=stage.author, site=[], mail=[])
    stage.decide("hide")
    make.drain()
    assert len(to(mailbox, stage, "author")) == 1 and len(notices(make, stage, "author")) == 1
    page = make.browser(stage.author).get("/settings/notices").text
    assert 'value="decision"' not in page and "always reach you" in page
    assert 'value="alarm"' not in page, "a moderator's switch"
    assert 'value="alarm"' in make.browser(stage.mod).get("/settings/notices").text


@pytest.mark.parametrize("gone", ["none", "unverified"])
def test_members_without_address_are_skipped_cleanly(make: Any, mailbox: Any, stage: Stage, gone: str) -> None:
    with make.core.db.write() as session:
        account = session.scalar(select(Account).where(Account.member_id == stage.author.id))
        assert account is not None
        if gone == "none":
            session.delete(account)
        else:
            account.verified_at = None
    stage.report()
    decision = stage.decide("hide")
    stage.answer(stage.appeal(decision), "reversed")
    make.drain()
    assert to(mailbox, stage, "author") == [] and make.get(Statement, 1).delivered_at is None
    with make.core.db.read() as session:
        from forum.outbox import Outbox

        assert session.scalar(select(Outbox.id).where(Outbox.done_at.is_(None))) is None


def test_a_title_that_they_may_no_longer_read_is_not_in_it(make: Any, mailbox: Any, stage: Stage) -> None:
    """Another's thread, which was closed to members meanwhile; their own words stay."""
    from forum.categories.models import Category

    stage.decide("hide")
    with make.core.db.write() as session:
        session.execute(update(Category).values(visibility="staff"))
    make.drain()
    (mail,) = to(mailbox, stage, "author")
    assert "CANARYtitle" not in whole(mail) and "CANARYwords" in mail.text


def test_a_threat_is_told_at_once_to_those_who_may_act(make: Any, mailbox: Any, stage: Stage) -> None:
    bound = make.member("boundmod", role="moderator", bound=True)
    stage.report("mod", threat=True)
    make.drain()
    (mail,) = to(mailbox, stage, "boss")
    assert mail.subject.startswith("Urgent:") and "CANARYtitle" in mail.subject
    assert to(mailbox, stage, "mod") == [], "who reported it may not decide it"
    assert notices(make, stage, "author") == [] and mailbox.to(f"{bound.name}@example.org") == []
    assert "CANARYdetail" not in whole(mail) and "CANARYmod" not in whole(mail)


def test_an_objection_is_told_to_others_than_who_decided(make: Any, mailbox: Any, stage: Stage) -> None:
    decision = stage.decide("hide")
    make.drain()
    stage.appeal(decision)
    make.drain()
    (mail,) = to(mailbox, stage, "boss")
    assert "objection waits" in mail.subject and "CANARYobjection" not in whole(mail)
    assert to(mailbox, stage, "mod") == []
    receipt = to(mailbox, stage, "author")[-1]
    assert receipt.subject == "We have your objection" and "Saturday 5 December" in receipt.text
    assert "CANARYobjection" in receipt.text


def test_on_a_site_with_one_moderator_they_hear_of_it_themselves(make: Any, mailbox: Any, stage: Stage) -> None:
    with make.core.db.write() as session:
        session.execute(update(Member).where(Member.id == stage.boss.id).values(role="member"))
    decision = stage.decide("hide")
    stage.appeal(decision)
    make.drain()
    assert ("appeal", "appeal:1") in notices(make, stage, "mod")


@pytest.mark.parametrize("outcome", ["upheld", "reversed"])
def test_the_answer_goes_to_who_objected(make: Any, mailbox: Any, stage: Stage, outcome: str) -> None:
    stage.report()
    decision = stage.decide("hide")
    made = stage.appeal(decision)
    make.drain()
    stage.answer(made, outcome)
    make.drain()
    mail = to(mailbox, stage, "author")[-1]
    assert ("reversed" in mail.subject) == (outcome == "reversed") and "CANARYreasons" in mail.text
    assert ("undone", f"undone:{decision}") not in notices(make, stage, "author"), "the answer says it already"
    assert ("appeal", "appeal:1") not in notices(make, stage, "boss"), "done with"
    changed = ("outcome", f"changed:{decision}") in notices(make, stage, "reporter")
    assert changed == (outcome == "reversed"), "who had been told that we agreed hears that it changed"


def test_a_reporter_who_was_not_believed_has_receipt_and_answer(make: Any, mailbox: Any, stage: Stage) -> None:
    reference = stage.report().reference
    decision = stage.decide("dismiss")
    make.drain()
    stage.answer(stage.appeal(decision, "reporter"), "reversed")
    make.drain()
    last = to(mailbox, stage, "reporter")[-1]
    assert "being looked at anew" in last.text and f"/reports/{reference}" in last.text
    assert to(mailbox, stage, "author") == []
