"""The verbs: drafts, notice periods, which version applied when, withdrawal, acknowledgement."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from forum.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from forum.guidelines import domain, queries
from forum.guidelines.builtin import builtin
from forum.guidelines.models import GuidelineAcknowledgement, GuidelineVersion
from forum.outbox import Outbox
from forum.policy.actors import GUEST
from tests.support.guidelines import FORTNIGHT, Rules

DAY = timedelta(days=1)


@pytest.fixture
def boss(make):
    return make.member("livia", role="manager")


@pytest.fixture
def rules(make, boss):
    return Rules(make, boss)


def standing(db, now):
    with db.read() as session:
        return queries.in_force(session, now)


def test_without_a_row_the_built_in_text_is_version_one(db, clock):
    found = standing(db, clock())
    assert found.number == 1 and found.effective_at is None and found.state(clock()) == "public"
    assert [rule.number for rule in found.rules] == [str(n) for n in range(1, 12)]
    assert found.rules[1] == ("2", "How we talk", "Come si parla")
    assert queries.rule_title(found, "2", "it") == "Come si parla"
    assert queries.rule_title(found, "2", "en") == "How we talk"
    assert queries.rule_title(found, "99", "en") == queries.rule_title(found, "", "en") == ""
    with db.read() as session:
        assert queries.announced_next(session, clock()) is None
        assert [step.number for step in queries.history(session, clock())] == [1]
        assert queries.version(session, 1).html_it == builtin().html_it


def test_the_version_in_force_depends_on_the_moment(db, clock, rules, boss):
    rules.publish(effective_at=clock() + FORTNIGHT)
    day, began = clock() + FORTNIGHT, clock()
    assert standing(db, day - timedelta(seconds=1)).number == 1
    assert standing(db, day).number == 2
    with db.read() as session:
        coming = queries.announced_next(session, began)
        assert coming is not None and coming.number == 2 and coming.effective_at == day
        assert queries.announced_next(session, day) is None
        assert queries.version(session, 1).source_en == builtin().source_en, "the built-in text is kept as version 1"
        assert queries.before(session, queries.version(session, 2)).number == 1
    assert rules.row(1).effective_at is None and rules.row(1).author_id is None
    steps = rules.history()
    assert [(step.number, step.state) for step in steps] == [(2, "announced"), (1, "in_force")]
    assert steps[1].until == day
    clock.now = day
    assert [(step.number, step.state) for step in rules.history()] == [(2, "in_force"), (1, "over")]
    clock.forward(days=1)
    rules.publish(significant=False, effective_at=None, title="Clearer")
    assert standing(db, clock()).number == 3
    assert [(s.number, s.state, s.before) for s in rules.history()] == [
        (3, "in_force", 2), (2, "over", 1), (1, "over", None)
    ]  # fmt: skip
    assert standing(db, day).number == 2, "what applied then is known for ever"


@pytest.mark.parametrize(
    ("significant", "ahead", "problem"),
    [
        (True, FORTNIGHT, False),
        (True, FORTNIGHT - timedelta(seconds=1), True),
        (True, None, True),
        (True, timedelta(days=367), True),
        (False, None, False),
        (False, timedelta(days=1), False),
        (False, -DAY, True),
    ],
)
def test_the_notice_period(clock, rules, significant, ahead, problem):
    day = None if ahead is None else clock() + ahead
    if not problem:
        rules.publish(significant=significant, effective_at=day)
        assert rules.row(2).effective_at == (day or clock())
        return
    with pytest.raises(Invalid) as caught:
        rules.publish(significant=significant, effective_at=day)
    assert list(caught.value.fields) == ["date"]
    assert rules.row(2).announced_at is None


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ({"source_it": ""}, {"source_it"}),
        ({"source_en": "No headings."}, {"source_en"}),
        ({"source_it": "## Sola"}, {"source_it"}),
        ({"source_en": "# Title\n\n## One"}, {"source_en"}),
        ({"source_en": "## One\n\n##\n"}, {"source_en"}),
        ({"source_en": "## " + "x" * 151}, {"source_en"}),
        ({"source_en": "## x\n" * 41}, {"source_en"}),
        ({"changes_en": " "}, {"changes_en"}),
        ({"changes_it": "", "source_it": ""}, {"changes_it", "source_it"}),
    ],
)
def test_what_an_announcement_asks_for(clock, rules, words, fields):
    with pytest.raises(Invalid) as caught:
        rules.publish(effective_at=clock() + FORTNIGHT, **words)
    assert set(caught.value.fields) == fields


def test_headings_inside_other_things_are_no_rules(rules):
    rules.publish(
        significant=False, effective_at=None,
        source_en="## One\n\n```\n## code\n```\n\n> ## quoted\n\n### below\n", source_it="## Una\n\nE basta.",
    )  # fmt: skip
    row = rules.row(2)
    assert row.html_en.count("<h2 ") == 1 and '<h2 id="rule-1">' in row.html_en


def test_nothing_new_cannot_be_announced(clock, rules):
    first = builtin()
    with pytest.raises(Invalid) as caught:
        rules.publish(effective_at=clock() + FORTNIGHT, source_en=first.source_en, source_it=first.source_it)
    assert list(caught.value.fields) == [""]


def test_a_text_that_is_too_long_is_not_saved():
    with pytest.raises(Invalid) as caught:
        domain.prepare(source_en="è" * 16_385, source_it="## Una", changes_en="x" * 1001)
    assert set(caught.value.fields) == {"source_en", "changes_en"}


def test_long_words_come_back_whole(rules):
    source = "## Rule\n\n" + "Parola lunga. " * 2300
    rules.publish(significant=False, effective_at=None, source_en=source, source_it=source)
    assert rules.row(2).source_it == source.strip("\n")
    assert len(rules.row(2).html_it) > 32_000


def test_a_stale_draft_is_a_conflict_with_what_was_saved(db, clock, rules, boss):
    number = rules.draft()
    rules.save(number, 1, source_en="## Mine")
    with pytest.raises(Conflict) as caught:
        rules.save(number, 1, source_en="## Theirs")
    assert caught.value.current.source_en == "## Mine" and caught.value.current.version == 2
    with db.write() as session, pytest.raises(Conflict):
        domain.announce(
            session, actor=boss, number=number, version=1, significant=False, effective_at=None, now=clock()
        )
    with db.write() as session, pytest.raises(Conflict):
        domain.discard(session, actor=boss, number=number, version=1, now=clock())
    assert rules.row(number).source_en == "## Mine"


def test_one_draft_at_a_time_and_none_while_another_is_announced(clock, rules):
    number = rules.draft()
    assert rules.draft() == number, "going on, not beginning anew"
    rules.publish(effective_at=clock() + FORTNIGHT)
    with pytest.raises(Conflict):
        rules.draft()
    with pytest.raises(Conflict):
        rules.save(number, 3)
    clock.forward(days=14)
    assert rules.draft() == 3
    assert rules.row(3).source_en == rules.row(2).source_en, "it begins with the newest words"


def test_discarding_a_draft_gives_its_number_back(db, clock, rules, boss):
    number = rules.draft()
    with db.write() as session:
        domain.discard(session, actor=boss, number=number, version=1, now=clock())
    assert rules.row(number) is None and rules.draft() == number


def test_a_withdrawn_version_never_applies_and_lends_its_words(db, clock, rules, boss):
    rules.publish(effective_at=clock() + FORTNIGHT, title="Too strict")
    rules.withdraw(2)
    clock.forward(days=30)
    assert standing(db, clock()).number == 1
    assert [(step.number, step.state) for step in rules.history()] == [(2, "withdrawn"), (1, "in_force")]
    assert rules.history()[1].until is None
    assert rules.draft() == 3 and rules.row(3).source_en == rules.row(2).source_en
    rules.publish(effective_at=clock() + FORTNIGHT, title="Milder")
    with db.read() as session:
        assert queries.before(session, queries.version(session, 3)).number == 1, "compared with what applied"
    for number in (1, 2):
        with pytest.raises(Conflict):
            rules.withdraw(number)


def test_what_applies_already_cannot_be_withdrawn(clock, rules):
    rules.publish(effective_at=clock() + FORTNIGHT)
    clock.forward(days=14)
    with pytest.raises(Conflict):
        rules.withdraw(2)
    with pytest.raises(NotFound):
        rules.withdraw(3)


@pytest.mark.parametrize("role", ["guest", "member", "team", "moderator"])
def test_only_managers_write(make, db, clock, rules, role):
    number = rules.draft()
    actor = GUEST if role == "guest" else make.member(role=role)
    words = domain.prepare(source_en="## x", source_it="## x")
    acts = (
        lambda s: domain.draft(s, actor=actor, now=clock()),
        lambda s: domain.edit(s, actor=actor, number=number, version=1, words=words, now=clock()),
        lambda s: domain.announce(
            s, actor=actor, number=number, version=1, significant=False, effective_at=None, now=clock()
        ),
        lambda s: domain.withdraw(s, actor=actor, number=number, now=clock()),
        lambda s: domain.discard(s, actor=actor, number=number, version=1, now=clock()),
    )
    for act in acts:
        with db.write() as session, pytest.raises(SignInNeeded if role == "guest" else Forbidden):
            act(session)
    with db.read() as session, pytest.raises(NotFound):
        queries.version(session, number, actor=actor)
    assert rules.row(number).version == 1


def test_acknowledging_twice_is_once(make, db, clock, rules):
    anna = make.member("anna")
    rules.publish(effective_at=clock() + FORTNIGHT)
    for _ in range(2):
        with db.write() as session:
            domain.acknowledge(session, actor=anna, number=2, now=clock())
        clock.forward(hours=1)
    with db.read() as session:
        [row] = session.scalars(select(GuidelineAcknowledgement).filter_by(member_id=anna.id)).all()
        assert (row.member_id, row.number, row.at) == (anna.id, 2, clock() - timedelta(hours=2))
        assert queries.readers(session, 2) == 2, "she, and who announced them"
        assert queries.readers(session, 1) == 0


def test_only_what_is_public_is_acknowledged(make, db, clock, rules):
    anna, number = make.member("anna"), rules.draft()
    for unknown in (number, 99, 0, 2**70):
        with db.write() as session, pytest.raises(NotFound):
            domain.acknowledge(session, actor=anna, number=unknown, now=clock())
    with db.write() as session, pytest.raises(SignInNeeded):
        domain.acknowledge(session, actor=GUEST, number=1, now=clock())
    rules.publish(effective_at=clock() + FORTNIGHT)
    rules.withdraw(number)
    with db.write() as session, pytest.raises(Conflict):
        domain.acknowledge(session, actor=anna, number=number, now=clock())


def test_corrections_tell_nobody(make, db, rules):
    make.member("anna")
    rules.publish(significant=False, effective_at=None)
    with db.read() as session:
        assert session.scalars(select(Outbox.event).where(Outbox.event.like("Guidelines%"))).all() == []


def test_every_act_is_in_the_log(db, clock, rules, boss):
    from forum.audit.models import AuditEntry

    rules.publish(effective_at=clock() + FORTNIGHT)
    rules.withdraw(2)
    with db.read() as session:
        entries = session.execute(select(AuditEntry.action, AuditEntry.actor_id, AuditEntry.target)).all()
    assert [tuple(entry) for entry in entries] == [
        (f"guidelines.{what}", boss.id, "guidelines:2") for what in ("drafted", "announced", "withdrawn")
    ]


def test_numbers_from_nowhere(db):
    with db.read() as session:
        for number in (0, -1, 2, 10_001, 2**31, 2**63):
            with pytest.raises(NotFound):
                queries.version(session, number)
        assert session.scalars(select(GuidelineVersion.number)).all() == []
