"""What left, to whom, is on record piece by piece; and what never arrived is told to those who can do something."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from forum.audit.models import AuditDetail, AuditEntry
from forum.feedback import domain
from forum.feedback.delivery import destinations
from forum.feedback.exports.models import Export, ExportRead
from forum.webhooks.signing import BACKOFF
from tests.support.delivering import Place

NOVEMBER = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
"""08:00 in Rome."""


def handed(place: Place) -> list[tuple[AuditEntry, Any]]:
    """Entries of the log about what was handed out, with their erasable words."""
    with place.make.core.db.read() as session:
        rows = session.execute(
            select(AuditEntry, AuditDetail.body)
            .outerjoin(AuditDetail, AuditDetail.entry_id == AuditEntry.id)
            .where(AuditEntry.action == "feedback.export_read")
            .order_by(AuditEntry.id)
        )
        return [(row[0], row[1]) for row in rows]


def test_each_file_with_a_mail_has_its_row_its_sum_and_its_receiver(october: Place, mailbox: Any) -> None:
    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(privacy="quotes", formats=("csv", "xlsx"), addresses=("lead@nido.example",))
    place.clock.now = NOVEMBER
    place.make.drain()
    mails = {it.to: it for it in mailbox.sent if it.files}
    assert set(mails) == {"alba@example.org", "lead@nido.example"}
    delivery = {it.address: it.id for it in place.deliveries()}
    with place.make.core.db.read() as session:
        rows = {it.id: it for it in session.scalars(select(Export))}
        read = {it.export_id: (it.how, it.by_id) for it in session.scalars(select(ExportRead))}
    log = handed(place)
    assert len(log) == len(rows) == len(read) == 6
    found = {}
    for entry, words in log:
        export = rows[int(entry.target.removeprefix("export:"))]
        told = json.loads(entry.data)
        found[(words["mailed_to"], export.format)] = (export, told)
        assert (told["sha256"], told["rows"], told["how"]) == (export.sha256, export.rows, "mail")
        assert told["delivery"] == delivery[words["mailed_to"]] and "destination" not in told
        assert words["mailed_to"] not in str(told), "an address can be erased"
        assert read[export.id] == ("mail", place.house.alba.id if "alba" in words["mailed_to"] else None)
    for to, mail in mails.items():
        whole = dict(zip(("csv", "xlsx"), mail.files, strict=True))
        sums = {kind: hashlib.sha256(it.data).hexdigest() for kind, it in whole.items()}
        assert {kind: found[(to, kind)][0].sha256 for kind in whole} == sums
        assert found[(to, "html")][0].sha256 == hashlib.sha256(mail.html.encode()).hexdigest()
        pages, pieces = found[(to, "html")][0].rows, found[(to, "csv")][0].rows
        assert found[(to, "xlsx")][0].rows == pieces > pages > 0, "the evidence is among the rows of a table"
        assert len([it for it in whole["csv"].data.splitlines() if b'"evidence"' in it]) == pieces - pages


def test_what_a_destination_had_names_it(october: Place, start: Any) -> None:
    place = october
    hook, _ = place.hook(start())
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(destinations=(hook,), to_team=False)
    place.clock.now = NOVEMBER
    place.make.drain()
    ((entry, words),) = handed(place)
    (row,) = place.deliveries()
    told = json.loads(entry.data)
    assert words is None and (told["destination"], told["delivery"]) == (hook, row.id)
    page = place.make.browser(place.make.member("teo", role="admin")).get("/moderation/log").text
    assert "Destination number" in page


def test_mails_that_never_arrive_are_told_to_the_managers_once(place: Place, mailbox: Any) -> None:
    place.clock.now = NOVEMBER - timedelta(days=1)
    schedule = place.schedule(addresses=("lead@nido.example", "typo@nido.example"), skip_empty=False)
    place.clock.now = NOVEMBER
    whole, mailbox.fail = mailbox.sent, OSError("550 no such user")
    place.make.drain()
    with place.make.core.db.write() as session:  # one of the three may not have it any more: that is no failure
        domain.leave_team(session, actor=place.house.livia, team_id=place.house.team, member_id=place.house.alba.id,
                          now=place.clock.now)  # fmt: skip
    for wait in BACKOFF:
        place.clock.now += wait
        place.make.drain()
    assert {it.state for it in place.deliveries()} == {"failed"} and schedule
    mailbox.fail = None
    place.clock.now += timedelta(minutes=20)
    place.make.drain()
    (mail,) = mailbox.to("livia@example.org")
    assert "did not arrive: Product" in mail.subject and f"/feedback/delivery/runs/{place.runs()[0].id}" in mail.text
    for said in (mail.text, mail.html):
        plain = said.replace("\u200b", "")
        assert "lead" in plain and "typo" in plain and "550 no such user" in plain and "alba" not in plain
    place.clock.now += timedelta(days=1)
    place.make.drain()
    assert len(mailbox.to("livia@example.org")) == 1 and len(whole) == 1


def test_mails_that_somebody_sent_once_more_are_not_told(place: Place, mailbox: Any) -> None:
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(skip_empty=False)
    place.clock.now = NOVEMBER
    mailbox.fail = OSError("connection refused")
    place.make.drain()
    for wait in BACKOFF:
        place.clock.now += wait
        place.make.drain()
    mailbox.fail = None
    (failed,) = place.deliveries()
    with place.make.core.db.write() as session:
        destinations.redeliver(session, actor=place.house.livia, delivery_id=failed.id, now=place.clock.now)
    place.make.drain()
    place.clock.now += timedelta(minutes=20)
    place.make.drain()
    assert place.deliveries()[0].state == "sent" and mailbox.to("livia@example.org") == []
