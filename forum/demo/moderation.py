"""The demo's moderation, through the real verbs: reports, cases, decisions, objections, each at its time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import singledispatchmethod
from typing import Protocol

from sqlalchemy.orm import Session

from forum.demo import reading
from forum.demo.deeds import Deed
from forum.demo.hours import awake
from forum.moderation import domain
from forum.moderation.domain.cases import living
from forum.moderation.domain.statements import acknowledge
from forum.policy.actors import Actor
from forum.threads.compose import compose


class Stage(Protocol):
    """What the loader knows of the community."""

    session: Session
    now: datetime

    def actor(self, name: str, at: datetime) -> Actor:
        """Somebody as they were at that time."""

    def target(self, key: str) -> tuple[str, int]:
        """(type, id) of "50" (a thread), "50#4" (a post), "@renzo.g" (a member)."""

    def written_at(self, key: str) -> datetime:
        """When a thread or post was written, before people are put to bed."""


def deeds(stage: Stage, stories: list[reading.Story]) -> Iterator[Deed]:
    """Every step of every story. A first step counts from what it is about, the others from the one before."""
    for index, story in enumerate(stories):
        play = _Play(stage, story)
        at: datetime | None = None
        for number, step in enumerate(story.step):
            if step.days_ago is not None:
                at = stage.now - timedelta(days=step.days_ago)
            else:
                at = (at or stage.written_at(story.on)) + timedelta(minutes=step.after)

            def do(then: datetime, play: "_Play" = play, step: reading.AnyStep = step) -> None:
                play.step(step, then)

            yield Deed(awake(at, stage.now), (3, index, number), do)


class _Play:
    """One story on its way."""

    def __init__(self, stage: Stage, story: reading.Story) -> None:
        self.stage, self.session, self.story = stage, stage.session, story
        self.decision = self.objection = 0

    def _on(self, step: reading.Step) -> tuple[str, int]:
        return self.stage.target(step.on or self.story.on)

    def _case(self) -> int:
        """The living case about the story's target."""
        case = living(self.session, *self.stage.target(self.story.on))
        assert case is not None, f"{self.story.on}: no case"
        return case.id

    @singledispatchmethod
    def step(self, step: reading.Step, at: datetime) -> None:
        """Do it. Raises whatever the verb raises: the content is wrong then."""
        raise TypeError(step)

    @step.register
    def _(self, step: reading.ReportStep, at: datetime) -> None:
        kind, row_id = self._on(step)
        domain.report(
            self.session, actor=self.stage.actor(step.by, at), target_type=kind, target_id=row_id, reason=step.reason,
            detail=step.detail, threat=step.threat, now=at,
        )  # fmt: skip

    @step.register
    def _(self, step: reading.ClaimStep, at: datetime) -> None:
        domain.claim(
            self.session, actor=self.stage.actor(step.by, at), case_id=self._case(), version=None, now=at
        )  # fmt: skip

    @step.register
    def _(self, step: reading.NoteStep, at: datetime) -> None:
        about = {"member_id": self._on(step)[1]} if step.on else {"case_id": self._case()}
        domain.add_note(self.session, actor=self.stage.actor(step.by, at), body=step.body, now=at, **about)

    @step.register
    def _(self, step: reading.DecideStep, at: datetime) -> None:
        kind, row_id = self._on(step)
        place = (step.on or self.story.on).partition("#")[0]
        act = domain.Act(
            action=step.action, reason=step.reason, rule=step.rule, explanation=step.explanation,
            to_reporters=step.to_reporters, until=at + timedelta(days=step.days) if step.days else None,
            sweep=step.sweep, category=step.category, title=step.title, timed=step.timed, edit_reason=step.edit_reason,
            posts=tuple(self.stage.target(f"{place}#{number}")[1] for number in step.posts),
            into=self.stage.target(step.into)[1] if step.into else 0,
            draft=compose(self.session, step.body) if step.body else None,
        )  # fmt: skip
        done = domain.decide(
            self.session, actor=self.stage.actor(step.by, at), act=act, target_type=kind, target_id=row_id, now=at
        )
        self.decision = done.id

    @step.register
    def _(self, step: reading.UndoStep, at: datetime) -> None:
        domain.undo(self.session, actor=self.stage.actor(step.by, at), decision_id=self.decision, now=at)

    @step.register
    def _(self, step: reading.AcknowledgeStep, at: datetime) -> None:
        acknowledge(self.session, actor=self.stage.actor(step.by, at), decision_id=self.decision, now=at)

    @step.register
    def _(self, step: reading.AppealStep, at: datetime) -> None:
        actor = self.stage.actor(step.by, at)
        self.objection = domain.appeal(self.session, actor=actor, decision_id=self.decision, body=step.body, now=at).id

    @step.register
    def _(self, step: reading.AnswerStep, at: datetime) -> None:
        domain.decide_appeal(
            self.session, actor=self.stage.actor(step.by, at), appeal_id=self.objection, outcome=step.outcome,
            reasons=step.reasons, now=at,
        )  # fmt: skip
