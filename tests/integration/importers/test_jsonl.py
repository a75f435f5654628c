"""`forum import jsonl` on small folders that hold what real ones hold: dirt."""

import base64
import gzip
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import func, select

from forum.categories.models import Category
from forum.db import Database
from forum.importers.models import ImportedId
from forum.members.models import Member
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.threads.models import Post, Tag, Thread, ThreadTag
from tests.factories import Make
from tests.support.command import Command, Outcome, write_source

USERS = [
    {"id": 1, "name": "Nadia", "joined": "2015-03-01T08:00:00Z"},
    {"id": "anon:2", "name": "törzs mókus", "joined": "2015-03-02T08:00:00Z"},
    {"id": 3, "name": "nadia", "joined": "2015-03-03"},
]
THREADS = [
    {"id": 7, "title": "Bremsen", "author": 1, "category": "Werkstatt", "tags": ["Gears", "rear brake"],
     "created": "2015-04-01T10:00:00Z"},
    {"id": 8, "title": "Second", "author": 3, "category": None, "tags": [], "created": "2015-04-02T10:00:00Z"},
]  # fmt: skip


def post(foreign: Any, thread: Any = 7, n: Any = 1, **more: Any) -> dict[str, Any]:
    day = min(n, 9) if isinstance(n, int) else 1
    return {
        "id": foreign, "thread": thread, "author": 1, "created": f"2015-04-0{day}T12:00:00Z",
        "body": f"Words of {foreign}.", "format": "markdown", "reply_to": None, "n": n, **more,
    }  # fmt: skip


def rows(db: Database, *columns: Any, order: Any = None) -> list[tuple[Any, ...]]:
    with db.read() as session:
        return [
            tuple(row) for row in session.execute(select(*columns).order_by(order if order is not None else columns[0]))
        ]


def figures(outcome: Outcome) -> dict[str, list[int]]:
    """Kind → read, imported, changed, skipped, as the summary says them."""
    found = re.findall(r"^(users|threads|posts) +(\d+) +(\d+) +(\d+) +(\d+)$", outcome.out, re.M)
    return {kind: [int(n) for n in counts] for kind, *counts in found}


