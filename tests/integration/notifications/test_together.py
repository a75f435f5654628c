"""Many at once: writers, a worker, deletions. Nothing blocks for ever, nothing is told twice or left over."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from forum.errors import Busy
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.threads import domain
from forum.threads.models import Post

ROUNDS = 12


@pytest.mark.parametrize("backend", [pytest.param("sqlite", marks=pytest.mark.slow), "postgres"])
def test_writers_and_the_worker_do_not_wait_for_each_other_for_ever(make, db, core):
    people = [make.member(role="moderator") for _ in range(3)]  # staff: no quota
    first = make.thread(people[0], body="Go.")
    mine, others = people[0], people[1:]

    def write(actor):
        made = []
        for n in range(ROUNDS):
            calls = " ".join(f"@{person.name}" for person in people)
            ref = make.reply(actor, first.thread_id, f"Round {n} for {calls}")
            made.append(ref)
            if n % 3 == 0:
                with db.write() as session:
                    domain.delete(session, actor=actor, post_id=ref.id, now=make.now)
        return made

    def work(_):
        for _ in range(20):
            try:
                core.worker.drain(50)
            except Busy:  # a claim may wait in vain; the worker's own loop goes on as well
                continue

    with ThreadPoolExecutor(5) as pool:
        writing = [pool.submit(write, actor) for actor in (mine, *others)]
        working = [pool.submit(work, n) for n in range(2)]
        refs = [ref for job in writing for ref in job.result()]
        for job in working:
            job.result()
    core.clock.forward(hours=12)  # what failed in the crowd is tried again
    make.drain()
    with db.read() as session:
        assert session.scalars(select(Outbox.error).where(Outbox.done_at.is_(None))).all() == []
        standing = {row.id for row in session.execute(select(Post.id).where(Post.state == "visible"))}
        rows = session.execute(select(Notice.member_id, Notice.post_id, Notice.listed)).all()
    told = Counter((row.member_id, row.post_id) for row in rows if row.listed)
    wanted = Counter(
        (person.id, ref.id)
        for author, refs_of in zip(people, [refs[i * ROUNDS : (i + 1) * ROUNDS] for i in range(3)], strict=True)
        for ref in refs_of
        for person in people
        if ref.id in standing and person.id != author.id
    )
    assert told == wanted
