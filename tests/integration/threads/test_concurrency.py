"""Counters and numbers stay right however many write at once."""

import threading

import pytest
from sqlalchemy import func, select

from forum.categories.models import Category
from forum.errors import ForumError
from forum.members.models import Member
from forum.threads import domain
from forum.threads.compose import compose
from forum.threads.models import Post, ReadMark, Thread
from tests.support.between import between


def at_once(works):
    errors = []

    def run(work):
        try:
            work()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return errors


def test_many_replies_at_once(make, db):
    place = make.category()
    people = [make.member() for _ in range(8)]
    ref = make.thread(people[0], place)
    with db.read() as session:
        draft = compose(session, "At once")

    def writer(actor):
        for _ in range(5):
            with db.write() as session:
                domain.reply(session, actor=actor, thread_id=ref.thread_id, draft=draft, now=make.now)

    assert at_once([lambda a=a: writer(a) for a in people]) == []
    with db.read() as session:
        numbers = session.scalars(
            select(Post.number).where(Post.thread_id == ref.thread_id).order_by(Post.number)
        ).all()
        assert numbers == list(range(1, 42))
        thread = session.get(Thread, ref.thread_id)
        assert (thread.post_count, thread.last_number) == (41, 41)
        assert session.scalar(select(Category.post_count)) == 41
        assert session.scalar(select(func.sum(Member.post_count))) == 41


def test_a_double_click_on_two_connections_posts_once(make, db):
    anna = make.member()
    ref = make.thread(anna)
    with db.read() as session:
        draft = compose(session, "Twice")
    refs = []

    def click():
        with db.write() as session:
            refs.append(
                domain.reply(session, actor=anna, thread_id=ref.thread_id, draft=draft, now=make.now, submission="same")
            )

    assert at_once([click] * 6) == []
    assert len({one.id for one in refs}) == 1
    assert make.get(Thread, ref.thread_id).post_count == 2


def test_threads_started_at_once_with_the_same_new_tag(make, db):
    place = make.category()
    people = [make.member() for _ in range(6)]
    with db.read() as session:
        draft = compose(session, "Tagged")

    def start(actor):
        with db.write() as session:
            domain.start_thread(
                session, actor=actor, category=place, title="One more", draft=draft, tags=["new tag"], now=make.now
            )

    errors = [error for error in at_once([lambda a=a: start(a) for a in people]) if not isinstance(error, ForumError)]
    assert errors == []
    with db.read() as session:
        assert (
            session.scalar(select(Category.thread_count))
            == session.scalar(select(func.count()).select_from(Thread))
            == 6
        )


def test_delete_and_restore_while_others_reply(make, db):
    anna, ben = make.member(), make.member()
    ref = make.thread(anna)
    target = make.reply(ben, ref.thread_id)
    with db.read() as session:
        draft = compose(session, "More")

    def flip():
        for verb in (domain.delete, domain.restore) * 4:
            with db.write() as session:
                verb(session, actor=ben, post_id=target.id, now=make.now)

    def talk():
        for _ in range(5):
            with db.write() as session:
                domain.reply(session, actor=anna, thread_id=ref.thread_id, draft=draft, now=make.now)

    assert at_once([flip, talk]) == []
    thread = make.get(Thread, ref.thread_id)
    with db.read() as session:
        visible = session.scalar(select(func.count()).where(Post.thread_id == ref.thread_id, Post.state == "visible"))
        assert thread.post_count == visible == 7
        assert session.scalar(select(Category.post_count)) == 7


@pytest.mark.parametrize("backend", ["postgres"])
def test_the_page_notes_how_far_was_read_while_the_reader_answers(make, db):
    """Whichever statement of the answer it falls before; and the mark never goes back."""
    anna, ben = make.member(role="moderator"), make.member(role="moderator")  # whom no quota stops
    at, stepped_in = 0, True
    while stepped_in:
        at += 1
        ref = make.thread(anna)
        with db.read() as session:
            draft = compose(session, "Answered")
        with (
            db.write() as session,
            between(
                db, session, at,
                lambda s, ref=ref: domain.mark_read(s, actor=ben, thread_id=ref.thread_id, number=1, now=make.now),
            ) as meanwhile,
        ):  # fmt: skip
            domain.reply(session, actor=ben, thread_id=ref.thread_id, draft=draft, now=make.now)
        stepped_in = meanwhile.done
        with db.read() as session:
            mine = select(ReadMark.number).where(ReadMark.thread_id == ref.thread_id, ReadMark.member_id == ben.id)
            assert session.scalar(mine) == 2
    marked = next(at for at, said in enumerate(meanwhile.statements, 1) if "INTO read_marks" in said)
    assert at == marked + 1  # only what comes after the answer's own mark has to wait
