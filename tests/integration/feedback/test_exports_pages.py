"""Summaries and exports as people and programs reach them: pages, API, files, who may, what is noted."""

import hashlib
from typing import Any

import pytest
from sqlalchemy import select, update

from forum.audit.models import AuditEntry
from forum.feedback.exports import domain as exports
from forum.feedback.exports.models import Export, ExportRead, Shown, Snapshot
from forum.feedback.models import Consent
from tests.factories import Make
from tests.support.feedback_exports import House

PERIOD = {"team": "product", "from": "2026-10-01", "to": "2026-10-31"}
ASKED = {"team": "product", "from": "2026-10-01", "to": "2026-11-01", "format": "csv", "privacy": "quotes"}


@pytest.fixture
def house(make: Make, clock: Any) -> House:
    return House(make, clock)


def call(house: House, who: Any, method: str, path: str, body: Any = None, **headers: str) -> Any:
    token = house.make.token(who)
    return house.make.browser().http.request(
        method, f"/api/v1/feedback/exports{path}", json=body, headers={"Authorization": f"Bearer {token}", **headers}
    )


def test_a_manager_looks_at_a_period_and_takes_it_along(house: House) -> None:
    browser = house.make.browser(house.livia)
    page = browser.get("/feedback/summary?team=product&from=2026-10-01&to=2026-10-31")
    assert page.status_code == 200 and "Item sensors" in page.text and "small numbers" in page.text
    assert "1–31 October 2026, compared with 31 August – 30 September 2026" in page.text
    made = browser.post("/feedback/exports", {**PERIOD, "format": "md", "privacy": "quotes"})
    assert made.status_code == 303
    listed = browser.get("/feedback/exports").text
    assert "Product, 1–31 October 2026 · MD" in listed and "to nobody yet" in listed
    (export,) = rows(house, Export)
    file = browser.get(f"/feedback/exports/{export.id}/file")
    assert file.headers["content-disposition"].startswith("attachment") and "no-store" in file.headers["cache-control"]
    assert hashlib.sha256(file.content).hexdigest() == export.sha256
    assert file.text.startswith("# “Item sensors” weighs most")
    (read,) = rows(house, ExportRead)
    assert (read.export_id, read.by_id, read.how) == (export.id, house.livia.id, "download")
    assert "1 time" in browser.get("/feedback/exports").text
    noted = [(it.action, it.actor_id, it.target) for it in rows(house, AuditEntry) if "export" in it.action]
    assert noted == [
        ("feedback.exported", house.livia.id, f"export:{export.id}"),
        ("feedback.export_read", house.livia.id, f"export:{export.id}"),
    ]
    again = browser.post("/feedback/exports", {"snapshot": export.snapshot_id, "format": "pdf"})
    assert again.status_code == 303
    assert {it.format: it.snapshot_id for it in rows(house, Export)} == dict.fromkeys(("md", "pdf"), export.snapshot_id)


def test_a_period_that_is_none_is_said(house: House) -> None:
    browser = house.make.browser(house.livia)
    wrong = browser.get("/feedback/summary?from=2026-10-31&to=2026-10-01")
    assert wrong.status_code == 422 and "The last day comes after the first." in wrong.text
    wrong = browser.post("/feedback/exports", {**PERIOD, "from": "soon", "format": "csv", "privacy": "quotes"})
    assert wrong.status_code == 422 and "Write a day." in wrong.text
    for field, value in (("format", "doc"), ("privacy", "all"), ("team", "nobody")):
        wrong = browser.post("/feedback/exports", {**PERIOD, "format": "csv", "privacy": "quotes", field: value})
        assert wrong.status_code == 422, field
    assert rows(house, Export) == []


def test_a_team_has_its_own_and_nobody_elses(house: House) -> None:
    alba = house.make.browser(house.alba)
    assert "Item sensors" in alba.get("/feedback/summary?from=2026-10-01&to=2026-10-31").text
    assert alba.get("/feedback/summary?team=events").status_code == 422  # as if there were no such team
    theirs = call(house, house.livia, "POST", "", {**ASKED, "team": "events"}).json()
    whole = call(house, house.livia, "POST", "", {**ASKED, "team": ""}).json()
    mine = call(house, house.alba, "POST", "", ASKED)
    assert mine.status_code == 201
    for export, status in ((theirs, 404), (whole, 404), (mine.json(), 200)):
        assert alba.get(f"/feedback/exports/{export['id']}/file").status_code == status
        assert call(house, house.alba, "GET", f"/{export['id']}").status_code == status
        assert call(house, house.alba, "GET", f"/{export['id']}/file").status_code == status
    assert call(house, house.alba, "POST", "", {**ASKED, "team": ""}).status_code == 403
    assert call(house, house.alba, "POST", "", {**ASKED, "team": "events"}).status_code == 404
    listed = alba.get("/feedback/exports").text
    assert mine.json()["snapshot"] in listed and theirs["snapshot"] not in listed and whole["snapshot"] not in listed
    assert call(house, house.people[0], "POST", "", ASKED).status_code == 403


