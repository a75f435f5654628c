"""`forum audit`: whether the log of staff acts still says what it said."""

import json
from datetime import UTC, date, datetime, time

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from sqlalchemy import select

from forum.audit.chain import stamp
from forum.audit.domain import accept_head
from forum.audit.head import FILE, BadHead, Head, as_line, read_head, replace_head
from forum.audit.models import AuditEntry
from forum.audit.verify import Verdict, size, snapshot, verify
from forum.console import database, say
from forum.db import AFTER_COMMIT, Database
from forum.kit.clock import utc_now
from forum.settings import load


@click.group()
def audit() -> None:
    """The log of what the staff did."""


class HeadType(click.ParamType[Head]):
    """ID:HASH, as `forum audit verify` prints it."""

    name = "ID:HASH"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Head:
        """Raises BadParameter."""
        number, _, digest = str(value).partition(":")
        if not (number.isascii() and number.isdigit() and len(digest) == 64):
            self.fail("write it as verify prints it, ID:HASH", param, ctx)
        return Head(int(number), digest.lower())


@audit.command("verify")
@click.option("--head", "heads", multiple=True, type=HeadType(), help="A head noted earlier; may be repeated.")
def verify_log(*, heads: tuple[Head, ...]) -> None:
    """Check the chain, entry by entry.

    Ends with status 1 and the first broken entry. Prints how many entries hold and the head, ID:HASH: noted somewhere
    else, it proves later that nothing up to there was changed (--head).
    """
    settings = load()
    with database(settings) as db:
        known = {f"the head {as_line(head)[:14]}…": head for head in heads}
        if file := _file_head(db):
            known[FILE] = file
        found = _walk(db, known)
    if found.broken:
        raise click.ClickException(_broken(found, file))
    if file is None and found.head:
        say(f"{FILE} is not there: that the end of the log is missing would not be noticed")
    if found.head is None:
        click.echo("The audit log is empty.")
    else:
        click.echo(f"{found.entries:,} entries hold. Head: {as_line(found.head)}")


def _file_head(db: Database) -> Head | None:
    """Raises ClickException."""
    try:
        return read_head(db.data_dir)
    except BadHead as error:
        raise click.ClickException(f"{error}: look into it, then put it right with `forum audit accept`") from error


def _walk(db: Database, known: dict[str, Head]) -> Verdict:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with snapshot(db) as session, Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        task = bars.add_task("entries", total=size(session))
        return verify(session, known=known, advance=lambda count: bars.update(task, advance=count))


def _broken(found: Verdict, file: Head | None) -> str:
    assert found.broken is not None
    words = f"audit log: entry {found.broken.entry_id} does not hold: {found.broken.why}"
    if file is not None and FILE in found.broken.why:
        words += " (after a backup was restored: forum audit accept)"
    return words


@audit.command("accept")
@click.option("--yes", is_flag=True, help="Do not ask.")
def accept(*, yes: bool) -> None:
    """Go on with the log as it is, after a backup was restored.

    The head file then knows entries that are not in the log any more. This notes what was lost as an entry of its own
    and lets the file follow the log again. Refused while the chain itself does not hold.
    """
    settings = load()
    with database(settings) as db:
        try:
            file, unreadable = read_head(db.data_dir), False
        except BadHead:
            file, unreadable = None, True
        if not unreadable and (file is None or _walk(db, {FILE: file}).broken is None):
            raise click.ClickException("there is nothing to accept: the log and its head file agree")
        found = _walk(db, {})
        if found.broken:
            raise click.ClickException(_broken(found, None))
        lost = f"entry {file.id}" if file else "an entry nobody can read any more"
        if not yes:
            say(f"The head file knows {lost}, the log ends with entry {found.entries}.")
            click.confirm("Was a backup restored, and is the log to go on from there?", abort=True, err=True)
        with db.write() as session:
            entry_id = accept_head(session, lost=file, now=utc_now())
            session.info.pop(AFTER_COMMIT)  # it would see the old file and alarm once more
            head = Head(entry_id, session.scalars(select(AuditEntry.hash).where(AuditEntry.id == entry_id)).one())
        replace_head(db.data_dir, head)
    click.echo(f"Noted as entry {entry_id}. Head: {as_line(head)}")


@audit.command("list")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="From this day on (UTC).")
def list_entries(*, since: datetime | None) -> None:
    """Print the entries, oldest first, as JSON lines.

    Ids and codes, no words about people: those are shown in the pages of moderation only.
    """
    from_day = datetime.combine(since.date() if since else date.min, time(), UTC)
    query = select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000)
    if since:
        query = query.where(AuditEntry.at >= from_day)
    with database(load()) as db, snapshot(db) as session:
        for entry in session.scalars(query):
            row = {column.name: getattr(entry, column.name) for column in AuditEntry.__table__.columns}
            click.echo(json.dumps(row | {"at": stamp(entry.at), "data": json.loads(entry.data)}))
