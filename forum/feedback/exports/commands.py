"""`forum export feedback`: a team's summary, or everything, as a file."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path

import click

from forum.console import database, say
from forum.feedback.exports import domain, files
from forum.feedback.exports.counting import day_of
from forum.feedback.exports.models import FORMATS, PRIVACIES
from forum.kit.clock import utc_now
from forum.settings import LOCALES, load

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("feedback")
@click.option("--team", default="", help="A team's slug; default: all teams.")
@click.option("--from", "starts", type=DAY, help="The first day; default: the first of last month.")
@click.option("--to", "ends", type=DAY, help="The first day that does not count; default: the first of this month.")
@click.option("--format", "kind", type=click.Choice(FORMATS), default="pdf", show_default=True)
@click.option("--privacy", type=click.Choice(PRIVACIES), default="quotes", show_default=True,
              help="Figures alone, the staff's words too, or what members said.")  # fmt: skip
@click.option("--language", type=click.Choice(LOCALES), help="Default: FORUM_LOCALE.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where to; default: here.")
def feedback(
    *, team: str, starts: datetime | None, ends: datetime | None, kind: str, privacy: str, language: str | None,
    output: Path | None,
) -> None:  # fmt: skip
    """Write a summary of feedback: a period, for a team.

    The file is listed among the exports, and the log says that the operator took it.
    """
    settings, now = load(), utc_now()
    first = day_of(now).replace(day=1)
    asked = domain.Asked(
        team, starts.date() if starts else (first - timedelta(days=1)).replace(day=1), ends.date() if ends else first,
        kind, privacy,
    )  # fmt: skip
    with database(settings) as db:
        with db.write() as session:
            made = domain.order(
                session, asked=asked, by_id=None, locale=language or settings.locale, secret=settings.secret(), now=now
            )
        export = files.make(db, settings, made.id, now)
        place = output or Path(files.name_of(export))
        shutil.copyfile(files.path_of(settings, export), place)
        with db.write() as session:
            domain.handed(session, export_id=export.id, by_id=None, how="command", now=now)
    say(f"snapshot {export.snapshot_id}: {export.rows} rows, {export.size} bytes, sha256 {export.sha256}")
    click.echo(str(place))
