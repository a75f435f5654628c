"""The verbs of threads and posts."""

import pytest
from sqlalchemy import select

from forum.categories.models import Category
from forum.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from forum.members.models import Member
from forum.threads import domain
from forum.threads.compose import compose
from forum.threads.models import Post, Revision, Thread


def test_a_thread_and_its_replies_count_right(make, db):
    anna, ben = make.member("anna"), make.member("ben")
    place = make.category("officina")
    first = make.thread(anna, place)
    second = make.reply(ben, first.thread_id)
    assert (first.number, second.number) == (1, 2)
    thread = make.get(Thread, first.thread_id)
    assert (thread.post_count, thread.last_number, thread.last_poster_id) == (2, 2, ben.id)
    with db.read() as session:
        category = session.scalar(select(Category).where(Category.slug == place))
        assert (category.thread_count, category.post_count) == (1, 2)
    assert make.get(Member, anna.id).thread_count == 1


def test_the_same_form_twice_makes_one_post(make, db):
    anna = make.member()
    ref = make.thread(anna)
    with db.read() as session:
        draft = compose(session, "Once")
    refs = []
    for _ in range(2):
        with db.write() as session:
            refs.append(
                domain.reply(session, actor=anna, thread_id=ref.thread_id, draft=draft, now=make.now, submission="k1")
            )
    assert refs[0].id == refs[1].id and refs[1].again
    assert make.get(Thread, ref.thread_id).post_count == 2


def test_an_edit_leaves_a_revision_unless_it_is_quick(make, db, clock):
    anna = make.member()
    ref = make.thread(anna, body="First words")

    def change(text, version):
        with db.read() as session:
            draft = compose(session, text)
        with db.write() as session:
            domain.edit(session, actor=anna, post_id=ref.id, draft=draft, version=version, now=make.now, reason="why")

    change("Second words", 1)
    assert make.get(Post, ref.id).edited_at is None
    clock.forward(minutes=6)
    change("Third words", 2)
    post = make.get(Post, ref.id)
    assert post.edited_at == clock.now and post.version == 3
    with db.read() as session:
        assert [row.source for row in session.scalars(select(Revision))] == ["Second words"]
    with pytest.raises(Conflict) as stale:
        change("Fourth words", 2)
    assert stale.value.current == "Third words"


def test_delete_and_restore_leave_everything_as_it_was(make, db):
    anna, ben = make.member(), make.member()
    ref = make.thread(anna, "")
    answer = make.reply(ben, ref.thread_id)
    before = make.get(Thread, ref.thread_id)
    with db.write() as session:
        domain.delete(session, actor=ben, post_id=answer.id, now=make.now)
    assert make.get(Thread, ref.thread_id).post_count == 1
    assert make.get(Thread, ref.thread_id).last_poster_id == anna.id
    with db.write() as session:
        domain.restore(session, actor=ben, post_id=answer.id, now=make.now)
    after = make.get(Thread, ref.thread_id)
    assert (after.post_count, after.last_poster_id, after.last_post_at) == (2, ben.id, before.last_post_at)
    with pytest.raises(Forbidden), db.write() as session:
        domain.delete(session, actor=anna, post_id=ref.id, now=make.now)


def test_a_thread_of_ones_own_goes_and_comes_back(make, db):
    anna = make.member()
    ref = make.thread(anna)
    make.reply(anna, ref.thread_id)
    with db.write() as session:
        domain.delete(session, actor=anna, post_id=ref.id, now=make.now)
    with db.read() as session:
        category = session.scalar(select(Category))
        assert (category.thread_count, category.post_count) == (0, 0)
    with db.read() as session:
        draft = compose(session, "x")
    with pytest.raises(NotFound), db.write() as session:
        domain.reply(session, actor=make.member(), thread_id=ref.thread_id, draft=draft, now=make.now)
    with db.write() as session:
        domain.restore(session, actor=anna, post_id=ref.id, now=make.now)
    with db.read() as session:
        category = session.scalar(select(Category))
        assert (category.thread_count, category.post_count) == (1, 2)


def test_quotas_say_when_to_come_back(make, clock):
    anna = make.member()
    ref = make.thread(anna)
    for _ in range(5):
        make.reply(anna, ref.thread_id)
    with pytest.raises(TooMany) as refused:
        make.reply(anna, ref.thread_id)
    assert 0 < refused.value.retry_after <= 61
    clock.forward(seconds=61)
    make.reply(anna, ref.thread_id)


@pytest.mark.parametrize(
    ("field", "title", "body"), [("title", " ", "text"), ("title", "x" * 151, "text"), ("body", "Title", " \n ")]
)
def test_bad_input_names_its_field(make, field, title, body):
    with pytest.raises(Invalid) as refused:
        make.thread(make.member(), title=title, body=body)
    assert list(refused.value.fields) == [field]
