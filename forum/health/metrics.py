"""`/metrics` in the text format of Prometheus: requests, outbox, sessions, and this process."""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from forum.db import Database
from forum.health.queries import living_sessions, outbox_state
from forum.search.queue import backlog
from forum.web.tally import Tally


class Forum(Collector):
    """What only this software can tell about itself."""

    def __init__(self, db: Database, tally: Tally, now: datetime) -> None:
        """Reads nothing yet."""
        self.db, self.tally, self.now = db, tally, now

    def collect(self) -> Iterator[Metric]:
        """Ask the database and the counters. Raises Unavailable, Busy."""
        answers, seconds = self.tally.totals()
        requests = CounterMetricFamily("forum_requests", "Answers by status, static files left out.", labels=["status"])
        for status, count in sorted(answers.items()):
            requests.add_metric([str(status)], count)
        yield requests
        yield CounterMetricFamily("forum_request_seconds", "Seconds spent on those answers.", value=seconds)
        with self.db.read() as session:
            outbox, sessions = outbox_state(session, self.now), living_sessions(session, self.now)
        age = (self.now - outbox.oldest_due).total_seconds() if outbox.oldest_due else 0.0
        yield GaugeMetricFamily("forum_outbox_pending", "Effects that are still to happen.", value=outbox.pending)
        yield GaugeMetricFamily("forum_outbox_due", "Of those, the ones that could happen now.", value=outbox.due)
        yield GaugeMetricFamily("forum_outbox_dead", "Effects that were given up.", value=outbox.dead)
        yield GaugeMetricFamily("forum_outbox_oldest_due_seconds", "How long the oldest due one has waited.", value=age)
        waiting, behind = backlog(self.db)
        yield GaugeMetricFamily("forum_search_waiting", "Changes that the search index has to hear of.", value=waiting)
        yield GaugeMetricFamily("forum_search_behind_seconds", "How long the oldest of them has waited.", value=behind)
        yield GaugeMetricFamily("forum_sessions", "Browsers that are signed in.", value=sessions)


def exposition(db: Database, tally: Tally, now: datetime) -> bytes:
    """The whole text. Process figures (memory, time, files) are those of the process that answers."""
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(Forum(db, tally, now))
    return generate_latest(registry)
