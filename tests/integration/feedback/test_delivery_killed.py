"""`forum worker`, a process of its own, ended by SIGKILL again and again while summaries are made and sent.

No handler runs and nothing is cleaned up. Afterwards everything has arrived, in order, under one id however often, and
every due time has fired once.
"""

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook

from forum.feedback.delivery.models import Delivery, Destination, Run
from forum.kit.clock import utc_now
from forum.outbox import Outbox
from forum.settings import Settings
from tests.support.command import environment
from tests.support.delivering import Place
from tests.support.receivers import Receiver

ROOT = Path(__file__).resolve().parents[3]
DAYS, SCHEDULES = 3, 5
PIECES = DAYS * SCHEDULES
"""For each of the two receivers, and so many mails."""


@contextmanager
def worker(settings: Settings) -> Iterator["subprocess.Popen[bytes]"]:
    """As an operator starts it; whatever happens, it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "forum", "worker"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=environment(settings, FORUM_OUTGOING_NETWORKS="127.0.0.0/8"),
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def until(what: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def leases_run_out(place: Place) -> None:
    """The minutes go by in which the others wait for a worker that is dead."""
    past = utc_now() - timedelta(seconds=1)
    with place.make.core.db.write() as session:
        for table in (Outbox, Destination):
            session.execute(update(table).where(table.leased_until.is_not(None)).values(leased_until=past))


def due_times(place: Place) -> datetime:
    """Schedules that were due on each of the last three days, while the site was down; the first of these moments."""
    today = utc_now().replace(minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS)
    place.clock.now = first + timedelta(minutes=1)  # the day's own hour is over
    return first


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_at_any_point_nothing_is_lost(place: Place, start: Any) -> None:
    seed = random.randrange(10**6)
    dice = random.Random(seed)
    print(f"seed {seed}")  # shown when it fails
    receivers: list[Receiver] = [start(delay=0.03), start(delay=0.06)]
    first = due_times(place)
    hooks = [place.hook(it) for it in receivers]
    schedules = [
        place.schedule(
            team="", every="week", days=tuple(range(7)), hour=first.hour, zone="UTC", period="week", skip_empty=False,
            to_team=False, addresses=(f"team{n}@example.org",), destinations=tuple(hook for hook, _ in hooks),
        )
        for n in range(SCHEDULES)
    ]  # fmt: skip

    def arrived() -> int:
        return sum(len(it.got) for it in receivers)

    some, more = dice.randint(1, 5), dice.randint(6, 12)
    points = (lambda: bool(place.runs()), lambda: arrived() >= some, lambda: arrived() >= more)
    for point in points:  # while the first runs are made, then while things are on their way
        with worker(place.make.core.settings) as process:
            until(point)
            time.sleep(dice.uniform(0, 0.15))
            assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL
        waiting = [it for it in place.deliveries() if it.state == "waiting"]
        assert waiting or len(place.runs()) < PIECES, "it was killed in the middle"
        leases_run_out(place)
    with worker(place.make.core.settings) as process:
        until(lambda: len(place.runs()) == PIECES and {it.state for it in place.deliveries()} == {"sent"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    fired_once(place, schedules, first)
    for (hook, key), receiver in zip(hooks, receivers, strict=True):
        arrived_in_order(place, hook, key, receiver)
    mailed_once(place)


def fired_once(place: Place, schedules: list[int], first: datetime) -> None:
    """A run for each moment that was missed, made once; and the next one is in the future."""
    for schedule in schedules:
        due = [it.due_at for it in place.runs() if it.schedule_id == schedule]
        assert due == [first + timedelta(days=n) for n in range(1, DAYS + 1)]
    assert {it.state for it in place.all(Run)} == {"sent"}
    assert len({it.snapshot_id for it in place.runs()}) == PIECES


def arrived_in_order(place: Place, hook: int, key: str, receiver: Receiver) -> None:
    """Repeats follow at once and say the same; nothing overtakes, nothing is missing, everything is signed."""
    queued = [it.message_id for it in place.deliveries() if it.destination_id == hook]
    got = [(it.headers["webhook-id"], it) for it in receiver.got]
    assert [message for message, _ in groupby(got, key=lambda it: it[0])] == queued
    assert len(queued) == PIECES and len(set(queued)) == PIECES
    said: dict[str, bytes] = {}
    for message, request in got:
        assert said.setdefault(message, request.body) == request.body
        Webhook(key).verify(request.body, request.headers)


def mailed_once(place: Place) -> None:
    """A mail that was written twice is one for who gets it: it has the same Message-ID, and the folder keeps one."""
    queued = {it.message_id for it in place.all(Delivery) if it.destination_id is None}
    files = list((place.make.core.settings.data_dir / "mail").glob("*.eml"))
    ids = {message_from_bytes(it.read_bytes())["Message-ID"].strip("<>").partition("@")[0] for it in files}
    assert len(files) == len(queued) == PIECES and ids == queued
