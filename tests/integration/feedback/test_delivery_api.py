"""Delivery by API: what the pages show, piece by piece, and once more under the same id."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from forum.feedback.delivery import destinations
from tests.integration.api.conftest import document, program
from tests.support.delivering import Place
from tests.support.program import Program, Programs

__all__ = ["document", "program"]
DECEMBER = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
ROOT = "/feedback/delivery"


@pytest.fixture
def manager(place: Place, program: Programs) -> Program:
    return program(place.house.livia, "read", "write", "manage")


def sent(place: Place, start: Any) -> tuple[Any, list[int], list[int]]:
    """Two webhooks; schedules of two teams, which went to both: (a receiver, hooks, schedules)."""
    receiver = start()
    hooks = [place.hook(it)[0] for it in (receiver, start())]
    schedules = [
        place.schedule(team=team, destinations=tuple(hooks), to_team=False, skip_empty=False, approve=approve)
        for team, approve in (("product", False), ("events", True))
    ]
    place.clock.now = DECEMBER
    place.make.drain()
    return receiver, hooks, schedules


def test_lists_say_what_there_is(place: Place, start: Any, manager: Program) -> None:
    receiver, hooks, schedules = sent(place, start)
    found = manager.all(f"{ROOT}/destinations", limit=1)
    assert [(it["id"], it["kind"], it["state"], it["waiting"]) for it in found] == [
        (hook, "webhook", "on", 0) for hook in hooks
    ]
    assert found[0]["shown"].startswith(receiver.url)
    listed = manager.all(f"{ROOT}/schedules", limit=1)
    assert [(it["id"], it["team"], it["hour"], it["zone"], it["next_at"]) for it in listed] == [
        (schedules[0], "product", 8, "Europe/Rome", "2027-01-01T07:00:00Z"),
        (schedules[1], "events", 8, "Europe/Rome", "2027-01-01T07:00:00Z"),
    ]
    runs = manager.all(f"{ROOT}/runs", limit=1)
    assert {(it["schedule"], it["from"], it["to"], it["state"]) for it in runs} == {
        (schedules[0], "2026-11-01", "2026-12-01", "sent"), (schedules[1], "2026-11-01", "2026-12-01", "waiting"),
    }  # fmt: skip
    assert [it["id"] for it in runs] == sorted((it["id"] for it in runs), reverse=True)
    assert [it["schedule"] for it in manager.all(f"{ROOT}/runs", state="waiting")] == [schedules[1]]
    assert [it["schedule"] for it in manager.all(f"{ROOT}/runs", schedule=schedules[0])] == [schedules[0]]
    went = manager.all(f"{ROOT}/deliveries", limit=1)
    assert {(it["destination"], it["state"], it["status"], it["tries"]) for it in went} == {
        (hook, "sent", 200, 1) for hook in hooks
    }
    [one] = manager.all(f"{ROOT}/deliveries", destination=hooks[0])
    assert one["message_id"] == receiver.got[0].headers["webhook-id"] and one["next_at"] is None
    assert manager.get(f"{ROOT}/deliveries/{one['id']}").json() == one
    assert manager.all(f"{ROOT}/deliveries", state="failed") == manager.all(f"{ROOT}/deliveries", run=999) == []
    for path, query in (("runs", {"state": "gone"}), ("deliveries", {"state": "due"}), ("runs", {"limit": 0}),
                        ("destinations", {"after": "xx"}), ("schedules", {"limit": 101})):  # fmt: skip
        assert manager.get(f"{ROOT}/{path}", **query).status_code == 422, (path, query)
    assert manager.all(f"{ROOT}/deliveries", destination=10**30) == []
    assert manager.get(f"{ROOT}/deliveries/{10**30}").status_code == 404


def test_once_more_under_the_same_id(place: Place, start: Any, manager: Program) -> None:
    receiver, hooks, _ = sent(place, start)
    [one] = manager.all(f"{ROOT}/deliveries", destination=hooks[0])
    path = f"{ROOT}/deliveries/{one['id']}/redeliver"
    first, again = (manager.call("POST", path, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert (first.json()["state"], first.json()["tries"]) == ("waiting", 0)
    assert manager.call("POST", path).status_code == 409, "it is on its way"
    place.make.drain()
    ids = [it.headers["webhook-id"] for it in receiver.got]
    assert ids == [one["message_id"]] * 2 and manager.get(f"{ROOT}/deliveries/{one['id']}").json()["state"] == "sent"
    with place.make.core.db.write() as session:
        destinations.switch(session, actor=place.house.livia, destination_id=hooks[0], on=False, version=None,
                            now=place.make.now)  # fmt: skip
    assert manager.call("POST", path).status_code == 409, "it is switched off"
    assert manager.call("POST", f"{ROOT}/deliveries/999/redeliver").status_code == 404
    assert manager.all(f"{ROOT}/destinations")[0]["state"] == "off"


def test_what_fails_is_told(place: Place, start: Any, manager: Program) -> None:
    receiver = start(script=[500])
    hook, _ = place.hook(receiver)
    place.schedule(destinations=(hook,), to_team=False, skip_empty=False)
    place.clock.now = DECEMBER
    place.make.drain()
    [one] = manager.all(f"{ROOT}/deliveries")
    assert (one["state"], one["tries"], one["status"]) == ("waiting", 1, 500) and "not today" in one["error"]
    assert one["next_at"] == (DECEMBER + timedelta(seconds=5)).isoformat().replace("+00:00", "Z")
    [shown] = manager.all(f"{ROOT}/destinations")
    assert (shown["state"], shown["waiting"]) == ("failing", 1)


def test_only_managers_with_a_token_for_it(place: Place, program: Programs) -> None:
    lists = ("destinations", "schedules", "runs", "deliveries", "deliveries/1")
    calls = [("GET", f"{ROOT}/{it}") for it in lists] + [("POST", f"{ROOT}/deliveries/1/redeliver")]
    team = program(place.house.alba, "read", "write", "team")
    for method, path in calls:
        assert program().call(method, path).status_code == 401
        assert team.call(method, path).status_code == 403
        assert program(place.house.livia, "read", "write").call(method, path).status_code == 403
