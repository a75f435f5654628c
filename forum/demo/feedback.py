"""The demo's feedback: teams, themes and rules, what was made of the members' words, and what still waits."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.orm import Session

from forum.demo.deeds import Deed
from forum.demo.hours import awake
from forum.demo.reading import FeedbackFile, FlagEntry, ItemEntry, StepEntry, TeamEntry, TooEntry, WordsEntry
from forum.feedback import domain
from forum.feedback.domain import ItemChange, NewEvidence, NewItem, NewRule, NewTeam, NewTheme, StatusChange
from forum.policy.actors import Actor

Who = Callable[[str, datetime], Actor]
Target = Callable[[str], tuple[str, int]]
Written = Callable[[str], datetime]
LATER = timedelta(hours=1)
"""How long after a post somebody of the staff, or another member, has read it."""
RULED = 3.0
"""Days for which the rules have been at work: what was said before, was collected by hand."""
MANAGER = "livia.o"
"""Who collects, where the content names nobody."""


class Feedback:
    """The deeds of one loading."""

    def __init__(self, session: Session, *, who: Who, target: Target, written: Written, now: datetime) -> None:
        """`target`: (type, id) of what a key names; `written`: when that was written."""
        self.session, self.who, self.target, self.written, self.now = session, who, target, written, now
        self.items: dict[int, int] = {}

    def deeds(self, content: FeedbackFile) -> Iterator[Deed]:
        """Everything, each at its time."""
        for index, team in enumerate(content.team):
            yield Deed(self._ago(team.days_ago), (4, index), partial(self._team, team))
        begun = self._ago(max(team.days_ago for team in content.team)) + timedelta(hours=1)
        yield Deed(begun, (4, 90), partial(self._order, content))
        yield Deed(self._ago(RULED), (4, 91), partial(self._rule, content))
        for index, item in enumerate(content.item):
            begun = self._ago(item.days_ago)
            now = [it for it in item.evidence if self._heard(it.post) <= begun]
            yield Deed(begun, (4, 100 + index, 0), partial(self._collect, index, item, now))
            for number, words in enumerate(it for it in item.evidence if it not in now):
                yield Deed(self._heard(words.post), (4, 100 + index, 100 + number), partial(self._add, index, words))
            for number, too in enumerate(item.too):
                at = max(begun, self._heard(too.post)) + LATER * (number + 1)
                yield Deed(min(at, self.now), (4, 100 + index, 200 + number), partial(self._too, too))
            for number, step in enumerate(item.steps, start=1):
                yield Deed(self._ago(step.days_ago), (4, 100 + index, number), partial(self._step, index, step))
        for index, flag in enumerate(content.flag):
            yield Deed(self._ago(flag.days_ago), (4, 200 + index), partial(self._flag, flag))

    def _heard(self, key: str) -> datetime:
        """When a post has been read."""
        return min(awake(self.written(key), self.now) + LATER, self.now)

    def _ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def _team(self, entry: TeamEntry, at: datetime) -> None:
        manager = self.who(entry.by, at)
        team = NewTeam(entry.name, entry.ack_days)
        team_id = domain.save_team(self.session, actor=manager, team=team, now=at)
        for name in entry.people:
            domain.join_team(self.session, actor=manager, team_id=team_id, name=name, now=at)

    def _order(self, content: FeedbackFile, at: datetime) -> None:
        """Themes."""
        manager = self.who(MANAGER, at)
        for theme in content.theme:
            new = NewTheme(theme.name, parent=theme.parent, aliases=tuple(theme.aliases), team=theme.team)
            domain.save_theme(self.session, actor=manager, theme=new, now=at)

    def _rule(self, content: FeedbackFile, at: datetime) -> None:
        manager = self.who(MANAGER, at)
        for rule in content.rule:
            domain.save_rule(
                self.session, actor=manager, rule=NewRule(rule.match, rule.value, rule.kind), now=at
            )  # fmt: skip

    def _collect(self, index: int, entry: ItemEntry, said: list[WordsEntry], at: datetime) -> None:
        manager = self.who(MANAGER, at)
        words = tuple(NewEvidence(self.target(it.post)[1], it.quote) for it in said)
        new = NewItem(
            title=entry.title, kind=entry.kind, theme=entry.theme, pain=entry.pain, area=entry.area,
            locale=entry.locale, evidence=words,
        )  # fmt: skip
        item_id = self.items[index] = domain.create(self.session, actor=manager, item=new, now=at)
        if entry.ask or entry.promise:
            due = self.now.date() + timedelta(days=entry.promise_in_days) if entry.promise else None
            change = ItemChange(ask=entry.ask, promise=entry.promise, promise_due=due)
            domain.change(self.session, actor=manager, item_id=item_id, change=change, version=None, now=at)

    def _add(self, index: int, words: WordsEntry, at: datetime) -> None:
        said = (NewEvidence(self.target(words.post)[1], words.quote),)
        manager = self.who(MANAGER, at)
        domain.add_evidence(self.session, actor=manager, item_id=self.items[index], evidence=said, now=at)

    def _too(self, entry: TooEntry, at: datetime) -> None:
        domain.too(self.session, actor=self.who(entry.by, at), post_id=self.target(entry.post)[1], now=at)

    def _step(self, index: int, entry: StepEntry, at: datetime) -> None:
        change = StatusChange(entry.status, reason=entry.reason, reply=entry.reply)
        actor = self.who(entry.by, at)
        domain.set_status(self.session, actor=actor, item_id=self.items[index], change=change, now=at)

    def _flag(self, entry: FlagEntry, at: datetime) -> None:
        post_id = self.target(entry.post)[1]
        domain.flag(
            self.session, actor=self.who(entry.by, at), post_id=post_id, kind=entry.kind, note=entry.note, now=at
        )
