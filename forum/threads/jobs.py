"""What happens to posts behind the scenes: a new renderer cooks the old ones again."""

import re

import structlog
from sqlalchemy import exists, select, update

from forum.events import RendererChanged, record
from forum.importers.models import ImportedId
from forum.kit.markdown import RENDERER, parse, render
from forum.threads import queries
from forum.threads.models import Post
from forum.worker import Task

BATCH = 200
CALLED = re.compile(r'<a class="mention" href="/u/([^"]+)"')
log = structlog.get_logger("forum.threads")


def cook_again(task: Task, event: RendererChanged) -> None:
    """Cook the next posts that an older renderer made, then hand the rest on to a row of its own.

    Cooking happens outside the transaction; a post that was edited meanwhile is left alone, for the edit has cooked
    it. One that cannot be cooked is skipped and keeps what it has. An imported post goes on to link those whom it
    links, and nobody else: at its source an @name was somebody there (`importers.run.known_names`), not whoever is
    called so here.
    """
    newest = min(event.renderer, RENDERER)  # an older program must not claim a newer renderer's work
    imported = exists().where(ImportedId.kind == "post", ImportedId.local_id == Post.id).label("imported")
    with task.db.read() as session:
        rows = session.execute(
            select(Post.id, Post.source, Post.version, Post.html, imported)
            .where(Post.renderer < newest, Post.id > event.after_id)
            .order_by(Post.id)
            .limit(BATCH)
        ).all()
        parsed = {}
        for row in rows:
            try:
                parsed[row.id] = parse(row.source)
            except Exception:
                log.exception("post cannot be cooked", post=row.id)
        names = {row_id: queries.members_named(session, set(one.names)) for row_id, one in parsed.items() if one.names}
    called = {row.id: {name.lower() for name in CALLED.findall(row.html)} for row in rows if row.imported}
    cooked = {}
    for row_id, one in parsed.items():
        found = names.get(row_id, {}).items()
        known = {key: name for key, (_, name) in found if row_id not in called or key in called[row_id]}
        cooked[row_id] = render(one, known).html
    with task.db.write() as session:
        for row in rows:
            if row.id in cooked:
                session.execute(
                    update(Post)
                    .where(Post.id == row.id, Post.version == row.version)
                    .values(html=cooked[row.id], renderer=newest)
                    .execution_options(synchronize_session=False)
                )
        if len(rows) == BATCH:
            following = RendererChanged(event.renderer, after_id=rows[-1].id)
            record(session, following, now=task.clock(), key=f"after-{task.id}")
