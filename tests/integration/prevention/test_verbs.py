"""Prevention in the verbs: what a text leaves behind, by the phase's mode."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import event, func, select, update

from forum.accounts.models import Account
from forum.errors import Invalid
from forum.members.models import Member
from forum.moderation import domain as moderation
from forum.moderation.domain.acts import Act
from forum.moderation.models import Case, Report
from forum.outbox import Outbox
from forum.prevention import domain, learning, queries
from forum.prevention.models import Check, Lesson, Mark, Setting, Token
from forum.prevention.verdicts import Finding
from forum.threads import domain as threads
from forum.threads.compose import compose
from forum.threads.models import Post, Thread

SPAM = "Buy cheap watches https://a.example/1 https://b.example/2 https://c.example/3 https://d.example/4"
HARMLESS = "I tried it with another cable yesterday, and since then the lamp has not gone out a single time."


@pytest.fixture
def place(make):
    """(a member of some standing, their thread)"""
    author = make.member("anna", joined_at=make.now - timedelta(days=400), post_count=100)
    return author, make.thread(author).thread_id


def say(core, actor, thread_id, body, **more):
    with core.db.write() as session:
        draft = compose(session, body)
        return threads.reply(session, actor=actor, thread_id=thread_id, draft=draft, now=core.clock(), **more)


def set_modes(core, manager, **modes):
    with core.db.write() as session:
        row = queries.settings(session)
        domain.change(
            session, actor=manager, modes=modes, options={}, first_read=[], version=row.version if row else 1,
            now=core.clock(),
        )  # fmt: skip


def checks(core):
    with core.db.read() as session:
        return session.scalars(select(Check).order_by(Check.id)).all()


def test_an_honest_post_leaves_a_check_and_nothing_else(core, make, place):
    newcomer = make.member("bruno")
    made = say(core, newcomer, place[1], HARMLESS)
    make.drain()
    (check,) = checks(core)
    assert (check.post_id, check.kind, check.outcome, check.level) == (made.id, "reply", "observe", 0)
    assert [one["phase"] for one in check.findings] == ["first"]
    with core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0
        assert session.scalar(select(func.count()).select_from(Mark)) == 8


def test_a_flag_opens_a_case_with_a_report_of_the_software(core, make, place):
    made = say(core, make.member("bruno"), place[1], SPAM)
    assert not made.held
    make.drain()
    with core.db.read() as session:
        case = session.scalars(select(Case)).one()
        report = session.scalars(select(Report)).one()
        assert (case.target_type, case.target_id, case.reason, case.held) == ("post", made.id, "spam", False)
        assert (report.reporter_id, report.snapshot, report.reference[:2]) == (None, SPAM, "A-")
        found = queries.findings(session, [made.id])[made.id]
    assert [(one.outcome, one.phase) for one in found] == [("flag", "links")]
    assert "a.example" in str(found[0].findings[0].says)


def test_a_hold_keeps_the_post_back_and_says_why(core, make, place):
    set_modes(core, make.member("maria", role="manager"), links="hold")
    made = say(core, make.member("bruno"), place[1], SPAM)
    assert made.held
    make.drain()
    with core.db.read() as session:
        post, thread = session.get_one(Post, made.id), session.get_one(Thread, place[1])
        case = session.scalars(select(Case)).one()
        assert (post.state, thread.post_count, thread.last_number, case.held) == ("held", 1, 2, True)
        assert session.scalar(select(func.count()).select_from(Report)) == 1
        assert session.scalar(select(Member.post_count).where(Member.name == "bruno")) == 0


def test_a_block_says_what_to_change_and_keeps_nothing(core, make, place):
    set_modes(core, make.member("maria", role="manager"), links="block")
    with pytest.raises(Invalid) as caught:
        say(core, make.member("bruno"), place[1], SPAM)
    assert "few links" in str(caught.value.fields["body"])
    assert checks(core) == []
    assert say(core, make.member("carla"), place[1], HARMLESS).number == 2


def test_the_operators_accounts_and_the_staff_are_never_held(core, make, place):
    set_modes(core, make.member("maria", role="manager"), links="block")
    trusted = make.member("bot")
    with core.db.write() as session:
        session.execute(update(Account).where(Account.member_id == trusted.id).values(trusted=True))
    assert not say(core, trusted, place[1], SPAM).held
    assert not say(core, make.member("mario", role="moderator"), place[1], SPAM).held
    assert checks(core) == []


def test_a_link_put_in_later_is_seen(core, make, place):
    author = make.member("bruno")
    made = say(core, author, place[1], HARMLESS)
    with core.db.write() as session:
        threads.edit(
            session, actor=author, post_id=made.id, draft=compose(session, SPAM), version=None, now=core.clock()
        )
    make.drain()
    assert [(check.kind, check.phase) for check in checks(core)] == [("reply", "first"), ("edit", "links")]
    with core.db.read() as session:
        assert session.scalars(select(Case)).one().target_id == made.id


def test_an_edit_that_is_held_waits_but_not_a_thread_that_others_answered(core, make, place):
    author, other = make.member("bruno"), place[0]
    with core.db.write() as session:
        opened = threads.start_thread(
            session, actor=author, category=make.category(), title="A question", draft=compose(session, HARMLESS),
            tags=[], now=core.clock(),
        )  # fmt: skip
    reply = say(core, author, place[1], HARMLESS + " And that was that.")
    say(core, other, opened.thread_id, "Good to know.")
    set_modes(core, make.member("maria", role="manager"), links="hold")
    for ref, state in ((reply, "held"), (opened, "visible")):
        with core.db.write() as session:
            made = threads.edit(
                session, actor=author, post_id=ref.id, draft=compose(session, SPAM), version=None, now=core.clock()
            )
        with core.db.read() as session:
            assert session.get_one(Post, ref.id).state == state
        assert made.held == (state == "held")
    make.drain()
    with core.db.read() as session:
        assert session.get_one(Thread, place[1]).post_count == 1
        assert {case.target_id: case.held for case in session.scalars(select(Case))} == {
            reply.id: True, opened.id: False,
        }  # fmt: skip


def test_words_are_censored_tagged_and_refused(core, make, place):
    manager = make.member("maria", role="manager")
    set_modes(core, manager, words="block")
    with core.db.write() as session:
        for texts, action, tag in (("cretino", "censor", ""), ("garanzia", "tag", "warranty"), ("viagra", "block", "")):
            domain.add_words(session, actor=manager, texts=texts, action=action, kind="word", tag=tag, now=core.clock())
    author = make.member("bruno")
    with core.db.write() as session:
        made = threads.start_thread(
            session, actor=author, category=make.category(), title="La garanzia del CRETlNO",
            draft=compose(session, "Sei un cr3tino, *davvero*."), tags=["luci"], now=core.clock(),
        )  # fmt: skip
    with core.db.read() as session:
        post, thread = session.get_one(Post, made.id), session.get_one(Thread, made.thread_id)
    assert post.source == "Sei un ■■■ *davvero*."
    assert (thread.title, thread.tag_names) == ("La garanzia del ■■■", "luci warranty")
    with pytest.raises(Invalid, match="quite right") as caught:
        say(core, author, place[1], "v\u200bі@gra")
    assert "viagra" in str(caught.value.fields["body"])
    with pytest.raises(Invalid) as caught, core.db.write() as session:
        threads.retitle(
            session, actor=author, thread_id=made.thread_id, title="Viagra", tags=[], version=1, now=core.clock()
        )
    assert set(caught.value.fields) == {"title"}


def test_a_decision_teaches_once_and_undoing_it_unlearns(core, make, place):
    moderator = make.member("mario", role="moderator")
    made = say(core, make.member("bruno"), place[1], SPAM)
    make.drain()
    with core.db.write() as session:
        outcome = moderation.decide(
            session, actor=moderator, now=core.clock(), target_type="post", target_id=made.id,
            act=Act(action="remove", reason="spam", explanation="Advertising."),
        )  # fmt: skip
    make.drain()
    with core.db.write() as session:
        assert queries.learned(session) == (1, 0)
        assert learning.learn(session, decision_id=outcome.id, now=core.clock()) == []
        assert queries.learned(session) == (1, 0)
        assert session.scalars(select(Check.judged)).all() == ["bad"]
        assert session.scalar(select(func.max(Token.bad))) == 1
    again = say(core, make.member("carla"), place[1], SPAM.replace("cheap", "cheap"))
    assert [one["phase"] for one in checks(core)[-1].findings] == ["links", "first"]  # too short for marks
    assert again.number == 3
    with core.db.write() as session:
        moderation.undo(session, actor=moderator, decision_id=outcome.id, now=core.clock())
    make.drain()
    with core.db.read() as session:
        assert queries.learned(session) == (0, 0)
        assert session.scalar(select(func.max(Token.bad))) == 0
        assert session.scalar(select(func.count()).select_from(Lesson)) == 0
        assert set(session.scalars(select(Check.judged))) == {""}


def test_what_stands_is_learned_as_good_and_old_checks_are_forgotten(core, make, place, clock):
    say(core, make.member("bruno"), place[1], HARMLESS)
    clock.forward(days=4)
    with core.db.write() as session:
        assert learning.learn_from_what_stands(session, clock()) == 1
        assert learning.learn_from_what_stands(session, clock()) == 0
        assert queries.learned(session) == (0, 1)
    clock.forward(days=100)
    with core.db.write() as session:
        assert domain.clean_up(session, clock()) == 1
        assert session.scalar(select(func.count()).select_from(Mark)) == 0


def test_what_was_taken_away_is_recognised_from_another_account(core, make, place):
    story = "I lost everything until a doctor cast a spell that brought my husband back within two days, write to him"
    moderator = make.member("mario", role="moderator")
    made = say(core, make.member("bruno"), place[1], story)
    make.drain()
    with core.db.write() as session:
        moderation.decide(
            session, actor=moderator, now=core.clock(), target_type="post", target_id=made.id,
            act=Act(action="remove", reason="spam", explanation="Advertising."),
        )  # fmt: skip
    make.drain()
    say(core, make.member("bruno2"), place[1], story.replace("two days", "three days").replace("a", "а"))
    last = checks(core)[-1]
    assert (last.outcome, last.phase) == ("flag", "repeat")
    assert "somebody else that was taken away" in str(msgspec.convert(last.findings[0], Finding).says)


def test_a_post_costs_few_statements(core, make, place):
    author = make.member("bruno")
    with core.db.write() as session:
        draft = compose(session, SPAM)
        statements: list[str] = []

        def note(_conn, _cursor, statement, *_rest):
            statements.append(statement)

        event.listen(core.db.engine, "before_cursor_execute", note)
        try:
            judged = domain.judge(
                session, actor=author, kind="reply", source=draft.source, html=draft.html, category_id=1,
                now=core.clock(),
            )  # fmt: skip
        finally:
            event.remove(core.db.engine, "before_cursor_execute", note)
        assert judged is not None
        assert len(statements) <= 6, statements


def test_settings_are_checked_and_logged(core, make):
    manager = make.member("maria", role="manager")
    with pytest.raises(Invalid) as caught, core.db.write() as session:
        domain.change(
            session, actor=manager, modes={"links": "shout"}, options={"rate.ten": "0", "links.most": "5"},
            first_read=[], version=1, now=core.clock(),
        )  # fmt: skip
    assert set(caught.value.fields) == {"links", "rate.ten"}
    set_modes(core, manager, links="hold")
    with core.db.read() as session:
        assert session.scalars(select(Setting.modes)).one() == {"links": "hold"}
        assert queries.rules(session).mode("links", "flag") == "hold"
        assert session.scalar(select(func.count()).select_from(Outbox)) == 0
