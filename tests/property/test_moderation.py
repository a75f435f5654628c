"""Report → claim → decide → undo → appeal → outcome, in any order, by anybody, on both databases.

A model of a few lines says what must be allowed and what must be refused; after every step the database is asked
whether it has reached a state that is forbidden.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from forum.audit import verify as audit
from forum.categories.models import Category
from forum.errors import Conflict, Forbidden, ForumError, NotFound
from forum.members.models import Member
from forum.moderation.domain import Act, appeal, claim, decide, decide_appeal, release, report, undo
from forum.moderation.domain.acts import RULES, UNDO
from forum.moderation.domain.cases import IDLE_CLAIM
from forum.moderation.models import Appeal, Case, CategoryModerator, Decision, Report, Sanction, Statement, Strike
from forum.policy.actors import RANK, Actor
from forum.threads.models import Post
from tests.factories import Make

MEMBERS = ("author", "reader", "other")
STAFF = ("mod1", "mod2", "elsewhere", "boss")
ACTS = ("dismiss", "hide", "remove", "warn", "silence", "suspend", "ban", "approve")
STATE_AFTER = {"hide": "hidden", "remove": "removed", "approve": "visible"}
ANYBODY = st.sampled_from((*MEMBERS, *STAFF))
MOSTLY_STAFF = st.sampled_from(("mod1", "mod2", "boss", "mod1", "mod2", "boss", "elsewhere", "author", "reader"))
RARELY = st.sampled_from((False, False, False, False, True))
WHY = {"reason": "harassment", "explanation": "Please be kind."}


@dataclass
class Standing:
    """A decision that stands, as the model knows it."""

    id: int
    action: str
    actor: str
    post: int
    before: str
    made_at: Any
    reporters: set[str] = field(default_factory=set)


class Moderation(RuleBasedStateMachine):
    """One thread with three posts by two authors, three members, four of the staff."""

    make: Make

    @initialize()
    def scene(self) -> None:
        make = self.make
        self.people: dict[str, Actor] = {name: make.member(role="member") for name in MEMBERS}
        self.people |= {name: make.member(role="admin" if name == "boss" else "moderator") for name in STAFF}
        here, there = make.category(), make.category()
        with make.core.db.write() as session:
            place = session.scalar(select(Category.id).where(Category.slug == there))
            session.add(CategoryModerator(member_id=self.people["elsewhere"].id, category_id=place))
            session.execute(update(Member).where(Member.id == self.people["elsewhere"].id).values(bound=True))
        self.first = make.thread(self.people["author"], here)
        written = [make.reply(self.people[name], self.first.thread_id) for name in ("author", "mod1")]
        self.posts = {self.first.id: "author", written[0].id: "author", written[1].id: "mod1"}
        self.states = dict.fromkeys(self.posts, "visible")
        self.open: dict[int, set[str]] = {}
        self.claimed: dict[int, str] = {}
        self.idle: dict[int, str] = {}
        self.made: list[Standing] = []
        self.appealed: set[tuple[int, str]] = set()
        self.report("reader", 0, threat=False)
        self.report("other", 1, threat=False)

    # -- parts ------------------------------------------------------------------------------------------------

    def actor(self, name: str) -> Actor:
        """As a request would see them now: with what moderation set for them."""
        from forum.accounts.queries import member_by_name

        with self.make.core.db.read() as session:
            found = member_by_name(session, self.people[name].name, self.make.now)
            assert found is not None
            return found

    def attempt(self, verb: Any, **what: Any) -> Any:
        """The verb's result, or the error it refused with. Anything else than our own errors is a bug."""
        try:
            with self.make.core.db.write() as session:
                return verb(session, now=self.make.now, **what)
        except ForumError as error:
            return error

    def case_of(self, post: int) -> tuple[int, int]:
        """(id, version) of the newest case about a post; (0, 0) when there never was one."""
        with self.make.core.db.read() as session:
            row = session.execute(
                select(Case.id, Case.version)
                .where(Case.target_type == "post", Case.target_id == post)
                .order_by(Case.id.desc())
            ).first()
            return (row.id, row.version) if row else (0, 0)

    def one_of(self, which: int) -> int:
        """A post: mostly one with an open case."""
        choice = list(self.posts) if which < 1 or not self.open else list(self.open)
        return choice[which % len(choice)]

    def concerned(self, name: str, post: int, action: str) -> bool:
        """Must `name` leave this to somebody else?"""
        subject = self.people[self.posts[post]]
        theirs, ours = RANK[subject.role], RANK[self.people[name].role]
        ranked = action in {"warn", "silence", "suspend", "ban"}
        return (
            self.posts[post] == name
            or name == "elsewhere"
            or name in self.open.get(post, set())
            or theirs > ours
            or (ranked and theirs == ours)
        )

    # -- steps ------------------------------------------------------------------------------------------------

    @rule(who=ANYBODY, which=st.integers(0, 2), threat=st.booleans())
    def report(self, who: str, which: int, threat: bool) -> None:
        post = list(self.posts)[which]
        done = self.attempt(
            report, actor=self.actor(who), target_type="post", target_id=post, reason="spam", threat=threat
        )
        if isinstance(done, ForumError):
            own, gone = self.posts[post] == who, self.states[post] != "visible"
            assert own or gone or self.actor(who).is_suspended, f"{who}: {done}"
        else:
            assert self.posts[post] != who and self.states[post] == "visible"
            self.open.setdefault(post, set()).add(who)

    @rule(who=MOSTLY_STAFF, which=st.integers(0, 5), stale=RARELY)
    def claim(self, who: str, which: int, stale: bool) -> None:
        post = self.one_of(which)
        case, version = self.case_of(post)
        done = self.attempt(claim, actor=self.actor(who), case_id=case, version=version - stale)
        held_by = self.claimed.get(post)
        if isinstance(done, ForumError):
            return
        assert who in STAFF and who != "elsewhere" and self.posts[post] != who
        assert post in self.open and held_by in (None, who)
        assert not stale or who in (held_by, self.idle.get(post)), "one's own claim is renewed in any case"
        self.idle.pop(post, None)
        self.claimed[post] = who

    @rule(who=st.sampled_from(STAFF), which=st.integers(0, 2))
    def release(self, who: str, which: int) -> None:
        post = list(self.posts)[which]
        done = self.attempt(release, actor=self.actor(who), case_id=self.case_of(post)[0])
        if not isinstance(done, ForumError):
            assert self.claimed.get(post) in (None, who)
            self.claimed.pop(post, None)
            self.idle.pop(post, None)

    @rule(
        who=MOSTLY_STAFF, which=st.integers(0, 5), action=st.sampled_from(ACTS), stale=RARELY,
    )  # fmt: skip
    def decide(self, who: str, which: int, action: str, stale: bool) -> None:
        post = self.one_of(which)
        case, version = self.case_of(post)
        until = self.make.now + timedelta(days=3) if action in {"silence", "suspend"} else None
        act = Act(action=action, until=until, **(WHY if RULES[action].restricts else {}))
        actor, before = self.actor(who), self.states[post]
        done = self.attempt(decide, actor=actor, act=act, case_id=case, version=version - stale)
        if isinstance(done, ForumError):
            return
        assert actor.is_staff and not self.concerned(who, post, action)
        assert not stale and post in self.open, "only what is open, as it stands"
        assert self.claimed.get(post) in (None, who)
        reporters = self.open.pop(post)
        self.claimed.pop(post, None)
        self.idle.pop(post, None)
        self.states[post] = STATE_AFTER.get(action, before)
        self.made.append(Standing(done.id, action, who, post, before, self.make.now, reporters))

    @rule(who=MOSTLY_STAFF, which=st.integers(0, 30))
    def undo(self, who: str, which: int) -> None:
        if not self.made:
            return
        decision = self.made[which % len(self.made)]
        late = self.make.now > decision.made_at + UNDO
        done = self.attempt(undo, actor=self.actor(who), decision_id=decision.id)
        if isinstance(done, ForumError):
            return
        assert who in STAFF and who != "elsewhere" and not late and self.posts[decision.post] != who
        self._taken_back(decision, reopened=decision.post not in self.open)

    def _taken_back(self, decision: Standing, *, reopened: bool) -> None:
        self.made.remove(decision)
        if decision.action in STATE_AFTER:
            self.states[decision.post] = decision.before
        if reopened:
            with self.make.core.db.read() as session:
                row = session.scalar(select(Case).where(Case.target_id == decision.post, Case.state != "resolved"))
                if row is not None:
                    self.open[decision.post] = decision.reporters
                    if row.claimed_by_id and row.state == "claimed":
                        holder = next(name for name, one in self.people.items() if one.id == row.claimed_by_id)
                        fresh = self.make.now - row.claimed_at < IDLE_CLAIM
                        (self.claimed if fresh else self.idle)[decision.post] = holder

    @rule(who=ANYBODY, which=st.integers(0, 30))
    def appeal(self, who: str, which: int) -> None:
        if not self.made:
            return
        decision = self.made[which % len(self.made)]
        if which % 3:  # mostly by those concerned
            who = self.posts[decision.post] if decision.action != "dismiss" else min(decision.reporters, default=who)
        done = self.attempt(appeal, actor=self.actor(who), decision_id=decision.id, body="I see it otherwise.")
        if isinstance(done, ForumError):
            return
        theirs = self.posts[decision.post] == who and RULES[decision.action].restricts
        rejected = decision.action == "dismiss" and who in decision.reporters
        assert theirs or rejected
        assert (decision.id, who) not in self.appealed
        self.appealed.add((decision.id, who))

    @rule(
        who=MOSTLY_STAFF, which=st.integers(0, 30),
        outcome=st.sampled_from(("upheld", "reversed")), override=st.sampled_from(("", "Nobody else is here.")),
    )  # fmt: skip
    def outcome(self, who: str, which: int, outcome: str, override: str) -> None:
        with self.make.core.db.read() as session:
            mine = [decision.id for decision in self.made]
            rows = session.execute(
                select(Appeal.id, Appeal.decision_id).where(Appeal.state == "open", Appeal.decision_id.in_(mine))
            ).all()
        if not rows:
            return
        row = rows[which % len(rows)]
        decision = next(one for one in self.made if one.id == row.decision_id)
        done = self.attempt(
            decide_appeal, actor=self.actor(who), appeal_id=row.id, outcome=outcome, reasons="We looked again.",
            override=override,
        )  # fmt: skip
        if isinstance(done, ForumError):
            assert isinstance(done, Conflict | Forbidden | NotFound), done
            return
        assert who in STAFF and who != "elsewhere"
        assert who != decision.actor and who not in decision.reporters, "there is always somebody else here"
        if outcome == "reversed":
            self._taken_back(decision, reopened=decision.action == "dismiss" and decision.post not in self.open)

    @rule(hours=st.sampled_from((1, 23, 30)))
    def wait(self, hours: int) -> None:
        self.make.core.clock.forward(hours=hours)  # type: ignore[attr-defined]
        self.idle |= self.claimed  # an idle claim no longer keeps others away
        self.claimed.clear()

    # -- what must never be ------------------------------------------------------------------------------------

    @invariant()
    def never(self) -> None:
        if not hasattr(self, "posts"):
            return
        ids = list(self.posts)
        with self.make.core.db.read() as session:
            cases = session.scalars(select(Case).where(Case.target_type == "post", Case.target_id.in_(ids))).all()
            reports = session.scalars(select(Report).where(Report.case_id.in_([case.id for case in cases]))).all()
            decisions = session.scalars(
                select(Decision).where(Decision.target_type == "post", Decision.target_id.in_(ids))
            ).all()
            posts = {post.id: post.state for post in session.scalars(select(Post).where(Post.id.in_(ids)))}
            living = [case.target_id for case in cases if case.state != "resolved"]
            assert len(living) == len(set(living)), "one living case a target"
            assert set(living) == set(self.open)
            assert posts == self.states
            standing = {one.id for one in self.made}
            for case in cases:
                judged = [one for one in decisions if one.case_id == case.id and one.undone_at is None]
                assert len(judged) <= 1, "exactly one decision of a case stands"
                if case.state != "resolved":
                    assert not judged
                    theirs = [row for row in reports if row.case_id == case.id and row.state == "open"]
                    assert case.report_count == len(theirs) and case.score >= sum(row.weight for row in theirs)
            for one in decisions:
                assert (one.undone_at is None) == (one.id in standing)
                assert one.actor_id != one.subject_id, "nobody decides about themselves"
                kept = session.scalar(select(func.count()).where(Statement.decision_id == one.id))
                assert kept == (1 if RULES[one.action].restricts else 0), "a statement for each restriction"
                strikes = session.scalar(select(func.count()).where(Strike.decision_id == one.id))
                assert strikes == (1 if RULES[one.action].strike and one.undone_at is None else 0)
                if one.action in {"silence", "suspend", "ban"}:
                    running = session.scalar(select(func.count()).where(Sanction.decision_id == one.id))
                    assert running == (1 if one.undone_at is None else 0)
            by_case = {case.id: case for case in cases}
            for row in reports:
                assert row.reporter_id != by_case[row.case_id].subject_id
            for row in session.scalars(select(Appeal).where(Appeal.decision_id.in_([one.id for one in decisions]))):
                first = next(one for one in decisions if one.id == row.decision_id)
                assert row.decided_by_id != first.actor_id or row.decided_by_id is None
                if row.state == "reversed":
                    assert first.undone_at is not None

    def teardown(self) -> None:
        self.make.check_counters()
        with audit.snapshot(self.make.core.db) as session:
            assert audit.verify(session, known={}).broken is None


def _run(make: Make, examples: int, steps: int) -> None:
    Moderation.make = make
    run_state_machine_as_test(
        Moderation,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # shrinking would take longer than reading
        ),
    )  # fmt: skip


@pytest.mark.parametrize("backend", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def test_no_forbidden_state_is_reached(make: Make) -> None:
    _run(make, examples=8, steps=30)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_no_forbidden_state_is_reached_in_long_histories(make: Make) -> None:
    _run(make, examples=120 if make.core.settings.sqlite else 60, steps=60)
