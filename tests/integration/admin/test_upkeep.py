"""Housekeeping, cooking again, the figures for Prometheus."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from forum.accounts.models import SignIn
from forum.events import ROUTES, HousekeepingDue, PostCreated, RendererChanged, record
from forum.importers.models import ImportedId
from forum.kit.markdown import RENDERER
from forum.outbox import Outbox
from forum.threads import jobs
from forum.threads.models import Post
from forum.web.core import Core
from forum.web.tally import Tally
from tests.factories import Make
from tests.support.web import BASE, AsgiTransport


def rows(core: Core, job: str) -> list[Any]:
    with core.db.read() as session:
        return list(session.scalars(select(Outbox).where(Outbox.job == job).order_by(Outbox.id)))


def test_housekeeping_goes_on_by_itself_as_one_chain(core: Core, make: Make, clock: Any) -> None:
    for server in ("a", "b"):
        with core.db.write() as session:
            record(session, HousekeepingDue(), now=clock(), key=f"start-{server}")
    make.drain()
    for _ in range(3):
        waiting = [row for row in rows(core, "health.clean_up") if row.done_at is None]
        assert len(waiting) == 1 and waiting[0].run_at == clock().replace(minute=0) + timedelta(hours=1)
        clock.forward(hours=1)
        assert make.drain() == len(ROUTES[HousekeepingDue])


def test_housekeeping_forgets_what_is_over_and_nothing_else(core: Core, make: Make, clock: Any) -> None:
    nadia = make.member("nadia")
    make.session(nadia)
    make.thread(nadia)
    make.drain()
    clock.forward(days=8)
    with core.db.write() as session:
        record(session, HousekeepingDue(), now=clock())
    make.thread(nadia)
    make.drain()
    done = [row for row in rows(core, "notifications.announce") if row.done_at]
    assert len(done) == 1 and done[0].created_at == clock()
    with core.db.read() as session:
        assert len(session.scalars(select(SignIn)).all()) == 1
    clock.forward(days=30)
    with core.db.write() as session:
        record(session, HousekeepingDue(), now=clock())
    make.drain()
    with core.db.read() as session:
        assert session.scalars(select(SignIn)).all() == []


def test_a_round_that_fails_does_not_break_the_chain(
    core: Core, make: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> int:
        raise RuntimeError("disk full")

    monkeypatch.setattr("forum.health.jobs.purge_answers", broken)
    with core.db.write() as session:
        record(session, HousekeepingDue(), now=clock())
    make.drain()
    first, following = rows(core, "health.clean_up")
    assert first.done_at is None and "disk full" in first.error and following.run_at > clock()


def test_older_posts_are_cooked_again_batch_by_batch(
    core: Core, make: Make, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH", 3)
    nadia = make.member("nadia", role="moderator")
    marco = make.member("marco")
    thread = make.thread(nadia, body="Hello @marco, **well**")
    for number in range(7):
        make.reply(nadia, thread.thread_id, f"Number {number}")
    make.drain()
    with core.db.write() as session:
        session.execute(update(Post).values(html="<p>old</p>", renderer=RENDERER - 1))
        session.execute(update(Post).where(Post.number == 5).values(html="<p>new</p>", renderer=RENDERER))
        record(session, RendererChanged(RENDERER), now=clock())
    assert make.drain() == 3 * len(ROUTES[RendererChanged])
    with core.db.read() as session:
        posts = session.scalars(select(Post).order_by(Post.number)).all()
    assert {post.renderer for post in posts} == {RENDERER}
    assert f"/u/{marco.name}" in posts[0].html and "<strong>well</strong>" in posts[0].html
    assert [post.html for post in posts if "new" in post.html] == [posts[4].html]
    assert not any("old" in post.html for post in posts)
    assert all(post.version == 1 and post.edited_at is None for post in posts)


def test_an_imported_post_calls_nobody_new(core: Core, make: Make, clock: Any) -> None:
    """At its source @nadia was somebody else; @marco came from there too. A post of ours calls both."""
    nadia, _ = make.member("nadia"), make.member("marco")
    foreign = make.thread(nadia, body="Ask @nadia or @Marco")
    ours = make.reply(nadia, foreign.thread_id, "Ask @nadia or @Marco")
    make.drain()
    with core.db.write() as session:
        session.add(ImportedId(source="old", kind="post", foreign_id="7", local_id=foreign.id))
        session.add(ImportedId(source="old", kind="thread", foreign_id="7", local_id=ours.id))
        html = '<p>Ask @nadia or <a class="mention" href="/u/marco">@Marco</a></p>'
        session.execute(update(Post).values(html=html, renderer=RENDERER - 1))
        record(session, RendererChanged(RENDERER), now=clock())
    make.drain()
    assert make.get(Post, foreign.id).renderer == RENDERER
    assert make.get(Post, foreign.id).html.strip() == html
    assert make.get(Post, ours.id).html.count("/u/") == 2


def test_an_edit_during_the_cooking_wins(core: Core, make: Make, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    thread = make.thread(make.member("nadia"), body="Before")
    make.drain()
    with core.db.write() as session:
        session.execute(update(Post).values(renderer=RENDERER - 1))
        record(session, RendererChanged(RENDERER), now=clock())
    real = jobs.render

    def slow(*args: Any) -> Any:
        with core.db.write() as session:
            edited = {"source": "After", "html": "<p>After</p>", "renderer": RENDERER, "version": 2}
            session.execute(update(Post).values(**edited))
        return real(*args)

    monkeypatch.setattr(jobs, "render", slow)
    make.drain()
    assert make.get(Post, thread.id).html == "<p>After</p>"


def metrics(app: Any, address: str = "127.0.0.1", **headers: str) -> httpx.Response:
    return httpx.Client(transport=AsgiTransport(app, (address, 1)), base_url=BASE).get("/metrics", headers=headers)


def test_the_figures_are_right(core: Core, make: Make, app: Any, clock: Any) -> None:
    make.browser().get("/nowhere")
    make.session(make.member("nadia"))
    make.thread(make.member())
    clock.forward(seconds=90)
    answer = metrics(app)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = dict(line.rsplit(" ", 1) for line in answer.text.splitlines() if not line.startswith("#"))
    assert float(lines['forum_requests_total{status="404"}']) == 1
    assert (
        float(lines["forum_outbox_pending"]) == len(ROUTES[PostCreated])
        and float(lines["forum_outbox_oldest_due_seconds"]) == 90
    )
    assert float(lines["forum_outbox_dead"]) == 0 and float(lines["forum_sessions"]) == 1
    assert float(lines["process_resident_memory_bytes"]) > 1_000_000


def test_only_this_machine_and_the_bearer_may_measure(core: Core, app: Any) -> None:
    assert metrics(app, "203.0.113.9").status_code == 404
    assert metrics(app, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 404
    assert metrics(app, Authorization="Bearer ").status_code == 404
    object.__setattr__(core.settings, "metrics_token", "s3cret")
    assert metrics(app, "203.0.113.9", Authorization="Bearer s3cret").status_code == 200
    assert metrics(app, "203.0.113.9", Authorization="Bearer s3cret", Host="10.0.0.7:8000").status_code == 200
    assert metrics(app, "203.0.113.9", Authorization="Bearer wrong", Host="10.0.0.7:8000").status_code == 404
    assert metrics(app, Host="rebound.example").status_code == 400


def test_counts_survive_the_process_that_made_them(tmp_path: Any) -> None:
    first = Tally(tmp_path)
    first.count(200, 0.5)
    (own,) = tmp_path.iterdir()
    own.rename(tmp_path / "requests.999999999")  # a process that is gone
    second = Tally(tmp_path)
    second.count(200, 0.25)
    second.count(503, 0)
    assert second.totals() == ({200: 2, 503: 1}, 0.75)
    assert len(list(tmp_path.iterdir())) == 1
