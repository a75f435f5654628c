"""Who is told of a post, once, and by what."""

from typing import Any

import pytest
from sqlalchemy import select, update

from forum.categories.models import Category
from forum.events import AccessChanged, PostCreated, PostEdited, record
from forum.importers.models import ImportedId
from forum.kit.markdown import quote
from forum.members.models import Member
from forum.notifications import domain, jobs
from forum.notifications.models import Notice
from forum.notifications.queries import notices
from forum.policy.actors import Actor
from forum.threads import domain as threads
from forum.threads.compose import compose
from forum.threads.models import Post
from forum.worker import Task


def told(make: Any, *, kind: bool = False) -> Any:
    """Who has which notice: {(name, post id)} or {(name, kind)}."""
    with make.core.db.read() as session:
        rows = session.execute(
            select(Member.name, Notice.kind, Notice.post_id).join(Member, Member.id == Notice.member_id)
        ).all()
    return sorted((row.name, row.kind if kind else row.post_id) for row in rows)


def unread(make: Any, actor: Actor) -> int:
    """The number in the masthead."""
    from forum.accounts.queries import signed_in
    from forum.kit import tokens

    with make.core.db.read() as session:
        found = signed_in(session, tokens.digest(make.session(actor)), make.now)
        assert found is not None
        return found[0].unread


def listed(make: Any, actor: Actor) -> list[int]:
    """The ids of the posts in somebody's list."""
    with make.core.db.read() as session:
        return [int(row.about.url.rpartition("-")[2]) for row in notices(session, actor).rows]


def run_again(make: Any, job: Any, event: Any) -> None:
    """A job a second time, as after a crash."""
    core = make.core
    job(Task(1, core.db, core.settings, core.worker.mailer, core.clock, core.worker.templates), event)


def edit(make: Any, actor: Actor, post_id: int, body: str) -> None:
    with make.core.db.read() as session:
        draft, version = compose(session, body), session.get(Post, post_id).version
    with make.core.db.write() as session:
        threads.edit(session, actor=actor, post_id=post_id, draft=draft, version=version, now=make.now)


def quoting(make: Any, author: Actor, ref: Any, words: str) -> str:
    """Markdown that quotes a post."""
    return quote(author.display_name, ref.id, words)


@pytest.fixture
def anna(make):
    return make.member("anna")


@pytest.fixture
def ben(make):
    return make.member("ben")


def test_the_matrix_of_reasons(make, anna, ben):
    cleo, dino = make.member("cleo"), make.member("dino")
    first = make.thread(anna, body="Opening words.")
    second = make.reply(ben, first.thread_id, "A first answer.")
    make.drain()
    assert told(make) == [("anna", second.id)], "the thread's author hears of an answer"
    third = make.reply(cleo, first.thread_id, "To Ben alone.", reply_to=second.id)
    make.drain()
    assert ("ben", third.id) in told(make) and ("anna", third.id) in told(make)
    fourth = make.reply(dino, first.thread_id, quoting(make, ben, second, "A first answer.") + "\n\nAnd you, @cleo?")
    make.drain()
    with make.core.db.read() as session:
        query = select(Member.name, Notice.kind).join(Member, Member.id == Notice.member_id)
        rows = session.execute(query.where(Notice.post_id == fourth.id)).all()
    assert sorted(map(tuple, rows)) == [("anna", "reply"), ("ben", "quote"), ("cleo", "mention")]


def test_nobody_is_told_of_what_they_did_themselves(make, anna):
    first = make.thread(anna, body="I am @anna.")
    make.reply(anna, first.thread_id, quoting(make, anna, first, "I am") + "\n\n@anna again", reply_to=first.id)
    make.drain()
    assert told(make) == []


def test_the_strongest_reason_alone_is_told(make, anna, ben):
    first = make.thread(anna)
    make.reply(ben, first.thread_id, quoting(make, anna, first, "Hello there.") + "\n\n@Anna look", reply_to=first.id)
    make.drain()
    assert told(make, kind=True) == [("anna", "mention")]


def test_a_quote_within_a_new_thread_is_told(make, anna, ben):
    first = make.thread(anna)
    second = make.thread(ben, body=quoting(make, anna, first, "Hello there.") + "\n\nI go on from here.")
    make.drain()
    assert told(make) == [("anna", second.id)]


def test_a_quote_of_what_the_writer_cannot_read_calls_nobody(make, anna, ben):
    boss = make.member("boss", role="admin")
    secret = make.thread(boss, make.category("desk", visibility="staff"))
    make.thread(ben, body=quoting(make, boss, secret, "made up") + "\n\nhello")
    make.drain()
    assert told(make) == []


