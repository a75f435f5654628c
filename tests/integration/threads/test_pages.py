"""Threads and posts at the HTTP edge: pages and fragments, success and refusal."""

import re
import time
from html import unescape

import pytest
from sqlalchemy import event, select, update

from forum.threads.models import Post, ReadMark, Thread
from forum.web.pagecache import PageCache


def path(ref):
    return ref.url.partition("#")[0]


@pytest.fixture
def scene(make):
    """Anna's thread in a category, Ben beside her."""

    class Scene:
        anna, ben = make.member("anna"), make.member("ben")
        place = make.category("officina")
        ref = make.thread(anna, place, title="Brake pads", body="Worn after **1,900 km**.", tags=("brakes",))

    return Scene


def count_statements(core, call):
    seen = []

    def see(_conn, _cursor, statement, *_):
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
            seen.append(statement)

    event.listen(core.db.engine, "before_cursor_execute", see)
    try:
        call()
    finally:
        event.remove(core.db.engine, "before_cursor_execute", see)
    return len(seen)


def test_a_thread_page_costs_six_statements_at_most(make, core, scene):
    for n in range(25):
        make.reply(make.member(), scene.ref.thread_id, f"Answer {n}", reply_to=scene.ref.id)
    reader = make.member()
    for actor in (None, reader, scene.anna):
        browser = make.browser(actor)
        for page, last in ((1, 20), (2, 26)):
            url = path(scene.ref) + f"?page={page}"
            browser.get(url)
            if actor:
                read_up_to(make, actor, scene.ref, last)  # the mark is written after the answer
            core._house, core.pages = None, PageCache()
            assert 3 <= count_statements(core, lambda b=browser, u=url: b.get(u)) <= 6


def read_up_to(make, actor, ref, number):
    """Wait for the read mark that a page leaves behind."""
    for _ in range(200):
        mark = make.get(ReadMark, (actor.id, ref.thread_id))
        if mark and mark.number >= number:
            return
        time.sleep(0.02)
    pytest.fail("the read mark never came")


def test_lists_do_not_work_per_row(make, core, scene):
    few = count_statements(core, lambda: make.browser(scene.ben).get("/latest"))
    for _ in range(19):
        make.thread(make.member(), make.category())
    many = count_statements(core, lambda: make.browser(scene.ben).get("/latest"))
    assert many <= few + 1


def test_starting_a_thread(make, scene, core):
    browser = make.browser(scene.anna)
    form = browser.get("/threads/new?category=officina").text
    assert re.search(r'<option value="officina" selected>', form)
    key = re.search(r'name="submission" value="([^"]+)"', form)[1]
    sent = {
        "title": "Squeaky chain",
        "category": "officina",
        "body": "It *squeaks*.",
        "tags": "Chain, noise",
        "submission": key,
    }
    answer = browser.post("/threads", sent)
    assert answer.status_code == 303
    page = browser.follow(answer)
    assert "Squeaky chain" in page.text and "<em>squeaks</em>" in page.text and 'href="/tag/chain"' in page.text
    again = browser.post("/threads", sent)
    assert again.headers["location"] == answer.headers["location"], "a double click makes one thread"
    with core.db.read() as session:
        assert len(session.scalars(select(Thread)).all()) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"body": ""}, "body"),
        ({"category": "nowhere"}, "category"),
        ({"category": ""}, "category"),
        ({"body": "x" * 40_000}, "body"),
        ({"tags": "a,b,c,d,e,f"}, "tags"),
        ({"category": "secret"}, "category"),
    ],
)
def test_a_bad_thread_form_comes_back_whole(make, scene, change, field):
    make.category("secret", visibility="staff")
    browser = make.browser(scene.anna)
    sent = {"title": "My title", "category": "officina", "body": "My <words>", "tags": "one, two", **change}
    answer = browser.post("/threads", sent)
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text and "<title>Error" in answer.text
    for name in {"title", "body", "tags"} - {field}:
        assert sent[name] in unescape(answer.text)
    assert (
        "secret" not in answer.text.replace("secret-key", "") or field != "category" or change["category"] != "secret"
    )


