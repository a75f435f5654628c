"""`forum export transparency`: the yearly report as files."""

from pathlib import Path

import click

from forum.console import database, say
from forum.feedback.exports.commands import feedback
from forum.kit.clock import utc_now
from forum.legal.queries.files import NAMES, file
from forum.settings import load


@click.group("export")
def export() -> None:
    """What goes out of the house as files."""


export.add_command(feedback)


@export.command("transparency")
@click.option("--year", type=click.IntRange(2020, 2100), help="Which year; default: the last one.")
@click.option("--to", "folder", type=click.Path(file_okay=False, path_type=Path), help="Where to; default: here.")
def transparency(*, year: int | None, folder: Path | None) -> None:
    """Write the yearly report (DSA Art. 15 and 24) and the statements of reasons: CSV and JSON.

    In the shape of the harmonised templates; aggregates and codes, nobody's data.
    """
    settings = load()
    year = year or utc_now().year - 1
    there = folder or Path(f"transparency-{year}")
    there.mkdir(parents=True, exist_ok=True)
    with database(settings) as db, db.read() as session:
        for name in NAMES:
            (there / name).write_bytes(file(session, year, name, settings.base_url))
            say(name)
    click.echo(str(there))
