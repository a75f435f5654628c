"""`forum import`: other forums' content, from files."""

from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from forum.console import alone, database
from forum.kit.clock import utc_now
from forum.settings import load

MAX_SOURCE = 60


@click.group("import")
def group() -> None:
    """Bring in the content of another forum.

    Nobody is told, nothing is held back, and a second run adds nothing.
    """


def check_source(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A source's name stands in addresses. Raises BadParameter."""
    if value is not None and not fits(value):
        raise click.BadParameter(f"write 1 to {MAX_SOURCE} printable characters, without a slash")
    return value


def fits(source: str) -> bool:
    """True for a name that a source may have."""
    return 0 < len(source) <= MAX_SOURCE and source.isprintable() and "/" not in source and source.strip() == source


@group.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--source", callback=check_source, help="Name of the source; default: the folder's name.")
@click.option("--base-url", help="Address of the old site, for relative links in HTML bodies.")
def jsonl(*, path: Path, source: str | None, base_url: str | None) -> None:
    """Import a folder of JSON lines.

    PATH holds users.jsonl, threads.jsonl and posts.jsonl, each perhaps with .gz; the format is described in
    docs/operating.md. A run that was interrupted is simply started again. Foreign ids are kept under the name of
    the source: /import/SOURCE/post/ID leads to what became of a post.
    """
    from forum.importers.report import Report
    from forum.importers.run import Import
    from forum.importers.source import find

    source = source or path.resolve().name
    if not fits(source):
        raise click.UsageError(f"the folder's name {source!r} cannot name a source: use --source")
    files = {kind: find(path, kind) for kind in ("users", "threads", "posts")}
    settings, now = load(), utc_now()
    logs = settings.data_dir / "imports"
    with (
        database(settings) as db,
        alone(logs / f"{source}.lock", f"another process is importing {source} right now"),
        Report(logs / f"{source}.log", source, now) as report,
        bars() as progress,
    ):
        tasks = {kind: progress.add_task(kind, total=file.stat().st_size, lines="") for kind, file in files.items()}

        def advance(kind: str, size: int) -> None:
            progress.update(tasks[kind], advance=size, lines=f"{report.tallies[kind].read:,} lines")

        Import(
            db, folder=path, source=source, uploads=settings.data_dir / "uploads", report=report, now=now,
            advance=advance, base_url=base_url,
        ).run()  # fmt: skip
    click.echo(report.summary())
    if not all(tally.adds_up for tally in report.tallies.values()):
        raise click.ClickException("the counts do not add up: this is a mistake in the program, please report it")


def bars() -> Progress:
    """Bars on stderr; nothing where that is no terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description:<8}"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[lines]}"),
        TimeRemainingColumn(), console=console, disable=not console.is_terminal,
    )  # fmt: skip
