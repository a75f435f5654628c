"""A corpus through the phases, in a scratch database: what each would have caught, and how often wrongly.

The same queries, engine and learning as for a live post; only the world is made up from the corpus: members join when
it says (or at their first post), posts come in the order of their times, and moderators judge what was raised some
hours later, as the corpus labels it. Nothing of the site is changed; its rules and its filter's knowledge are read.
"""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from time import perf_counter

import msgspec
from sqlalchemy import create_engine, event, insert, update
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from forum.kit.markdown import parse, render
from forum.members.models import Member
from forum.models import metadata
from forum.prevention import learning, queries
from forum.prevention.engine import examine
from forum.prevention.facts import Typing
from forum.prevention.models import Check, Mark, Token
from forum.prevention.phases.links import first_unknown
from forum.prevention.reading import Reading, read
from forum.prevention.rules import Rules
from forum.prevention.verdicts import RANK, Verdict

JUDGED_AFTER = timedelta(hours=6)
"""From a flag to the moderator's decision."""


class Item(msgspec.Struct, frozen=True, dict=True):
    """One text of a corpus. `label`: "" an honest one, else what is wrong with it."""

    id: str
    author: str
    at: datetime
    body: str
    thread: str = ""
    title: str = ""
    html: str | None = None
    joined: datetime | None = None
    label: str = ""
    typing: Typing | None = None
    category: int = 0


class Tally(msgspec.Struct):
    """A phase's score: bad texts it noticed, honest ones it noticed, and of each those that it flagged or more."""

    caught: int = 0
    caught_raised: int = 0
    false: int = 0
    false_raised: int = 0
    alone: int = 0
    """Bad texts that no other phase raised."""


class Outcome(msgspec.Struct):
    """The whole replay. `by_label`: label → outcome → texts; "" is the honest. `times`: milliseconds, sorted."""

    texts: int = 0
    phases: dict[str, Tally] = msgspec.field(default_factory=dict)
    by_label: dict[str, Counter[str]] = msgspec.field(default_factory=dict)
    times: list[float] = msgspec.field(default_factory=list)
    wrong: list[tuple[Item, Verdict]] = msgspec.field(default_factory=list)
    missed: list[Item] = msgspec.field(default_factory=list)

    @property
    def honest(self) -> Counter[str]:
        """Outcome → honest texts."""
        return self.by_label.get("", Counter())

    @property
    def bad(self) -> Counter[str]:
        """Outcome → bad texts."""
        return sum((counts for label, counts in self.by_label.items() if label), Counter())

    def share(self, counts: Mapping[str, int], *outcomes: str) -> float:
        """Per cent of `counts` with one of `outcomes`."""
        return 100 * sum(counts.get(outcome, 0) for outcome in outcomes) / max(1, sum(counts.values()))