@pytest.mark.parametrize(
    ("visibility", "role", "hears"),
    [("public", "member", True), ("members", "member", True), ("staff", "member", False), ("staff", "team", False),
     ("staff", "moderator", True)],
)  # fmt: skip
def test_only_who_may_read_is_told(make, visibility, role, hears):
    boss, other = make.member("boss", role="admin"), make.member("other", role=role)
    make.thread(boss, make.category("place", visibility=visibility), body="What do you think, @other?")
    make.drain()
    assert bool(told(make)) is hears
    assert len(make.core.worker.mailer.sent) == hears
    assert unread(make, other) == hears


@pytest.mark.parametrize("state", ["held", "hidden", "deleted"])
def test_a_post_that_does_not_stand_is_told_to_nobody(make, anna, ben, state):
    first = make.thread(anna)
    make.drain()
    second = make.reply(ben, first.thread_id, "@anna!")
    make.state(second, state)
    make.drain()
    assert told(make) == []


def test_every_job_may_run_twice(make, anna, ben, mailbox):
    first = make.thread(anna)
    second = make.reply(ben, first.thread_id, "@anna!")
    make.drain()
    again = PostCreated(second.id, first.thread_id, (anna.id,))
    run_again(make, jobs.announce, again)
    run_again(make, jobs.announce, PostEdited(second.id, first.thread_id, (anna.id,)))
    make.drain()
    assert told(make) == [("anna", second.id)]
    assert len(mailbox.sent) == 1


def test_an_edit_tells_only_the_newly_called(make, anna, ben, mailbox, clock):
    cleo = make.member("cleo")
    first = make.thread(anna)
    second = make.reply(ben, first.thread_id, "@anna!")
    make.drain()
    clock.forward(minutes=10)
    edit(make, ben, second.id, "@anna and @cleo!")
    make.drain()
    clock.forward(minutes=10)
    edit(make, ben, second.id, "@anna and @cleo, a third time!")
    make.drain()
    assert told(make, kind=True) == [("anna", "mention"), ("cleo", "mention")]
    assert [len(mailbox.to(f"{name}@example.org")) for name in ("anna", "cleo")] == [1, 1]
    assert unread(make, cleo) == 1


def test_who_wants_nothing_is_not_told_by_a_later_edit(make, anna, ben, clock):
    with make.core.db.write() as session:
        domain.choose(session, actor=anna, site=[], mail=[])
    second = make.reply(ben, make.thread(anna).thread_id, "@anna!")
    make.drain()
    with make.core.db.write() as session:
        domain.choose(session, actor=anna, site=["mention"], mail=["mention"])
    clock.forward(minutes=10)
    edit(make, ben, second.id, "@anna, edited")
    make.drain()
    assert unread(make, anna) == 0 and listed(make, anna) == []


def test_an_edited_import_calls_only_new_names(make, anna, ben, clock):
    cleo = make.member("cleo")
    first = make.thread(ben, body="Years ago I asked @anna.")
    with make.core.db.write() as session:  # as the importer leaves it: no event, no notice
        session.execute(update(Notice).values(listed=False))
        session.add(ImportedId(source="old", kind="post", foreign_id="1", local_id=first.id))
        from forum.outbox import Outbox

        session.execute(Outbox.__table__.delete())
    clock.forward(days=900)
    for words in ("Years ago I asked @anna!", "Years ago I asked @anna! And now @cleo."):
        edit(make, ben, first.id, words)
        make.drain()
        clock.forward(minutes=1)
    assert told(make) == [("cleo", first.id)]
    assert unread(make, cleo) == 1


def test_an_imported_answerer_without_account_gets_no_mail(make, anna, mailbox):
    ghost = make.member("ghost", email=False)
    make.reply(anna, make.thread(ghost).thread_id)
    make.drain()
    assert len(told(make)) == 1 and mailbox.sent == []


# -- lists and counts stay true ---------------------------------------------------------------------------------


def test_deleting_and_restoring_a_post_takes_and_gives_its_notices(make, db, anna, ben):
    first = make.thread(anna)
    second = make.reply(ben, first.thread_id)
    make.reply(ben, first.thread_id, "Another.")
    make.drain()
    assert unread(make, anna) == 2
    with db.write() as session:
        threads.delete(session, actor=ben, post_id=second.id, now=make.now)
    make.drain()
    assert unread(make, anna) == 1 and listed(make, anna) == [3]
    with db.write() as session:
        threads.restore(session, actor=ben, post_id=second.id, now=make.now)
    make.drain()
    make.drain()
    assert unread(make, anna) == 2 and listed(make, anna) == [3, 2]


