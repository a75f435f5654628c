"""`forum moderation`: what the software does for moderators, from the command line."""

from pathlib import Path

import click

from forum.console import database
from forum.settings import load


@click.group()
def moderation() -> None:
    """What the software does for the moderators."""


@moderation.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--rules", type=click.Choice(["site", "start"]), default="site", show_default=True,
              help="The site's rules, words and filter, or those a new site starts with.")  # fmt: skip
@click.option("--limit", type=click.IntRange(min=1), help="Only the first so many posts.")
@click.option(
    "--show", type=click.IntRange(min=0), default=10, show_default=True, help="How many false alarms to print."
)
def replay(*, path: Path, rules: str, limit: int | None, show: int) -> None:
    """Run a corpus through the phases: what each would have caught, and false alarms.

    PATH holds users.jsonl, threads.jsonl and posts.jsonl as for `forum import jsonl`; a post with a `label` ("spam", …)
    is a bad one, all others count as honest. Nothing on the site is changed.
    """
    from itertools import islice

    from sqlalchemy import select

    from forum.importers.commands import bars
    from forum.prevention import queries
    from forum.prevention.corpus import items
    from forum.prevention.models import Token
    from forum.prevention.replay import replay as run
    from forum.prevention.rules import Rules

    known, tokens = Rules(), list[tuple[int, int, int]]()
    if rules == "site":
        with database(load()) as db, db.read() as session:
            known = queries.rules(session)
            tokens = [(row.token, row.bad, row.good) for row in session.execute(
                select(Token.token, Token.bad, Token.good)
            )]  # fmt: skip
    corpus = list(islice(items(path), limit))
    with bars() as progress:
        task = progress.add_task("posts", total=len(corpus), lines="")
        result = run(corpus, known, tokens=tokens, advance=lambda n: progress.update(task, advance=n))
    from forum.prevention.report import lines

    for line in lines(result, show):
        click.echo(line)
