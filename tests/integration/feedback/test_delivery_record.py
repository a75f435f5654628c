"""What left, to whom, is on record piece by piece; and what never arrived is told to those who can do something."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from forum.audit.models import AuditDetail, AuditEntry
from forum.feedback import domain
from forum.feedback.delivery import destinations
from forum.feedback.exports.models import Export, ExportRead, Shown
from forum.webhooks.signing import BACKOFF
from tests.factories import Make
from tests.support.delivering import Place
from tests.support.feedback_exports import House

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
        items, pieces = (
            len([it for it in whole["csv"].data.splitlines()[1:] if b'"%s"' % record in it])
            for record in (b"item", b"evidence")
        )  # fmt: skip
        assert items and pieces, "the evidence is among the rows of a table"
        assert found[(to, "xlsx")][0].rows == found[(to, "csv")][0].rows == items + pieces
        quoted = mail.html.count('class="quote"')
        assert 0 < quoted < pieces and found[(to, "html")][0].rows == 4 + quoted, "four problems, their quotes, praise"


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


def records(place: Place) -> dict[int, tuple[str, str, int, int, int | None]]:
    return {it.id: (it.format, it.sha256, it.size, it.rows, it.by_id) for it in place.all(Export) if it.sent}


def test_nobody_s_click_changes_the_record_of_what_left(october: Place, start: Any) -> None:
    """There is no file to fetch; another format, also the same one, is a file of its own."""
    place, livia = october, october.house.livia
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(privacy="quotes", formats=("csv",), destinations=(place.hook(start())[0],))
    place.clock.now = NOVEMBER
    place.make.drain()
    before = records(place)
    assert sorted(it[0] for it in before.values()) == ["csv", "html", "json"]
    assert {it[4] for it in before.values()} == {None}, "who got it did not make it"
    browser = place.make.browser(livia)
    page = browser.get("/feedback/exports").text
    assert "sent by mail" in page and "handed to a program of the team" in page
    for export_id in before:
        path = f"/feedback/exports/{export_id}/file"
        assert path not in page and browser.get(path).status_code == 404
    (snapshot,) = {it.snapshot_id for it in place.all(Export)}
    for kind in ("csv", "json"):
        browser.post("/feedback/exports", {"snapshot": snapshot, "format": kind})
        (made,) = [it for it in place.all(Export) if it.format == kind and not it.sent]
        assert made.by_id == livia.id and browser.get(f"/feedback/exports/{made.id}/file").status_code == 200
    with place.make.core.db.write() as session:
        for member in (*place.house.people, place.house.giulia):
            domain.erase_words(session, member_id=member.id, now=place.clock.now)
    place.clock.forward(days=1)
    place.make.drain()
    assert records(place) == before


def test_a_file_s_rows_are_what_it_holds(make: Make, clock: Any) -> None:
    house = House(make, clock)
    snapshot = house.snapshot()
    page = house.opened(snapshot).page
    pieces = sum(len(lines) for lines in house.opened(snapshot).evidence())
    quotes = [it.text for it in page.quotes]
    assert 0 < len(quotes) < pieces
    browser = make.browser(house.livia)
    for kind, held in (("md", len(quotes)), ("html", len(quotes)), ("pdf", len(quotes)), ("csv", pieces)):
        browser.post("/feedback/exports", {"snapshot": snapshot, "format": kind})
        (rows,) = [it.rows for it in Place(make, clock, house).all(Export) if it.format == kind]
        assert rows == len(page.lines) + held, kind


def test_who_saw_my_words_counts_what_could_hold_them(october: Place, start: Any) -> None:
    """A page has a few quotes, a table has all, a message of Slack nobody's."""
    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    hooks = (place.hook(start())[0], place.hook(start(), "slack")[0])
    place.schedule(privacy="quotes", formats=("pdf", "csv"), destinations=hooks)
    place.clock.now = NOVEMBER
    place.make.drain()
    with place.make.core.db.read() as session:
        shown = list(session.scalars(select(Shown)))
    (snapshot,) = {it.snapshot_id for it in shown}
    quoted = {it.evidence for it in place.house.opened(snapshot).page.quotes}
    assert quoted == {it.evidence_id for it in shown if it.on_page}
    mine: dict[int, set[int]] = {}
    for it in shown:
        mine.setdefault(it.author_id or 0, set()).add(it.evidence_id)
    met = set()
    for member in (*place.house.people, place.house.giulia, place.house.paolo):
        words = mine.get(member.id, set())
        if not words:
            continue
        browser = place.make.browser(member)
        (seen,) = browser.get("/settings/feedback/data.json").json()["seen"]
        had = {(it["how"], it["format"]): set(it["words"]) for it in seen["deliveries"]}
        page = words & quoted
        met.add(bool(page))
        some = dict.fromkeys((("webhook", "json"), ("mail", "html"), ("mail", "pdf")), page) if page else {}
        assert had == {("mail", "csv"): words, **some}
        text = browser.get("/settings/feedback").text
        assert ("handed to a program" in text) is bool(page) and "sent by mail" in text
    assert met == {True, False}


def test_what_was_taken_out_was_in_nothing_that_left_later(october: Place) -> None:
    place, giulia = october, october.house.giulia
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(privacy="quotes", formats=("csv",))
    place.clock.now = NOVEMBER
    place.make.drain()
    with place.make.core.db.write() as session:
        domain.may_be_quoted(session, actor=giulia, quote=False, now=place.clock.now)
    place.clock.forward(days=2)
    place.make.drain()
    (mail,) = place.deliveries()
    place.clock.forward(days=2)
    with place.make.core.db.write() as session:
        destinations.redeliver(session, actor=place.house.livia, delivery_id=mail.id, now=place.clock.now)
    place.make.drain()
    assert len([it for it in place.all(Export) if it.format == "csv"]) == 2
    (seen,) = place.make.browser(giulia).get("/settings/feedback/data.json").json()["seen"]
    left = [datetime.fromisoformat(it["at"]) for it in seen["deliveries"] if it["format"] == "csv"]
    assert left == [NOVEMBER] and seen["taken_out"] == 1


def test_what_left_before_there_were_marks_is_marked(october: Place, start: Any) -> None:
    from alembic import command

    from forum.migrate import _config, migrate

    place = october
    place.clock.now = NOVEMBER - timedelta(days=1)
    place.schedule(privacy="quotes", formats=("csv",), destinations=(place.hook(start(), "slack")[0],))
    place.clock.now = NOVEMBER
    place.make.drain()
    browser = place.make.browser(place.house.livia)
    browser.post("/feedback/exports", {"snapshot": place.runs()[0].snapshot_id, "format": "csv"})
    browser.get(f"/feedback/exports/{place.all(Export)[-1].id}/file")

    def marks() -> tuple[Any, Any]:
        with place.make.core.db.read() as session:
            shown = session.execute(select(Shown.evidence_id, Shown.on_page).order_by(Shown.evidence_id)).all()
        return [(it.id, it.sent, it.by_id) for it in place.all(Export)], shown

    before = marks()
    assert {it[1] for it in before[0]} == {it[1] for it in before[1]} == {True, False}
    engine = place.make.core.db.engine
    command.downgrade(_config(engine), "0009")
    migrate(engine)
    assert marks() == before
