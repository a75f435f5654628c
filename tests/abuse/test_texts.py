"""Texts of 950 simulated members among 5,000 honest posts: what each phase catches, and what it catches wrongly."""

import msgspec
import pytest

from forum.prevention.replay import Outcome, replay
from forum.prevention.report import lines
from forum.prevention.rules import Rules
from tests.abuse.world import DATA, MEMBERS, honest, hostile

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not DATA.is_dir(), reason="the honest posts are not in the tree: ../shared/data"),
]
LEAST = {"link spam": 90, "near-duplicates": 85, "ban evasion": 80, "mention storms": 95, "mail bombs": 90}
"""Per cent of the texts that must be flagged or held: somewhat below what was measured (docs/prevention.md)."""


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """The phases as a new site starts with them; readers report every second bad text that none of them raised."""
    texts = [*honest(), *hostile()]
    result = replay(texts, Rules(), reported=lambda item: item.label != "" and int(item.id[1:]) % 2 == 0)
    print("\n" + "\n".join(lines(result, 60)))
    return result


def test_the_world_is_as_large_as_promised(outcome: Outcome) -> None:
    assert sum(outcome.honest.values()) == 5000
    assert sum(MEMBERS.values()) == 950
    assert len({item.author for item in hostile()}) == sum(MEMBERS.values())


def test_no_honest_post_is_refused_and_one_in_a_hundred_at_most_is_looked_at(outcome: Outcome) -> None:
    assert outcome.honest["block"] == 0
    assert outcome.share(outcome.honest, "flag", "hold") <= 1


@pytest.mark.parametrize("label", LEAST)
def test_most_of_what_is_bad_is_raised(outcome: Outcome, label: str) -> None:
    assert outcome.share(outcome.by_label[label], "flag", "hold", "block") >= LEAST[label]


def test_without_what_it_learned_the_rules_alone_still_catch_most(outcome: Outcome) -> None:
    """The filter meets few words in a simulation; real advertisers have more. So the figure without it counts, too."""
    texts = [msgspec.structs.replace(item) for item in hostile()]
    alone = replay(texts, Rules(modes={"learned": "off"}))
    print("\n" + "\n".join(lines(alone, 0)))
    assert alone.share(alone.bad, "flag", "hold", "block") >= 60