def test_replying_by_page_and_by_fragment(make, scene):
    ben = make.browser(scene.ben)
    page = ben.get(path(scene.ref)).text
    assert 'id="reply-form"' in page
    answer = ben.post(f"/threads/{scene.ref.thread_id}/replies", {"body": "By page"})
    assert answer.status_code == 303 and answer.headers["location"].endswith("#post-2")
    fragment = ben.post(
        f"/threads/{scene.ref.thread_id}/replies", {"body": "In place", "seen": "2", "page": "1"}, htmx=True
    )
    assert fragment.status_code == 201
    assert "<html" not in fragment.text and 'id="post-3"' in fragment.text and 'id="post-2"' not in fragment.text
    assert 'hx-swap-oob="beforeend:#posts"' in fragment.text and 'id="reply-form"' in fragment.text
    assert fragment.headers["cache-control"] == "no-store"


def test_what_came_meanwhile_comes_along(make, scene):
    ben = make.browser(scene.ben)
    ben.get(path(scene.ref))
    make.reply(scene.anna, scene.ref.thread_id, "In between")
    fragment = ben.post(
        f"/threads/{scene.ref.thread_id}/replies", {"body": "Mine", "seen": "1", "page": "1"}, htmx=True
    )
    assert fragment.text.index('id="post-2"') < fragment.text.index('id="post-3"')


@pytest.mark.parametrize(("body", "status"), [("  ", 422), ("x" * 33_000, 422)])
def test_a_bad_reply_comes_back(make, scene, body, status):
    ben = make.browser(scene.ben)
    ben.get(path(scene.ref))
    fragment = ben.post(f"/threads/{scene.ref.thread_id}/replies", {"body": body}, htmx=True)
    assert fragment.status_code == status
    assert 'id="reply-form"' in fragment.text and "<html" not in fragment.text and body.strip() in fragment.text
    page = ben.post(f"/threads/{scene.ref.thread_id}/replies", {"body": body})
    assert page.status_code == status and "<html" in page.text


def test_previews_work_both_ways_and_save_nothing(make, scene, core):
    ben = make.browser(scene.ben)
    ben.get(path(scene.ref))
    url = f"/threads/{scene.ref.thread_id}/replies?preview=1"
    fragment = ben.post(url, {"body": "**bold** @anna"}, htmx=True)
    assert "<strong>bold</strong>" in fragment.text and 'href="/u/anna"' in fragment.text
    page = ben.post(url, {"body": "**bold**"})
    assert "<strong>bold</strong>" in page.text and "**bold**" in page.text and "<html" in page.text
    assert make.get(Thread, scene.ref.thread_id).post_count == 1


def test_quoting_and_answering_one_post(make, scene):
    ben = make.browser(scene.ben)
    form = unescape(ben.get(f"/threads/{scene.ref.thread_id}/reply?quote={scene.ref.id}").text)
    assert f"](/p/{scene.ref.id})" in form and "1,900 km" in form
    piece = ben.get(f"/posts/{scene.ref.id}/quote?text=Worn after")
    assert piece.headers["content-type"].startswith("text/plain") and "Worn after" in piece.text
    answer = ben.post(
        f"/threads/{scene.ref.thread_id}/replies", {"body": piece.text + "\nMine too.", "reply_to": str(scene.ref.id)}
    )
    page = ben.follow(answer).text
    assert f'data-post="{scene.ref.id}"' in page


def test_editing_shows_both_texts_to_the_one_who_was_slower(make, scene, clock):
    anna = make.browser(scene.anna)
    form = anna.get(f"/posts/{scene.ref.id}/edit").text
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    clock.forward(minutes=10)
    url = f"/posts/{scene.ref.id}/edit"
    assert anna.post(url, {"body": "New words", "version": version}).status_code == 303
    stale = anna.post(url, {"body": "Other words", "version": version})
    assert stale.status_code == 409
    assert "Other words" in stale.text and "New words" in stale.text and "<ins>" in stale.text
    fresh = re.search(r'name="version" value="(\d+)"', stale.text)[1]
    assert anna.post(url, {"body": "Other words", "version": fresh, "reason": "clearer"}).status_code == 303
    history = anna.get(f"/posts/{scene.ref.id}/history").text
    assert "<ins>Other</ins>" in history and "<del>New</del>" in history and "clearer" in history


