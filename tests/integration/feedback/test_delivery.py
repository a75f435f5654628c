"""What is due leaves: signed, in order, at least once; whatever the receiver does and whenever the worker dies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook, WebhookVerificationError

from forum.errors import Conflict, Forbidden, Invalid
from forum.events import HousekeepingDue, record
from forum.feedback.delivery import destinations, dispatch, jobs, queue, runs
from forum.feedback.delivery.destinations import NewDestination, Vault
from forum.feedback.exports.models import Export, ExportRead
from forum.outbox import Outbox
from forum.webhooks.signing import BACKOFF
from tests.support.delivering import Place
from tests.support.receivers import Receiver, Request

DECEMBER = datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
"""08:00 in Rome."""


def opens(key: str, request: Request, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Does the receivers' library open it, at the moment it was signed?"""
    sent = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    monkeypatch.setattr("standardwebhooks.webhooks.datetime", SimpleNamespace(
        now=lambda tz=None: sent, fromtimestamp=datetime.fromtimestamp))  # fmt: skip
    try:
        Webhook(key).verify(request.body, request.headers)
    except WebhookVerificationError:
        return False
    return True


def december(place: Place, **more: int) -> None:
    place.clock.now = DECEMBER + timedelta(**more)
    place.make.drain()


def test_a_summary_arrives_signed_and_says_who_had_it(october: Place, start, monkeypatch: pytest.MonkeyPatch) -> None:
    place = october
    receiver, chat = start(), start()
    hook, key = place.hook(receiver)
    slack, _ = place.hook(chat, "slack", "/services/T0/B0/secret-path")
    place.schedule(destinations=(hook, slack), to_team=False, privacy="quotes")
    place.make.drain()
    assert receiver.got == []
    december(place)
    (request,), (message,) = receiver.got, chat.got
    assert opens(key, request, monkeypatch) and not opens("whsec_" + "A" * 44, request, monkeypatch)
    body = request.json
    assert (body["type"], body["timestamp"]) == ("feedback.summary", "2026-12-01T07:00:00Z")
    summary = body["data"]["summary"]
    assert (summary["starts"], summary["ends"], summary["team"]["slug"]) == ("2026-11-01", "2026-12-01", "product")
    assert "evidence" not in summary and body["data"]["url"].endswith("team=product&from=2026-11-01&to=2026-11-30")
    assert set(message.json) == {"text"} and "1–30 November 2026" in message.json["text"]
    with place.make.core.db.read() as session:
        left = session.execute(select(Export.format, Export.snapshot_id, ExportRead.how)
                               .join(ExportRead, ExportRead.export_id == Export.id)).all()  # fmt: skip
    assert {(it.format, it.how) for it in left} == {("json", "webhook"), ("md", "webhook")}
    assert {it.snapshot_id for it in left} == {place.runs()[0].snapshot_id} == {summary["snapshot"]}
    place.make.drain()
    december(place, hours=3)
    assert len(receiver.got) == 1
    assert all("secret-path" not in str(vars(it)) for it in [place.destination(slack), *place.deliveries()])


def test_retries_keep_the_id_and_order_and_come_to_an_end(place: Place, start) -> None:
    receiver = start(script=[500, 302, 503])
    receiver.extra = {"Location": "http://127.0.0.1:9/", "Retry-After": "7200"}
    hook, _ = place.hook(receiver)
    for team in ("product", "events"):
        place.schedule(team=team, destinations=(hook,), to_team=False, skip_empty=False)
    december(place)
    assert len(receiver.got) == 1, "the second waits behind the first"
    first = receiver.got[0].headers["webhook-id"]
    assert [it.state for it in place.deliveries()] == ["waiting", "waiting"]
    assert place.destination(hook).failing_since == DECEMBER
    december(place, seconds=4)
    assert len(receiver.got) == 1
    december(place, seconds=7200)  # the 500 asked for nothing, so 5 s were enough; now a redirect
    assert place.deliveries()[0].error == "redirects are not followed"
    december(place, seconds=7200 + 300)  # 503, with two hours of patience
    assert place.deliveries()[0].next_at == place.clock.now + timedelta(hours=2)
    december(place, seconds=14400)
    assert len(receiver.got) == 3
    december(place, seconds=14400 + 300)
    ids = [it.headers["webhook-id"] for it in receiver.got]
    assert ids[:4] == [first] * 4 and len(ids) == 5 and ids[4] != first
    times = [int(it.headers["webhook-timestamp"]) for it in receiver.got]
    assert times == sorted(times) and times[0] < times[3]
    assert [(it.state, it.tries, it.status) for it in place.deliveries()] == [("sent", 4, 200), ("sent", 1, 200)]
    assert place.destination(hook).failing_since is None