def test_the_api_answers_as_the_contract_says(house: House) -> None:
    made = call(house, house.livia, "POST", "", ASKED, **{"Idempotency-Key": "one"})
    body = made.json()
    assert made.status_code == 201 and made.headers["location"] == body["status_url"]
    assert {"id", "snapshot", "sha256", "download_url"} <= set(body)
    file = call(house, house.livia, "GET", f"/{body['id']}/file")
    assert hashlib.sha256(file.content).hexdigest() == body["sha256"] and body["size"] == len(file.content)
    again = call(house, house.livia, "POST", "", ASKED, **{"Idempotency-Key": "one"})
    assert again.json() == body and again.headers["idempotent-replayed"] == "true" and len(rows(house, Export)) == 1
    for wrong in ({"format": "doc"}, {"privacy": "all"}, {"to": "2026-10-01"}, {"from": "x"}, {"more": 1}):
        assert call(house, house.livia, "POST", "", {**ASKED, **wrong}).status_code == 422, wrong


def test_a_big_one_is_written_by_the_worker(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "BIG", 10)
    made = call(house, house.livia, "POST", "", {**ASKED, "format": "json"})
    body = made.json()
    assert made.status_code == 202 and body["state"] == "waiting" and body["download_url"] is None
    assert call(house, house.livia, "GET", f"/{body['id']}/file").status_code == 404
    house.make.drain()
    house.make.drain()
    done = call(house, house.livia, "GET", f"/{body['id']}").json()
    assert (done["state"], done["progress"]) == ("ready", 100) and done["rows"] == 5 + 27 and done["sha256"]
    file = call(house, house.livia, "GET", f"/{body['id']}/file")
    assert file.json()["snapshot"] == body["snapshot"] and len(file.json()["evidence"]) == 27
    assert not [it.name for it in (house.make.core.settings.data_dir / "exports").iterdir() if it.name[0] == "."]


def test_whoever_withdraws_is_in_no_file_from_then_on(house: House) -> None:
    body = call(house, house.livia, "POST", "", ASKED).json()
    giulia = house.giulia.id
    assert "[…], ask [e-mail]" in call(house, house.livia, "GET", f"/{body['id']}/file").text
    with house.make.core.db.write() as session:
        session.add(Consent(member_id=giulia, quote=False, at=house.make.now))
    after = call(house, house.livia, "GET", f"/{body['id']}/file")
    assert "ask [e-mail]" not in after.text and "taken out again" in after.text
    now = call(house, house.livia, "GET", f"/{body['id']}").json()
    assert now["redacted"] == 1 and now["sha256"] == hashlib.sha256(after.content).hexdigest() != body["sha256"]
    assert "1 quote or title taken out since" in house.make.browser(house.livia).get("/feedback/exports").text
    kept = [it for it in rows(house, Shown) if it.author_id == giulia]
    assert len(kept) == 1 and kept[0].redacted_at  # who saw it before is still known


def test_housekeeping_takes_withdrawn_words_off_the_disk(house: House) -> None:
    body = call(house, house.livia, "POST", "", ASKED).json()
    place = house.make.core.settings.data_dir / "exports" / f"{body['id']}.csv"
    assert "What an engine" in place.read_text("utf-8")
    for name in [name for name in house.posts if name.startswith("thanks")]:
        house.hide(name, "hidden")
    from forum.feedback.exports import files

    assert files.take_out(house.make.core.db, house.make.core.settings, house.make.now) == 1
    assert not place.exists()
    assert "What an engine" not in call(house, house.livia, "GET", f"/{body['id']}/file").text
    assert "What an engine" not in place.read_text("utf-8")
    with house.make.core.db.write() as session:  # a file that is lost is made again, the very same
        session.execute(update(Snapshot).values(redacted=Snapshot.redacted))
    before = place.read_bytes()
    place.unlink()
    assert call(house, house.livia, "GET", f"/{body['id']}/file").content == before


def rows(house: House, table: type[Any]) -> list[Any]:
    with house.make.core.db.read() as session:
        return list(session.scalars(select(table)))
