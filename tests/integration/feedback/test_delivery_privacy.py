"""What leaves holds no more than its level allows, and what was erased while it waited is not in it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from forum.feedback import domain
from tests.support.delivering import Place
from tests.support.feedback_exports import SECRETS
from tests.support.receivers import GitHub, Jira, Request

NOVEMBER = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def quoted(request: Request) -> list[str]:
    """The words of members in a summary."""
    summary = request.json["data"]["summary"]
    return [it["text"] for it in [*summary["praise"], *(one for top in summary["top"] for one in top["quotes"])]]


def test_each_level_says_what_it_may_and_trackers_no_member_s_word(october: Place, start: Any) -> None:
    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    receivers = {level: (start(), start()) for level in ("counts", "paraphrase", "quotes")}
    for level, (program, chat) in receivers.items():
        hooks = (place.hook(program)[0], place.hook(chat, "slack")[0])
        place.schedule(destinations=hooks, to_team=False, privacy=level)
    trackers = start(Jira), start(GitHub)
    for tracker in trackers:
        place.issue("sensors", place.tracker(tracker))
    place.clock.now = NOVEMBER
    place.make.drain()
    for level, (program, chat) in receivers.items():
        body, text = program.got[0].body.decode(), chat.got[0].json["text"]
        for secret in SECRETS:
            assert secret not in body + text, (level, secret)
        assert "Only among us" not in body + text, "said in a category that not every guest reads"
        assert ("Item sensors" in body) is ("Item sensors" in text) is (level != "counts"), level
        words = quoted(program.got[0])
        assert bool(words) is (level == "quotes") and not any(it in text for it in words), level
        assert ("from number" in body or "is unsteady" in body or "my rides" in body) is (level == "quotes"), level
    for tracker in trackers:
        said = str(tracker.issues)
        assert "Item sensors" in said and not any(
            it in said for it in (*SECRETS, "loses the strap", "Voce Numero", "Giulia")
        )


def test_what_was_erased_while_it_waited_does_not_leave(october: Place, start: Any) -> None:
    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    receiver = start(script=[500])
    hook, _ = place.hook(receiver)
    place.schedule(destinations=(hook,), to_team=False, privacy="quotes")
    place.clock.now = NOVEMBER
    place.make.drain()
    words = [it for it in quoted(receiver.got[0]) if it]
    assert words
    with place.make.core.db.write() as session:
        for member in (*place.house.people, place.house.giulia, place.house.paolo):
            domain.erase_words(session, member_id=member.id, now=place.clock.now)
    place.clock.forward(minutes=1)
    place.make.drain()
    again = receiver.got[1]
    assert again.headers["webhook-id"] == receiver.got[0].headers["webhook-id"]
    assert not any(quoted(again)) and not any(it in again.body.decode() for it in words)
    assert again.json["data"]["summary"]["redacted"] > 0
    assert again.json["data"]["summary"]["heard"] == receiver.got[0].json["data"]["summary"]["heard"], "figures stay"