def test_a_thread_deleted_with_its_opening_takes_all_notices(make, db, anna, ben):
    first = make.thread(anna, body="Hello @ben")
    make.reply(anna, first.thread_id, "And @ben again")
    make.drain()
    assert unread(make, ben) == 2
    with db.write() as session:
        threads.delete(session, actor=anna, post_id=first.id, now=make.now)
    make.drain()
    assert unread(make, ben) == 0 and listed(make, ben) == []


def test_restoring_does_not_list_what_was_not_wanted(make, db, anna, ben):
    with db.write() as session:
        domain.choose(session, actor=anna, site=[], mail=["reply"])
    second = make.reply(ben, make.thread(anna).thread_id)
    make.drain()
    with db.write() as session:
        threads.delete(session, actor=ben, post_id=second.id, now=make.now)
        threads.restore(session, actor=ben, post_id=second.id, now=make.now)
    make.drain()
    assert unread(make, anna) == 0 and listed(make, anna) == []


def test_a_category_made_private_and_a_lost_role_are_heard(make, db, anna, ben):
    mod = make.member("mod", role="moderator")
    make.reply(ben, make.thread(anna, make.category("place"), body="Dear @mod").thread_id)
    make.drain()
    assert (unread(make, anna), unread(make, mod)) == (1, 1)
    with db.write() as session:
        session.execute(update(Category).values(visibility="staff"))
        place = session.scalar(select(Category.id))
        record(session, AccessChanged(category_id=place), now=make.now)
    assert listed(make, anna) == [], "the list asks policy itself, before any job"
    make.drain()
    assert (unread(make, anna), unread(make, mod)) == (0, 1)
    with db.write() as session:
        session.execute(update(Member).where(Member.id == mod.id).values(role="member"))
        record(session, AccessChanged(member_id=mod.id), now=make.now)
    make.drain()
    assert unread(make, mod) == 0
    with db.write() as session:
        session.execute(update(Category).values(visibility="public"))
        record(session, AccessChanged(category_id=place), now=make.now)
    make.drain()
    assert (unread(make, anna), unread(make, mod)) == (1, 1)


def test_relisting_goes_on_beyond_a_batch(make, db, anna, ben, monkeypatch):
    monkeypatch.setattr(domain, "RELIST_BATCH", 2)
    first = make.thread(anna, body="Hello")
    for n in range(5):
        make.reply(ben, first.thread_id, f"Answer {n}")
    make.drain()
    assert unread(make, anna) == 5
    make.state(first, "hidden", thread=True)
    with db.write() as session:
        record(session, AccessChanged(thread_id=first.thread_id), now=make.now)
    make.drain()
    assert unread(make, anna) == 0


def test_pages_go_on_by_cursor_and_skip_what_is_hidden(make, db, anna, ben):
    first = make.thread(anna, body="Hello")
    refs = [make.reply(make.member(), first.thread_id, f"Answer {n}") for n in range(7)]
    make.drain()
    make.state(refs[5], "hidden")  # directly: no event has told yet
    seen, after = [], ""
    for _ in range(10):
        with db.read() as session:
            page = notices(session, anna, after=after, limit=2)
        seen += [int(row.about.url.rpartition("-")[2]) for row in page.rows]
        if page.older is None:
            break
        after = page.older
    assert seen == [8, 6, 5, 4, 3, 2]


def test_marks(make, db, anna, ben):
    first = make.thread(anna, body="Hello")
    refs = [make.reply(ben, first.thread_id, f"Answer {n}") for n in range(4)]
    other = make.reply(ben, make.thread(anna).thread_id)
    make.drain()
    with db.write() as session:
        fresh = Actor(id=anna.id, role="member", unread=5)
        assert domain.mark_seen(session, actor=fresh, thread_id=first.thread_id, low=1, high=3, now=make.now) == 2
        assert domain.mark_seen(session, actor=anna, thread_id=first.thread_id, low=1, high=20, now=make.now) == 0, (
            "no unread notices in the session: no statement"
        )
    assert unread(make, anna) == 3
    with db.write() as session:
        stranger = Actor(id=ben.id, role="member", unread=5)
        assert domain.mark_seen(session, actor=stranger, thread_id=first.thread_id, low=1, high=9, now=make.now) == 0
        assert domain.mark_read(session, actor=anna, now=make.now) == 3
    assert unread(make, anna) == 0 and len(refs) == 4 and other.id