def test_after_days_it_is_switched_off_and_goes_on_where_it_stopped(place: Place, start, mailbox) -> None:
    receiver = start(script=[500] * 100)
    hook, _ = place.hook(receiver)
    for team in ("product", "events"):
        place.schedule(team=team, destinations=(hook,), to_team=False, skip_empty=False)
    december(place)
    for wait in BACKOFF:
        place.clock.now += wait
        place.make.drain()
    found = place.destination(hook)
    assert len(receiver.got) == len(BACKOFF) + 1 and found.disabled_at and found.disabled_why == "not today"
    assert [it.state for it in place.deliveries()] == ["failed", "waiting"]
    (mail,) = [it for it in mailbox.to("livia@example.org") if "no longer" in it.subject]
    assert "The webhook" in mail.text and "not today" in mail.text and "/feedback/delivery" in mail.text
    place.clock.forward(days=2)
    place.make.drain()
    assert len(receiver.got) == len(BACKOFF) + 1
    receiver.script.clear()
    livia, failed = place.house.livia, place.deliveries()[0].id
    with pytest.raises(Conflict), place.make.core.db.write() as session:
        destinations.redeliver(session, actor=livia, delivery_id=failed, now=place.clock.now)
    with place.make.core.db.write() as session:
        destinations.switch(session, actor=livia, destination_id=hook, on=True, version=None, now=place.clock.now)
        destinations.redeliver(session, actor=livia, delivery_id=failed, now=place.clock.now)
    place.make.drain()
    assert [it.state for it in place.deliveries()] == ["sent", "sent"]
    ids = [it.headers["webhook-id"] for it in receiver.got]
    assert len(set(ids)) == 2 and ids[-2] == ids[0], "the same id as at first, and in order"


def test_gone_is_the_end_at_once(place: Place, start) -> None:
    receiver = start(script=[410])
    hook, _ = place.hook(receiver)
    place.schedule(destinations=(hook,), to_team=False, skip_empty=False)
    december(place)
    assert (len(receiver.got), place.deliveries()[0].state) == (1, "failed") and place.destination(hook).disabled_at


