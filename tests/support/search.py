"""An index for tests: kept by the worker as in life, or one that knows what it should not."""

from sqlalchemy import delete, func, select, update

from forum.categories.models import Category
from forum.kit.markdown import plain
from forum.search.analysis import detect
from forum.search.engines.base import Document, Engine
from forum.search.jobs import engine_of
from forum.search.models import SearchChange, SearchIndex
from forum.search.queue import drain
from forum.threads.models import Post, Thread
from tests.factories import Make


def engine(make: Make) -> Engine:
    """The engine that the pages ask."""
    return engine_of(make.core.settings, make.core.db)


def index(make: Make) -> None:
    """Let the index hear of every change, and of nothing else that waits."""
    built(make)
    while drain(make.core.db, engine(make)):
        pass


def built(make: Make) -> None:
    """An empty index, where there is none yet."""
    if not engine(make).state().usable:
        engine(make).rebuild(lambda: (), lambda _: None)


def lose(make: Make) -> None:
    """As after a start beside another index: what there is cannot be used, until `regain`."""
    engine_of.cache_clear()
    with make.core.db.write() as session:
        session.execute(update(SearchIndex).values(engine=SearchIndex.engine + "-not"))


def regain(make: Make) -> None:
    """It was the right one after all."""
    with make.core.db.write() as session:
        session.execute(update(SearchIndex).values(engine=func.replace(SearchIndex.engine, "-not", "")))


def tell_everything(make: Make) -> None:
    """An index that holds every post in every state: whatever it says, only the database decides who sees it."""
    built(make)
    query = (
        select(Post, Thread, Category)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Category, Category.id == Thread.category_id)
    )
    with make.core.db.read() as session:
        found = [
            Document(
                post_id=post.id, thread_id=thread.id, number=post.number, category_id=category.id,
                author_id=post.author_id, title=thread.title, tags=tuple(thread.tag_names.split()),
                text=plain(post.html), locale=detect(plain(post.html), "en"), has_image="<img" in post.html,
                created_at=post.created_at,
            )
            for post, thread, category in session.execute(query)
        ]  # fmt: skip
    engine(make).write(found, ())
    with make.core.db.write() as session:
        session.execute(delete(SearchChange))
