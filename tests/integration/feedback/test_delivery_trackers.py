"""Items become issues: one each, whatever is lost on the way; against stand-ins that speak the documented APIs."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from forum.audit.models import AuditDetail, AuditEntry
from forum.errors import Conflict, Invalid
from forum.feedback.delivery import destinations
from forum.feedback.delivery.content import older_marker
from forum.feedback.delivery.destinations import NewDestination
from forum.feedback.delivery.models import Link
from forum.feedback.delivery.queries import links_of
from tests.support.delivering import Place
from tests.support.receivers import GitHub, Jira

BOTH = pytest.mark.parametrize("kind", [Jira, GitHub])


@BOTH
def test_an_item_becomes_one_issue(place: Place, start: Any, kind: type[Jira] | type[GitHub]) -> None:
    server = start(kind)
    tracker = place.tracker(server)
    for _ in range(2):
        place.issue("sensors", tracker)
        place.make.drain()
        place.clock.forward(days=1)
    place.issue("export", tracker)
    place.make.drain()
    assert len(server.issues) == 2
    with place.make.core.db.read() as session:
        links = links_of(session, place.house.items["sensors"])
    (link,) = links.issues
    if kind is Jira:
        first = server.issues[0]
        assert (link.key, link.url) == ("CITY-1", f"{server.url}/browse/CITY-1")
        assert first["summary"] == "Item sensors <b>*of* @…</b>" and first["project"] == {"key": "CITY"}
        text = json.dumps(first["description"])
        assert "City & more" in text and f"/feedback/items/{place.house.items['sensors']}" in text
    else:
        first = server.issues[0]
        assert (link.key, link.url) == ("#1", f"{server.url}/nido/city/issues/1")
        assert first["labels"] == ["community", "feedback"]
        assert "City &amp; more" in first["body"] and first["body"].count("<!-- ritrovo-") == 1
    assert [it.state for it in links.deliveries] == ["sent"] and links.trackers == ()


@BOTH
def test_an_issue_whose_answer_was_lost_is_found_again(
    place: Place, start: Any, kind: type[Jira] | type[GitHub]
) -> None:
    server = start(kind, lost=1)
    tracker = place.tracker(server)
    place.issue("sensors", tracker)
    place.make.drain()
    (waiting,) = place.deliveries()
    assert (waiting.state, waiting.status) == ("waiting", 502) and len(server.issues) == 1
    assert waiting.next_at >= place.clock.now + timedelta(minutes=1)
    place.clock.forward(minutes=2)
    place.make.drain()
    assert place.deliveries()[0].state == "sent" and len(server.issues) == 1
    assert [it.key for it in place.all(Link)] == ["CITY-1" if kind is Jira else "#1"]


def test_an_older_issue_is_found_by_the_search(place: Place, start: Any) -> None:
    """A restored backup forgets the link, and the list of the newest issues may be full of others."""
    server = start(GitHub)
    tracker = place.tracker(server)
    place.issue("sensors", tracker)
    place.make.drain()
    server.indexed = 1
    server.issues += [{"number": n, "body": None, "html_url": ""} for n in range(2, 150)]
    with place.make.core.db.write() as session:
        session.query(Link).delete()
        destinations.redeliver(session, actor=place.house.livia, delivery_id=1, now=place.clock.now)
    place.make.drain()
    assert len(server.issues) == 149 and place.all(Link)[0].key == "#1"


def older(place: Place, item: str) -> str:
    return older_marker(place.make.core.settings.secret(), place.house.items[item])


def bear(server: Jira | GitHub, marker: str) -> None:
    """An outsider opens an issue with a marker in it; the search knows it."""
    if isinstance(server, Jira):
        server.create({"project": {"key": "CITY"}, "issuetype": {"name": "Task"}, "labels": [marker],
                       "description": {"type": "doc", "version": 1}})  # fmt: skip
    else:
        server.create({"body": f"Mine! <!-- {marker} -->"})
        server.indexed = len(server.issues)


def signs(server: Jira | GitHub) -> list[str]:
    """The marker of each issue."""
    return [re.findall(r"ritrovo-[0-9a-f]+-\d+", str(it))[0] for it in server.issues]


@BOTH
def test_nobody_makes_another_item_s_marker(place: Place, start: Any, kind: type[Jira] | type[GitHub]) -> None:
    """Whoever read one item's, even the older ones of all items, takes no other item's place."""
    server = start(kind)
    tracker = place.tracker(server)
    place.issue("sensors", tracker)
    place.make.drain()
    (read,) = signs(server)
    other = place.house.items["export"]
    for guess in (f"{read.rpartition('-')[0]}-{other}", older(place, "export")):
        bear(server, guess)
    place.issue("export", tracker)
    place.make.drain()
    assert len(server.issues) == 4 and len(set(signs(server))) == 4
    assert [it.key for it in place.all(Link)] == (["CITY-1", "CITY-4"] if kind is Jira else ["#1", "#4"])


@BOTH
def test_the_known_issue_goes_before_copies_of_its_marker(
    place: Place, start: Any, kind: type[Jira] | type[GitHub]
) -> None:
    server = start(kind)
    tracker = place.tracker(server)
    bear(server, "ritrovo-0000-0")
    place.issue("sensors", tracker)
    place.make.drain()
    marker = signs(server)[1]
    bear(server, marker)
    if isinstance(server, GitHub):  # an issue of before, edited
        server.issues[0]["body"] = f"<!-- {marker} -->"
    else:
        server.issues[0]["labels"] = [marker]
    with place.make.core.db.write() as session:
        destinations.redeliver(session, actor=place.house.livia, delivery_id=1, now=place.clock.now)
    place.make.drain()
    assert len(server.issues) == 3 and [it.key for it in place.all(Link)] == ["CITY-2" if kind is Jira else "#2"]


@BOTH
def test_an_issue_with_the_older_marker_is_found_where_it_is_linked(
    place: Place, start: Any, kind: type[Jira] | type[GitHub]
) -> None:
    server = start(kind)
    tracker = place.tracker(server)
    place.issue("sensors", tracker)
    place.make.drain()
    old = older(place, "sensors")
    for name in ("body", "labels"):  # as it was made at first
        if name in server.issues[0]:
            was = server.issues[0][name]
            new = [old] if kind is Jira and name == "labels" else was
            server.issues[0][name] = was.replace(signs(server)[0], old) if isinstance(was, str) else new
    bear(server, old)
    with place.make.core.db.write() as session:
        destinations.redeliver(session, actor=place.house.livia, delivery_id=1, now=place.clock.now)
    place.make.drain()
    assert len(server.issues) == 2 and [it.key for it in place.all(Link)] == ["CITY-1" if kind is Jira else "#1"]


def test_what_is_refused_says_why_and_holds_up_nothing(place: Place, start: Any) -> None:
    jira, github = start(Jira), start(GitHub, script=[403])
    github.extra = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(place.clock.now.timestamp()) + 1800)}
    first, second = place.tracker(jira), place.tracker(github)
    with place.make.core.db.write() as session:
        bug = NewDestination("jira", "Jira", project="CITY", issue_type="Bug")
        destinations.change(session, actor=place.house.livia, destination_id=first, new=bug, version=None,
                            vault=place.vault, now=place.clock.now)  # fmt: skip
    place.issue("sensors", first)
    place.issue("export", second)
    place.make.drain()
    refused, patient = place.deliveries()
    assert (refused.state, refused.error) == ("failed", "issuetype: Specify a valid issue type")
    assert place.destination(first).disabled_at is None
    assert patient.next_at == place.clock.now + timedelta(minutes=30) and "rate limit" in patient.error
    with place.make.core.db.write() as session:
        task = NewDestination("jira", "Jira", project="CITY", issue_type="Task")
        destinations.change(session, actor=place.house.livia, destination_id=first, new=task, version=None,
                            vault=place.vault, now=place.clock.now)  # fmt: skip
    place.issue("sensors", first)
    place.clock.forward(minutes=31)
    place.make.drain()
    assert [it.state for it in place.deliveries()] == ["sent", "sent"]


@BOTH
def test_a_test_makes_nothing_and_says_what_is_wrong(place: Place, start: Any, kind: type[Jira] | type[GitHub]) -> None:
    server = start(kind)
    tracker = place.tracker(server)
    place.try_out(tracker)
    place.make.drain()
    place.clock.forward(minutes=1)
    wrong = NewDestination(kind.__name__.lower(), "x", token="wrong", project="CITY", issue_type="Task",
                           repository="nido/city")  # fmt: skip
    with place.make.core.db.write() as session:
        destinations.change(session, actor=place.house.livia, destination_id=tracker, new=wrong, version=None,
                            vault=place.vault, now=place.clock.now)  # fmt: skip
    place.try_out(tracker)
    place.make.drain()
    good, bad = place.deliveries()
    assert (good.state, bad.state, bad.status, server.issues) == ("sent", "failed", 401, [])
    assert "authenticated" in bad.error or "Bad credentials" in bad.error


def test_a_token_never_goes_to_another_server_and_is_in_no_row(place: Place, start: Any) -> None:
    tracker = place.tracker(start(Jira))
    other = start(Jira)
    moved = NewDestination("jira", "Jira", url=other.url, project="CITY", issue_type="Task")
    with pytest.raises(Invalid) as error, place.make.core.db.write() as session:
        destinations.change(session, actor=place.house.livia, destination_id=tracker, new=moved, version=None,
                            vault=place.vault, now=place.clock.now)  # fmt: skip
    assert "token" in error.value.fields
    with place.make.core.db.read() as session:
        kept = [*session.scalars(select(AuditEntry)), *session.scalars(select(AuditDetail))]
        rows = [str(vars(it)) for it in [*kept, place.destination(tracker)]]
    assert rows and not any("jira-token" in row or "bot@nido" in row for row in rows)


def test_merged_items_and_closed_doors_are_no_issues(place: Place, start: Any) -> None:
    tracker = place.tracker(start(Jira))
    with place.make.core.db.write() as session:
        destinations.switch(session, actor=place.house.livia, destination_id=tracker, on=False, version=None,
                            now=place.clock.now)  # fmt: skip
    with pytest.raises(Conflict):
        place.issue("sensors", tracker)
