"""`forum reindex`: the search index anew, while the site stays up."""

import click
from sqlalchemy import func, select

from forum.console import database
from forum.importers.commands import bars
from forum.search.building import rebuild
from forum.search.documents import FOUND
from forum.search.engines import make_engine
from forum.search.engines.base import IndexBusy, IndexUnusable
from forum.settings import load
from forum.threads.models import Post, Thread


@click.command()
def reindex() -> None:
    """Build the search index anew from all posts.

    The site stays up and goes on searching in the old index until the new one takes its place. What is written
    meanwhile is found as well. A run that was interrupted changes nothing: start it again.
    """
    settings = load()
    with database(settings, durable=False) as db, bars() as progress:
        engine = make_engine(settings, db)
        with db.read() as session:
            posts = session.execute(
                select(func.count()).select_from(Post).join(Thread, Thread.id == Post.thread_id).where(FOUND)
            ).scalar_one()
        bar = progress.add_task("posts", total=posts, lines="")
        try:
            rebuild(db, engine, lambda done: progress.update(bar, completed=done, lines=f"{done:,} posts"))
        except (IndexBusy, IndexUnusable) as error:
            raise click.ClickException(str(error)) from error
        documents = engine.state().documents
    click.echo(f"The index ({engine.name}) holds {documents:,} posts.")
