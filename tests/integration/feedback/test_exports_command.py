"""`forum export feedback`: a file on disk, by the operator."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from forum.audit.models import AuditEntry
from forum.cli import forum
from forum.feedback.exports.models import ExportRead
from tests.factories import Make
from tests.support.feedback_exports import House


@pytest.fixture
def house(make: Make, clock: Any) -> House:
    return House(make, clock)


def test_the_operator_writes_a_file(house: House, tmp_path: Path) -> None:
    settings, place = house.make.core.settings, tmp_path / "october.csv"
    environment = {"FORUM_DATA_DIR": str(settings.data_dir), "FORUM_DATABASE_URL": settings.database_url,
                   "FORUM_BASE_URL": settings.base_url}  # fmt: skip
    period = ["--from", "2026-10-01", "--to", "2026-11-01", "--format", "csv", "--output", str(place)]
    done = CliRunner().invoke(forum, ["export", "feedback", "--team", "product", *period], env=environment)
    assert done.exit_code == 0, done.output
    assert str(place) in done.stdout
    rows = list(csv.DictReader(io.StringIO(place.read_text("utf-8-sig"))))
    assert next(row["value"] for row in rows if row["id"] == "heard") == "12"
    with house.make.core.db.read() as session:
        (read,) = session.scalars(select(ExportRead)).all()
        entries = [it for it in session.scalars(select(AuditEntry)) if "export" in it.action]
    assert (read.how, read.by_id) == ("command", None)
    assert [it.action for it in entries] == ["feedback.exported", "feedback.export_read"]
    assert all(it.actor_id is None and '"by":"operator"' in it.data.replace(" ", "") for it in entries)
    wrong = CliRunner().invoke(forum, ["export", "feedback", "--team", "nobody", *period], env=environment)
    assert wrong.exit_code == 1 and "no such team" in wrong.output