class Scratch:
    """A database in memory with the tables that prevention reads."""

    def __init__(self, rules: Rules, tokens: Iterable[tuple[int, int, int]] = ()) -> None:
        """`tokens`: what a site's filter has learned: (token, bad, good)."""
        engine = create_engine("sqlite://", poolclass=StaticPool)
        event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys = OFF"))
        metadata.create_all(engine)
        self.session = Session(engine, autoflush=False)
        self.rules, self.members = rules, dict[str, int]()
        rows = [{"token": token, "bad": bad, "good": good} for token, bad, good in tokens]
        if rows:
            self.session.execute(insert(Token), rows)

    def member(self, item: Item) -> int:
        """The author's row, made when they first write."""
        found = self.members.get(item.author)
        if found is None:
            found = self.members[item.author] = len(self.members) + 1
            name = f"m{found}"
            self.session.execute(
                insert(Member),
                [{
                    "id": found, "name": name, "name_key": name, "display_name": name, "display_key": name,
                    "joined_at": min(item.joined or item.at, item.at), "links": [], "post_count": 0,
                }],
            )  # fmt: skip
        return found

    def look(self, item: Item, text: Reading) -> tuple[Verdict, int]:
        """As `domain.judge` and `domain.keep`; (what came out, the check's number)."""
        who = queries.author(self.session, self.member(item))
        kind = "thread" if item.title else "reply"
        around = queries.facts(
            self.session, text, who, kind=kind, category_id=item.category, now=item.at, typing=item.typing
        )
        verdict = examine(text, around, self.rules)
        check_id = self.session.execute(
            insert(Check).returning(Check.id),
            [{
                "post_id": None, "author_id": who.id, "kind": kind, "outcome": verdict.outcome, "findings": [],
                "phase": verdict.phase, "level": around.level, "digest": text.digest, "created_at": item.at,
                "mentions": len(text.mentions), "link": first_unknown(text, around),
            }],
        ).scalar_one()  # fmt: skip
        if text.marks:
            self.session.execute(insert(Mark), [{"mark": mark, "check_id": check_id} for mark in text.marks])
        if verdict.outcome not in {"hold", "block"}:
            self.session.execute(update(Member).where(Member.id == who.id).values(post_count=Member.post_count + 1))
        return verdict, check_id

    def judge(self, check_id: int, item: Item, text: Reading) -> None:
        """A moderator looked at it."""
        kind = "bad" if item.label else "good"
        self.session.execute(update(Check).where(Check.id == check_id).values(judged=kind, learned=kind))
        learning.count(self.session, text.tokens, kind, +1)

    def stands(self, check_id: int, text: Reading) -> None:
        """Nobody minded it for three days."""
        self.session.execute(update(Check).where(Check.id == check_id).values(learned="good"))
        learning.count(self.session, text.tokens, "good", +1)


def replay(
    items: Iterable[Item], rules: Rules, *, tokens: Iterable[tuple[int, int, int]] = (),
    advance: Callable[[int], None] = lambda _: None, reported: Callable[[Item], bool] = lambda _: False,
) -> Outcome:  # fmt: skip
    """Every text in the order of time. `reported`: bad ones that no phase raised, but readers would report.

    What was raised or reported is judged after `JUDGED_AFTER`, and the filter learns; what stands for three days is
    learned as good. `advance` is called for each text.
    """
    scratch, result = Scratch(rules, tokens), Outcome()
    later: list[tuple[datetime, int, int, Item, Reading, bool]] = []
    for number, item in enumerate(sorted(items, key=lambda one: one.at)):
        while later and later[0][0] <= item.at:
            _, _, check_id, earlier, words, decided = heapq.heappop(later)
            (scratch.judge(check_id, earlier, words) if decided else scratch.stands(check_id, words))
        html = item.html if item.html is not None else render(parse(item.body), {}).html
        started = perf_counter()
        text = read(item.body, html, item.title)
        verdict, check_id = scratch.look(item, text)
        result.times.append((perf_counter() - started) * 1000)
        _tally(result, item, verdict)
        raised = RANK.get(verdict.outcome or "off", 0) >= RANK["flag"]
        decided = raised or reported(item)
        if decided or not item.label:
            wait = JUDGED_AFTER if decided else learning.STANDS
            heapq.heappush(later, (item.at + wait, number, check_id, item, text, decided))
        advance(1)
    result.times.sort()
    return result


def _tally(result: Outcome, item: Item, verdict: Verdict) -> None:
    result.texts += 1
    result.by_label.setdefault(item.label, Counter())[verdict.outcome or "pass"] += 1
    raising = {finding.phase for finding in verdict.findings if RANK[finding.mode] >= RANK["flag"]}
    for finding in verdict.findings:
        tally = result.phases.setdefault(finding.phase, Tally())
        if item.label:
            tally.caught += 1
            tally.caught_raised += finding.phase in raising
            tally.alone += raising == {finding.phase}
        else:
            tally.false += 1
            tally.false_raised += finding.phase in raising
    if raising and not item.label:
        result.wrong.append((item, verdict))
    if item.label and not raising:
        result.missed.append(item)


def percentile(times: list[float], share: float) -> float:
    """Of sorted times."""
    return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0