def test_the_history_of_a_long_post_folds_what_stayed(make, scene, clock):
    anna = make.browser(scene.anna)
    url = f"/posts/{scene.ref.id}/edit"
    calm = [f"Paragraph {n}. {'Calm words. ' * 20}" for n in range(6)]
    for version, end in enumerate(("first", "second"), 1):
        anna.get(url)
        body = "\n\n".join([*calm, f"The {end} end"])
        assert anna.post(url, {"body": body, "version": str(version)}).status_code == 303
        clock.forward(minutes=10)
    history = anna.get(f"/posts/{scene.ref.id}/history").text
    (folded,) = re.findall(r'<details class="gap">(.*?)</details>', history, re.S)
    assert "Paragraph 0" in folded and "Paragraph 5" in folded and "<ins>second</ins>" not in folded
    assert "<ins>second</ins>" in history and "<del>first</del>" in history


def test_only_the_author_edits_deletes_restores(make, scene):
    ben, guest = make.browser(scene.ben), make.browser()
    for verb in ("edit", "delete", "restore"):
        assert ben.post(f"/posts/{scene.ref.id}/{verb}", {"body": "x", "version": "1"}).status_code == 403
        assert guest.post(f"/posts/{scene.ref.id}/{verb}", {"body": "x", "version": "1"}).status_code == 401
    assert ben.get(f"/posts/{scene.ref.id}/edit").status_code == 403


def test_deleting_in_place_offers_to_restore(make, scene):
    reply = make.reply(scene.ben, scene.ref.thread_id, "My regrettable words")
    ben, guest = make.browser(scene.ben), make.browser()
    ben.get(path(scene.ref))
    fragment = ben.post(f"/posts/{reply.id}/delete", htmx=True)
    assert fragment.status_code == 200 and f'action="/posts/{reply.id}/restore"' in fragment.text
    assert "My regrettable words" not in guest.get(path(scene.ref)).text
    assert 'id="post-2"' in guest.last.text, "its number stays, so every address stays true"
    assert guest.get(f"/posts/{reply.id}/history").status_code == 404
    assert guest.get(f"/posts/{reply.id}/quote").status_code == 404
    assert ben.post(f"/posts/{reply.id}/restore").status_code == 303
    assert "My regrettable words" in guest.get(path(scene.ref)).text


def test_permalinks_survive_a_new_title_and_more_posts(make, scene, core, clock):
    for _ in range(5):
        make.reply(scene.ben, scene.ref.thread_id)
    clock.forward(hours=2)
    last = make.reply(scene.ben, scene.ref.thread_id)
    anna = make.browser(scene.anna)
    form = {"title": "Another title", "tags": "", "version": "1"}
    assert anna.post(f"/threads/{scene.ref.thread_id}/edit", form).status_code == 303
    guest = make.browser()
    assert guest.get(f"/p/{last.id}").headers["location"] == f"/t/{scene.ref.thread_id}/another-title#post-7"
    old = guest.get(path(scene.ref))
    assert old.status_code == 301 and old.headers["location"] == f"/t/{scene.ref.thread_id}/another-title"
    assert guest.get(f"/t/{scene.ref.thread_id}/x/3").headers["location"].endswith("#post-3")
    assert anna.post(f"/threads/{scene.ref.thread_id}/edit", {**form, "title": "Third"}).status_code == 409


