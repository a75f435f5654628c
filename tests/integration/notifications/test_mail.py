"""The mail of a notice: what is in it, and when it does not leave."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import update

from forum.accounts.models import Account
from forum.categories.models import Category
from forum.events import NoticeMade
from forum.kit.mail import FileMailer
from forum.members.models import Member
from forum.notifications import domain, jobs
from forum.notifications.models import Notice
from forum.threads import domain as threads
from forum.worker import Task


@pytest.fixture
def anna(make):
    return make.member("anna", locale="en", timezone="America/New_York")


@pytest.fixture
def ben(make):
    return make.member("ben", display_name="Ben Toffoli")


@pytest.fixture
def pending(make, anna, ben):
    """A notice that was made, and whose mail has not left: the job ran, the mail server was away."""
    second = make.reply(ben, make.thread(anna, title="Brake pads").thread_id, "They are **worn**, that is all.")
    make.core.worker.mailer.fail = OSError("no mail server")
    make.drain()
    make.core.worker.mailer.fail = None
    with make.core.db.read() as session:
        assert session.get(Notice, 1).mail == "due"
    return second


def later(make, clock):
    clock.forward(hours=1)
    make.drain()
    return make.get(Notice, 1)


def test_a_mail_says_who_what_why_and_how_to_stop(make, clock, mailbox, pending):
    notice = later(make, clock)
    assert notice.mail == "sent" and notice.mailed_at == clock.now
    (mail,) = mailbox.sent
    assert mail.to == "anna@example.org" and mail.message_id == f"notice-{notice.id}"
    assert mail.subject == "Ben Toffoli replied to you in “Brake pads”"
    assert "They are worn, that is all." in mail.text and "They are worn, that is all." in mail.html
    assert "you opened this thread" in mail.text and "you opened this thread" in mail.html
    assert "http://127.0.0.1:8000/p/2\n" in mail.text and "/t/" not in mail.text
    assert "Saturday 21 November 2026, 04:00" in mail.text, "in the reader's own time zone"
    assert re.fullmatch(r"<http://127.0.0.1:8000/unsubscribe/1/reply/[0-9a-f]{32}>", mail.headers["List-Unsubscribe"])
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["List-Unsubscribe"][1:-1] in mail.text and "/settings/notices" in mail.text
    assert "{{" not in mail.html and "{%" not in mail.html


def test_a_mail_in_italian(make, clock, mailbox, ben):
    mara = make.member("mara", locale="it")
    make.reply(ben, make.thread(mara).thread_id)
    make.drain()
    assert 'lang="it"' in mailbox.sent[0].html and "sabato 21 novembre 2026" in mailbox.sent[0].text


def test_headers_survive_on_the_wire(make, clock, pending, tmp_path):
    """Long addresses must not be folded into encoded words: mail programs would not find the link."""
    domain_name = "community.of-a-maker-with-a-long-name.example"
    core = make.core
    core.worker.settings = replace(core.settings, base_url=f"https://{domain_name}")
    core.worker.mailer = FileMailer(tmp_path, sender="f@example.org", sender_name="Ritrovo", domain=domain_name)
    later(make, clock)
    (file,) = tmp_path.glob("*.eml")
    head = file.read_bytes().partition(b"\r\n\r\n")[0].decode("ascii")
    link = rf"<https://{domain_name}/unsubscribe/\d+/reply/[0-9a-f]{{32}}>"
    assert re.search(rf"(?m)^List-Unsubscribe: {link}\r$", head)
    assert re.search(r"(?m)^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$", head)
    assert f"References: <thread-1@{domain_name}>\r" in head
    assert str(message_from_bytes(file.read_bytes(), policy=default)["Message-ID"]) == f"<notice-1@{domain_name}>"


def test_a_name_in_a_mail_is_no_link(make, mailbox, anna):
    trick = make.member("trick", display_name="pay.example/now")
    make.reply(trick, make.thread(anna).thread_id)
    make.drain()
    assert "pay.example/now" not in mailbox.sent[0].text + mailbox.sent[0].subject


def _delete(make, ref, ben):
    with make.core.db.write() as session:
        threads.delete(session, actor=ben, post_id=ref.id, now=make.now)


def _hide(make, ref, ben):
    make.state(ref, "hidden")


def _hide_thread(make, ref, ben):
    make.state(ref, "hidden", thread=True)


def _close(make, ref, ben):
    with make.core.db.write() as session:
        session.execute(update(Category).values(visibility="staff"))


def _switch_off(make, ref, ben):
    with make.core.db.write() as session:
        domain.set_mail(session, member_id=make.get(Notice, 1).member_id, kind="reply", wanted=False)


def _unverify(make, ref, ben):
    with make.core.db.write() as session:
        session.execute(update(Account).values(verified_at=None))


def _read_it(make, ref, ben):
    with make.core.db.write() as session:
        session.execute(update(Notice).values(read_at=make.now))


@pytest.mark.parametrize("event", [_delete, _hide, _hide_thread, _close, _switch_off, _unverify, _read_it])
def test_what_may_no_longer_be_read_or_is_not_wanted_does_not_leave(make, clock, mailbox, ben, pending, event):
    event(make, pending, ben)
    notice = later(make, clock)
    assert mailbox.sent == [] and notice.mail == "dropped" and notice.mailed_at is None
    clock.forward(days=1)
    make.drain()
    assert mailbox.sent == []


def test_a_member_who_left_the_staff_gets_no_staff_mail(make, clock, mailbox, ben):
    boss, mod = make.member("boss", role="admin"), make.member("mod", role="moderator")
    make.thread(boss, make.category("desk", visibility="staff"), body="For @mod: the secret word is canary.")
    mailbox.fail = OSError()
    make.drain()
    mailbox.fail = None
    with make.core.db.write() as session:
        session.execute(update(Member).where(Member.id == mod.id).values(role="member"))
    clock.forward(hours=1)
    make.drain()
    assert mailbox.sent == []


def test_what_only_members_read_is_linked_through_the_sign_in(make, mailbox, anna, ben):
    make.thread(ben, make.category("inner", visibility="members"), body="Come, @anna")
    make.drain()
    assert "http://127.0.0.1:8000/notifications/1" in mailbox.sent[0].text and "/t/" not in mailbox.sent[0].text


def test_the_job_again_sends_nothing_more(make, clock, mailbox, pending):
    later(make, clock)
    core = make.core
    task = Task(99, core.db, core.settings, mailbox, clock, core.worker.templates)
    jobs.mail_notice(task, NoticeMade(1))
    jobs.mail_notice(task, NoticeMade(12345))
    assert len(mailbox.sent) == 1


def test_killed_between_sending_and_marking_the_same_mail_goes_again(make, clock, mailbox, pending):
    later(make, clock)
    with make.core.db.write() as session:
        session.execute(update(Notice).values(mail="due"))
    core = make.core
    jobs.mail_notice(Task(99, core.db, core.settings, mailbox, clock, core.worker.templates), NoticeMade(1))
    assert {mail.message_id for mail in mailbox.sent} == {"notice-1"} and len(mailbox.sent) == 2


def test_a_mail_that_waited_for_a_week_stays_here(make, clock, mailbox, pending):
    clock.now = datetime(2026, 12, 24, tzinfo=UTC)
    make.drain()
    assert mailbox.sent == [] and make.get(Notice, 1).mail == "dropped"


def test_a_long_post_is_cut(make, mailbox, anna, ben):
    make.reply(ben, make.thread(anna).thread_id, "\n\n".join(f"Paragraph {n} " + "word " * 60 for n in range(20)))
    make.drain()
    assert "Paragraph 3" in mailbox.sent[0].text and "Paragraph 9" not in mailbox.sent[0].text
    assert "…" in mailbox.sent[0].text