def everything(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that an import writes."""
    tables = (Member, Category, Thread, Post, Tag, ThreadTag, ImportedId)
    return {t.__tablename__: rows(db, *t.__table__.columns) for t in tables}


def counters_are_right(db: Database) -> None:
    posts = rows(db, Post.thread_id, Post.number, Post.author_id, Post.created_at, order=(Post.thread_id))
    by_thread: dict[int, list[tuple[Any, ...]]] = {}
    for row in posts:
        by_thread.setdefault(row[0], []).append(row)
    places: Counter[int] = Counter()
    threads = rows(
        db,
        Thread.id,
        Thread.category_id,
        Thread.post_count,
        Thread.last_number,
        Thread.last_post_at,
        Thread.last_poster_id,
    )
    for thread_id, category, count, last, at, by in threads:
        mine = sorted(by_thread[thread_id], key=lambda row: row[1])
        assert [row[1] for row in mine] == list(range(1, len(mine) + 1)), thread_id
        assert (count, last) == (len(mine), len(mine))
        assert (at, by) == (mine[-1][3], mine[-1][2])
        places[category] += count
    opened, wrote = Counter(row[0] for row in rows(db, Thread.author_id)), Counter(row[2] for row in posts)
    for member, thread_count, post_count in rows(db, Member.id, Member.thread_count, Member.post_count):
        assert (thread_count, post_count) == (opened[member], wrote[member])
    inside = Counter(row[1] for row in threads)
    for category, thread_count, post_count in rows(db, Category.id, Category.thread_count, Category.post_count):
        assert (thread_count, post_count) == (inside[category], places[category])


def test_everything_arrives_and_nobody_is_told(forum: Command, db: Database, tmp_path: Path) -> None:
    posts = [
        post("a"),
        post("b", n=2, reply_to="a", author="anon:2", body="See @nadia and @mokus."),
        post("c", thread=8),
    ]
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=posts)
    done = forum("import", "jsonl", str(source))
    assert done.status == 0, done.err
    assert figures(done) == {"users": [3, 3, 2, 0], "threads": [2, 2, 1, 0], "posts": [3, 3, 0, 0]}
    assert rows(db, Member.name, Member.display_name, order=Member.id) == [
        ("Nadia", "Nadia"), ("torzs_mokus", "törzs mókus"), ("nadia-2", "nadia"),
    ]  # fmt: skip
    assert [row[0] for row in rows(db, Category.name)] == ["Werkstatt", "old"]
    assert rows(db, Thread.title, Thread.tag_names) == [("Bremsen", "gears rear-brake"), ("Second", "")]
    assert sorted(row[0] for row in rows(db, Tag.name)) == ["gears", "rear-brake"]
    answer = rows(db, Post.number, Post.reply_to_id, Post.source, order=Post.id)[1]
    assert answer[1] == rows(db, Post.id, order=Post.id)[0][0] and answer[2] == "See @nadia and @mokus."
    counters_are_right(db)
    assert {row[0] for row in rows(db, Outbox.job)} <= {"search.index_changes"} and rows(db, Notice.id) == []


def test_a_second_run_adds_nothing_and_a_moved_folder_neither(forum: Command, db: Database, tmp_path: Path) -> None:
    source = write_source(
        tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a"), post("b", n=2, reply_to="a")]
    )
    forum("import", "jsonl", str(source))
    before = everything(db)
    again = forum("import", "jsonl", str(source))
    assert figures(again) == {"users": [3, 0, 0, 3], "threads": [2, 0, 0, 2], "posts": [2, 0, 0, 2]}
    moved = source.rename(tmp_path / "elsewhere")
    assert figures(forum("import", "jsonl", str(moved), "--source", "old"))["posts"] == [2, 0, 0, 2]
    assert everything(db) == before
    assert figures(forum("import", "jsonl", str(moved)))["posts"] == [2, 2, 0, 0]  # another name, another source
    counters_are_right(db)


def test_what_is_new_at_the_source_comes_with_a_later_run(forum: Command, db: Database, tmp_path: Path) -> None:
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a"), post("b", n=2)])
    forum("import", "jsonl", str(source))
    assert figures(forum("import", "jsonl", str(source)))["threads"] == [2, 0, 0, 2]
    write_source(
        source, users=USERS, threads=THREADS, posts=[post("a"), post("b", n=2), post("d", n=3), post("c", thread=8)]
    )
    assert figures(forum("import", "jsonl", str(source))) == {
        "users": [3, 0, 0, 3], "threads": [2, 1, 0, 1], "posts": [4, 2, 0, 2],
    }  # fmt: skip
    counters_are_right(db)


def test_lines_that_cannot_be_used_are_reported_and_left_out(forum: Command, db: Database, tmp_path: Path) -> None:
    source = write_source(
        tmp_path / "old",
        users=[*USERS, USERS[0], "", "{broken", '["a list"]', {"name": "no id"}, {"id": "", "name": "empty id"}],
        threads=[
            *THREADS, {"id": 9, "title": "Nobody's", "author": 99, "category": "X", "created": "2015-04-01"},
            {"id": 10, "title": "Silent", "author": 1, "category": "X", "tags": [], "created": "2015-04-01"},
        ],
        posts=[
            post("a"), post("a"), post("b", author=99, n=2), post("c", thread=99), post("d", thread=9),
            post("e", format="bbcode", n=3), {"id": "f", "thread": 7, "author": 1, "n": 4}, post("g", thread=8),
        ],
    )  # fmt: skip
    done = forum("import", "jsonl", str(source))
    assert done.status == 0
    assert figures(done) == {"users": [9, 3, 2, 6], "threads": [4, 2, 1, 2], "posts": [8, 2, 0, 6]}
    for reason in (
        "users skipped, blank line: 1", "users skipped, not JSON: 1", "users skipped, imported before: 1",
        "threads skipped, its author is missing: 1", "threads skipped, it has no posts: 1",
        "posts skipped, its thread is missing: 2", "posts skipped, its author is missing: 1",
        "posts skipped, its format is unknown: 1",
    ):  # fmt: skip
        assert reason in done.out
    log = next((forum.settings.data_dir / "imports").glob("*.log")).read_text("utf-8")
    assert "posts.jsonl:3 id b skipped: its author is missing: 99" in log
    assert [row[0] for row in rows(db, Category.name, order=Category.id)] == [
        "Werkstatt",
        "old",
    ]  # no "X": it would be empty
    counters_are_right(db)


def test_numbers_follow_n_and_have_no_gaps(
    forum: Command, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.importers.source.BATCH", 2)
    order = [3, 1, 2, 9, 9, 5, None, -1, "x", 2**70]
    posts = [post(f"p{index}", n=n) for index, n in enumerate(order)]
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=posts)
    forum("import", "jsonl", str(source))
    found = [row[0] for row in rows(db, Post.source, order=Post.number)]
    assert found[:4] == ["Words of p1.", "Words of p2.", "Words of p0.", "Words of p5."]
    assert found[4:] == [f"Words of p{index}." for index in (3, 4, 6, 7, 8, 9)]
    counters_are_right(db)


def test_answers_are_tied_whatever_the_order(
    forum: Command, db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.importers.source.BATCH", 2)
    posts = [
        post("late", n=2, reply_to="first"), post("x", thread=8), post("first", n=1), post("stray", n=3, reply_to="x"),
        post("lost", n=4, reply_to="never"), post("self", n=5, reply_to="self"), post("next", n=6, reply_to="self"),
    ]  # fmt: skip
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=posts)
    done = forum("import", "jsonl", str(source))
    ids = {
        row[0]: row[1]
        for row in rows(db, ImportedId.foreign_id, ImportedId.local_id, ImportedId.kind)
        if row[2] == "post"
    }
    parents = {row[0]: row[1] for row in rows(db, Post.id, Post.reply_to_id)}
    assert parents[ids["late"]] == ids["first"] and parents[ids["next"]] == ids["self"]
    assert [parents[ids[name]] for name in ("stray", "lost", "self", "first")] == [None] * 4
    assert figures(done)["posts"] == [7, 7, 3, 0]
    assert forum("import", "jsonl", str(source)).status == 0
    assert {row[0]: row[1] for row in rows(db, Post.id, Post.reply_to_id)} == parents


@pytest.mark.parametrize("odd", [None, "", "yesterday", "0000-00-00", "9999-12-31", "1931-01-01", 10**30, -5, True])
def test_odd_dates_are_replaced_and_reported(forum: Command, db: Database, tmp_path: Path, odd: Any) -> None:
    users = [{"id": 1, "name": "Nadia", "joined": odd}]
    threads = [{**THREADS[0], "created": odd}]
    posts = [post("a"), post("b", n=2, created=odd), post("c", n=3)]
    source = write_source(tmp_path / "old", users=users, threads=threads, posts=posts)
    done = forum("import", "jsonl", str(source))
    if odd is True:  # not as the format says: the line is left out
        assert figures(done)["users"] == [1, 0, 0, 1]
        return
    assert done.status == 0 and "posts changed, an odd date: 1" in done.out
    times = [row[0] for row in rows(db, Post.created_at, order=Post.number)]
    assert times[1] == times[0] and rows(db, Thread.created_at)[0][0] == times[0]


@pytest.mark.parametrize(
    "name", ["admin", "Adm1n", "staff", "  ", "...", "关一骏", "a" * 70, "x", "o'", "\u202eevil\u0000"]
)
def test_names_become_handles_of_ours(forum: Command, db: Database, tmp_path: Path, name: str) -> None:
    from forum.accounts.domain.names import check_name

    source = write_source(tmp_path / "old", users=[{"id": 1, "name": name}, {"id": 2, "name": name}])
    assert forum("import", "jsonl", str(source)).status == 0
    people = rows(db, Member.name, Member.display_name)
    assert len({handle.lower() for handle, _ in people}) == 2
    for handle, display in people:
        assert check_name(handle) == handle
        assert 0 < len(display) <= 60 and display.replace("\u200d", "").isprintable()


def test_a_taken_name_stays_with_who_has_it(forum: Command, make: Make, tmp_path: Path) -> None:
    native = make.member("nadia")
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a", body="Ask @nadia.")])
    forum("import", "jsonl", str(source))
    assert make.get(Member, native.id).name == "nadia"
    with make.core.db.read() as session:
        assert session.scalar(select(func.count(Member.id)).where(Member.name_key == "nadia")) == 1
        assert "mention" not in session.scalars(select(Post.html)).one()  # that one is somebody else


def test_a_name_means_the_one_who_kept_it(forum: Command, db: Database, tmp_path: Path) -> None:
    users = [{"id": 1, "name": "renzo"}, {"id": 2, "name": "dana"}, {"id": 3, "name": "Dana"}]
    source = write_source(
        tmp_path / "old", users=users, threads=THREADS[:1], posts=[post("a", body="@renzo and @dana")]
    )
    forum("import", "jsonl", str(source))
    html = rows(db, Post.html)[0][0]
    assert '<a class="mention" href="/u/renzo">@renzo</a>' in html and "/u/dana" not in html


def test_long_bodies_stay_whole(forum: Command, db: Database, tmp_path: Path) -> None:
    body = "word " * 20_000
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a", body=body)])
    forum("import", "jsonl", str(source))
    assert rows(db, Post.source)[0][0].split() == body.split()


def test_a_post_without_words_keeps_its_place(forum: Command, db: Database, tmp_path: Path) -> None:
    posts = [post("a", body=" \n"), post("b", n=2, body="<p>&nbsp;</p>", format="html")]
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=posts)
    done = forum("import", "jsonl", str(source))
    assert "posts changed, it is empty: 2" in done.out
    assert [row[0] for row in rows(db, Post.source)] == ["…", "…"]


def picture(fmt: str = "PNG", size: tuple[int, int] = (40, 30)) -> str:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, fmt)
    return base64.b64encode(out.getvalue()).decode()


def test_inline_pictures_become_files_of_ours(forum: Command, make: Make, tmp_path: Path) -> None:
    good = f'<p>Look: <img alt="a brake" src="data:image/png;base64,{picture()}"></p>'
    bad = '<p>Broken: <img src="data:image/png;base64,aGVsbG8="></p>'
    svg = f'<p>Drawn: <img src="data:image/svg+xml;base64,{base64.b64encode(b"<svg onload=alert(1)/>").decode()}"></p>'
    posts = [post(f"p{n}", n=n, body=body, format="html") for n, body in enumerate((good, bad, svg), start=1)]
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=posts)
    done = forum("import", "jsonl", str(source))
    assert "posts changed, a picture could not be read: " in done.out
    bodies = [row[0] for row in rows(make.core.db, Post.html, order=Post.number)]
    address = re.search(
        r'<img src="(/uploads/images/[0-9a-f]{32}-40x30\.webp)" alt="a brake" width="40" height="30"', bodies[0]
    )
    assert address and "<img" not in bodies[1] + bodies[2] and "base64" not in "".join(bodies)
    seen = make.browser().get(address[1])
    assert seen.status_code == 200 and seen.headers["content-type"] == "image/webp"
    assert seen.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert seen.headers["x-content-type-options"] == "nosniff" and "immutable" in seen.headers["cache-control"]
    with Image.open(io.BytesIO(seen.content)) as image:
        assert image.size == (40, 30) and not image.getexif()


def test_links_that_lead_nowhere_are_counted(forum: Command, db: Database, tmp_path: Path) -> None:
    """Pictures that could not be read are told as such, and not once more among the links."""
    body = (
        '<p>See <a href="/t/9">that thread</a>, <a href="faq">the answers</a>, <a href="https://x.example">x</a>'
        ' <img src="data:image/png;base64,aGVsbG8="> <img src="pics/brake.png" alt="a brake"></p>'
    )
    posts = [post("a", body=body, format="html"), post("b", n=2, body="<p>Fine.</p>", format="html")]
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=posts)
    done = forum("import", "jsonl", str(source))
    assert figures(done)["posts"] == [2, 2, 1, 0]
    assert "posts changed, links or pictures without a full address: 1" in done.out
    assert "posts changed, a picture could not be read: 1" in done.out
    log = Path(done.out.rpartition("Each of them: ")[2].strip()).read_text("utf-8")
    assert "posts.jsonl:1 id a links or pictures without a full address: 3; their words stay" in log
    again = forum("import", "jsonl", str(source), "--source", "other", "--base-url", "https://old.example/forum/")
    assert "full address" not in again.out
    assert 'href="https://old.example/t/9"' in rows(db, Post.html, order=Post.id)[2][0]


@pytest.mark.parametrize("name", ["nothing.webp", "..%2f..%2fsecret.key", "%2e%2e", "0" * 32 + "-1x1.webp", ".hidden"])
def test_no_other_file_is_served(make: Make, name: str) -> None:
    assert make.browser().get(f"/uploads/images/{name}").status_code == 404


def test_old_addresses_lead_to_the_new_ones(forum: Command, make: Make, tmp_path: Path) -> None:
    source = write_source(
        tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a"), post("b/2", n=2, author="anon:2")]
    )
    forum("import", "jsonl", str(source))
    guest = make.browser()
    thread = rows(make.core.db, Thread.id)[0][0]
    assert guest.get("/import/old/thread/7").headers["location"] == f"/t/{thread}/bremsen"
    assert guest.get("/import/old/post/a").headers["location"] == f"/t/{thread}/bremsen#post-1"
    assert guest.get("/import/old/post/b/2").headers["location"] == f"/t/{thread}/bremsen#post-2"
    assert guest.get("/import/old/post/b%2F2").status_code == 301
    moved = guest.get("/import/old/user/anon:2")
    assert moved.status_code == 301 and moved.headers["location"] == "/u/torzs_mokus"
    for nothing in ("old/thread/99", "new/thread/7", "old/category/Werkstatt", "old/post/" + "9" * 300, "old/x/7"):
        assert guest.get(f"/import/{nothing}").status_code == 404
    with make.core.db.write() as session:
        for category in session.scalars(select(Category)):
            category.visibility = "staff"
    assert guest.get("/import/old/thread/7").status_code == 404
    assert guest.get("/import/old/post/a").status_code == 404
    assert make.browser(make.member(role="admin")).get("/import/old/post/a").status_code == 301


def test_categories_do_not_mix_with_those_that_are_here(forum: Command, make: Make, tmp_path: Path) -> None:
    make.category("werkstatt", name="Werkstatt", visibility="staff")
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a")])
    done = forum("import", "jsonl", str(source))
    assert "threads changed, another category: 1" in done.out
    assert rows(make.core.db, Category.slug, Category.name, Category.visibility)[1:] == [
        ("werkstatt-2", "Werkstatt (old)", "public")
    ]


def test_gzip_bom_and_crlf(forum: Command, db: Database, tmp_path: Path) -> None:
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS, posts=[post("a")])
    for kind in ("users", "posts"):
        plain = source / f"{kind}.jsonl"
        raw = b"\xef\xbb\xbf" + plain.read_bytes().replace(b"\n", b"\r\n")
        (source / f"{kind}.jsonl.gz").write_bytes(gzip.compress(raw))
        plain.unlink()
    assert figures(forum("import", "jsonl", str(source)))["posts"] == [1, 1, 0, 0]


def test_a_damaged_file_is_told_in_one_line(forum: Command, db: Database, tmp_path: Path) -> None:
    source = write_source(tmp_path / "old", users=USERS, threads=THREADS)
    (source / "posts.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 5000)[:-40])
    (source / "posts.jsonl").unlink()
    done = forum("import", "jsonl", str(source))
    assert done.status == 1 and "posts.jsonl.gz is damaged" in done.err and done.err.count("\n") == 1
    (source / "posts.jsonl.gz").unlink()
    done = forum("import", "jsonl", str(source))
    assert done.status == 1 and "there is no posts.jsonl" in done.err


@pytest.mark.parametrize("args", [[], ["/nowhere"], [".", "--source", "a/b"], [".", "--source", ""], [".", "--oops"]])
def test_wrong_usage_is_2(forum: Command, args: list[str]) -> None:
    done = forum("import", "jsonl", *args)
    assert done.status == 2 and done.err.count("\n") == 1 and not done.out


def test_two_imports_of_one_source_do_not_meet(forum: Command, tmp_path: Path) -> None:
    from forum.console import alone

    source = write_source(tmp_path / "old", users=USERS)
    with alone(forum.settings.data_dir / "imports" / "old.lock", "busy"):
        done = forum("import", "jsonl", str(source))
    assert done.status == 1 and "another process is importing old" in done.err