def test_pages_are_ranges_of_numbers(make, scene, core):
    with core.db.write() as session:
        session.execute(
            update(Thread).where(Thread.id == scene.ref.thread_id).values(last_number=10_000, post_count=10_000)
        )
        session.add_all(
            Post(
                thread_id=scene.ref.thread_id,
                number=n,
                author_id=scene.ben.id,
                source="x",
                html=f"<p>n{n}</p>",
                renderer=1,
                created_at=make.now,
            )
            for n in (2, 20, 21, 9_981, 10_000)
        )
    guest = make.browser()
    first, last = guest.get(path(scene.ref)).text, guest.get(path(scene.ref) + "?page=500").text
    assert "n20<" in first and "n21<" not in first
    assert "n9981<" in last and "n10000<" in last and 'rel="prev"' in last and 'rel="next"' not in last
    for wrong in ("0", "501", "-1", "x", "99999999999999999999", "١"):
        assert guest.get(path(scene.ref) + f"?page={wrong}").status_code == 404


def test_read_marks_grow_and_point_to_what_is_new(make, scene, core):
    carla = make.member()
    browser = make.browser(carla)
    browser.get(path(scene.ref))
    read_up_to(make, carla, scene.ref, 1)
    make.reply(scene.ben, scene.ref.thread_id, "Something new")
    assert "1 new" in browser.get("/latest").text
    assert f"{path(scene.ref)}#post-2" in browser.get("/unread").text
    assert 'id="unread"' in browser.get(path(scene.ref)).text


def test_lists_page_by_cursor_without_holes(make, core):
    anna, place = make.member(role="admin"), make.category()
    titles = [f"Thread number {n:02d}" for n in range(47)]
    for title in titles:
        make.thread(anna, place, title=title)
    guest, found, url = make.browser(), [], "/new"
    while url:
        page = guest.get(url).text
        found += re.findall(
            r"Thread number \d\d",
            "".join(re.findall(r'<h3 class="thread-title".*?</h3>', page.split('id="waiting"')[0], re.S)),
        )
        following = re.search(r'rel="next" href="([^"]+)"', page)
        url = unescape(following[1]) if following else None
    assert found == titles[::-1]
    assert guest.get("/new?after=nonsense").status_code == 200


def test_lists_show_only_what_they_should(make, scene):
    make.thread(scene.anna, make.category("inner", visibility="members"), title="For members")
    make.thread(make.member(role="admin"), make.category("office", visibility="staff"), title="For staff")
    gone = make.thread(scene.anna, scene.place, title="Gone for good")
    make.state(gone, "deleted", thread=True)
    answered = make.reply(scene.ben, scene.ref.thread_id)
    assert answered
    for browser, sees in (
        (make.browser(), set()),
        (make.browser(scene.ben), {"For members"}),
        (make.browser(make.member(role="moderator")), {"For members", "For staff"}),
    ):
        for url in ("/", "/latest", "/new", "/top", "/unanswered"):
            text = browser.get(url).text
            for title in ("For members", "For staff"):
                assert (title in text) == (title in sees), (url, title)
            assert "Gone for good" not in text
    assert make.browser().get("/c/inner").status_code == 404
    assert make.browser().get("/c/office").status_code == 404


def test_a_locked_thread_says_so(make, scene):
    make.lock(scene.ref)
    ben = make.browser(scene.ben)
    assert 'id="reply-form"' not in ben.get(path(scene.ref)).text
    assert ben.post(f"/threads/{scene.ref.thread_id}/replies", {"body": "x"}).status_code == 403
    staff = make.browser(make.member(role="moderator"))
    staff.get(path(scene.ref))
    assert staff.post(f"/threads/{scene.ref.thread_id}/replies", {"body": "x"}).status_code == 303


def test_titles_and_names_cannot_break_the_page(make):
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    anna = make.member("anna", display_name=attack[:60], place=attack)
    ref = make.thread(anna, make.category("c", name=attack[:60], description=attack), title=attack, body=attack)
    ben = make.browser(make.member("ben"))
    for url in (path(ref), "/", "/c/c", f"/posts/{ref.id}/history", f"/threads/{ref.thread_id}/reply?quote={ref.id}"):
        text = ben.get(url).text
        assert "<script>alert" not in text and "onerror=alert" not in re.sub(r"&lt;.*?&gt;", "", text)