def test_both_keys_sign_for_a_week(place: Place, start, monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = start()
    hook, old = place.hook(receiver)
    with place.make.core.db.write() as session:
        new = destinations.rotate(
            session, actor=place.house.livia, destination_id=hook, version=None, vault=place.vault, now=place.clock.now
        )
    for days, both in ((0, True), (6, True), (8, False)):
        place.try_out(hook)
        place.make.drain()
        request = receiver.got[-1]
        assert opens(new, request, monkeypatch) and opens(old, request, monkeypatch) is both, days
        place.clock.forward(days=6 if days == 0 else 2)
    assert old not in place.destination(hook).sealed and new not in place.destination(hook).sealed


@pytest.mark.parametrize("moment", ["before", "between", "after"])
def test_a_worker_killed_at_any_point_loses_nothing(
    place: Place, start, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    """Killed between claim and sending, between sending and noting, or before its row of the outbox was done."""
    receiver, seen = start(), set()
    hook, _ = place.hook(receiver)
    place.schedule(destinations=(hook,), to_team=False, skip_empty=False)
    killed = {"before": (dispatch, "_ready"), "between": (queue, "finish"), "after": (jobs, "dispatch")}[moment]
    real, dead = getattr(*killed), []

    class Killed(BaseException):
        pass

    def once(*args: object, **named: object) -> object:
        if dead:
            return real(*args, **named)
        dead.append(True)
        if moment == "after":
            real(*args, **named)
        raise Killed

    monkeypatch.setattr(*killed, once)
    with pytest.raises(Killed):
        december(place)
    place.make.drain()
    assert len(receiver.got) == (0 if moment == "before" else 1), "leases hold until they end"
    december(place, minutes=6)
    seen = {it.headers["webhook-id"] for it in receiver.got}
    assert len(seen) == 1 and len(receiver.got) == (2 if moment == "between" else 1)
    (delivery,) = place.deliveries()
    assert delivery.state == "sent" and len(place.runs()) == 1
    with place.make.core.db.read() as session:
        assert session.scalars(select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.run_at <= place.clock.now)
                               ).all() == []  # fmt: skip


def test_two_workers_take_turns(place: Place, start) -> None:
    receiver = start()
    hook, _ = place.hook(receiver)
    place.try_out(hook)
    with place.make.core.db.write() as session:
        taken = queue.claim(session, hook, place.clock.now)
    assert taken
    with pytest.raises(queue.Held), place.make.core.db.write() as session:
        queue.claim(session, hook, place.clock.now)
    place.make.drain()
    assert receiver.got == []
    place.clock.forward(minutes=4)
    place.make.drain()
    assert len(receiver.got) == 1 and place.deliveries()[0].state == "sent"


def test_a_lost_row_of_the_outbox_is_found_by_the_housekeeping(place: Place, start) -> None:
    receiver = start()
    hook, _ = place.hook(receiver)
    place.schedule(destinations=(hook,), to_team=False, skip_empty=False)
    place.try_out(hook)
    with place.make.core.db.write() as session:
        session.query(Outbox).where(Outbox.job.like("feedback.delivery.%")).delete()
    place.clock.now = DECEMBER + timedelta(minutes=1)
    with place.make.core.db.write() as session:
        record(session, HousekeepingDue(), now=place.clock.now)
    place.make.drain()
    assert len(receiver.got) == 2 and {it.state for it in place.deliveries()} == {"sent"}


def test_slow_internal_and_strange_receivers(place: Place, start, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = start(delay=1.0)
    monkeypatch.setattr("forum.webhooks.outgoing.Outgoing.__init__.__kwdefaults__", {
        "networks": (), "tls": None, "total": 0.3})  # fmt: skip
    hook, _ = place.hook(slow)
    place.try_out(hook)
    place.make.drain()
    (late,) = place.deliveries()
    assert (late.state, late.status) == ("failed", 0) and late.error
    inside, _ = place.hook(slow)
    place.make.core.worker.settings = replace(place.make.core.settings, outgoing_networks="")  # thinks again
    before = len(slow.got)
    place.try_out(inside)
    place.make.drain()
    refused = place.deliveries()[-1]
    assert refused.state == "failed" and "not public" in refused.error and len(slow.got) == before
    closed = Vault(place.make.core.settings.secret())
    for url in ("http://example.org/", "https://u:p@example.org/", "https://example.org:22/", "gopher://x"):
        with pytest.raises(Invalid), place.make.core.db.write() as session:
            destinations.add(session, actor=place.house.livia, new=NewDestination("webhook", "x", url=url),
                             vault=closed, now=place.clock.now)  # fmt: skip


def test_an_address_that_may_not_be_called_is_tried_again_and_told(place: Place, start, mailbox) -> None:
    """A name that leads inside for a minute, a network that the operator closed: nothing is called, nothing is lost."""
    receiver, worker = start(), place.make.core.worker
    hook, _ = place.hook(receiver)
    for team in ("product", "events"):
        place.schedule(team=team, destinations=(hook,), to_team=False, skip_empty=False)
    opened, closed = worker.settings, replace(worker.settings, outgoing_networks="")
    worker.settings = closed
    december(place)
    first = place.deliveries()[0]
    assert (first.state, first.tries, receiver.got) == ("waiting", 1, []) and "not public" in first.error
    assert place.destination(hook).failing_since == DECEMBER and place.destination(hook).disabled_at is None
    worker.settings = opened
    december(place, seconds=6)
    assert [it.headers["webhook-id"] for it in receiver.got] == [it.message_id for it in place.deliveries()]
    assert {it.state for it in place.deliveries()} == {"sent"}
    worker.settings = closed
    with place.make.core.db.write() as session:
        destinations.redeliver(session, actor=place.house.livia, delivery_id=first.id, now=place.clock.now)
    place.make.drain()
    for wait in BACKOFF:
        place.clock.now += wait
        place.make.drain()
    found = place.destination(hook)
    assert len(receiver.got) == 2 and place.deliveries()[0].state == "failed"
    assert found.disabled_at and "not public" in found.disabled_why
    (mail,) = [it for it in mailbox.to("livia@example.org") if "no longer" in it.subject]
    assert "leads into a network that is not public" in mail.text
    page = place.make.browser(place.house.livia).get(f"/feedback/delivery/destinations/{hook}").text
    assert "leads into a network that is not public" in page


def test_only_managers_send_anything_anywhere(place: Place, start) -> None:
    receiver: Receiver = start()
    for actor in (place.house.alba, place.house.giulia):
        with pytest.raises(Forbidden), place.make.core.db.write() as session:
            destinations.add(session, actor=actor, new=NewDestination("webhook", "x", url=receiver.url),
                             vault=place.vault, now=place.clock.now)  # fmt: skip
        with pytest.raises(Forbidden), place.make.core.db.write() as session:
            runs.approve(session, actor=actor, run_id=1, now=place.clock.now)
