"""The guests' page cache: fast for guests, invisible to everybody else."""

import re

from sqlalchemy import event

from forum.web.pagecache import PageCache

TOKEN = re.compile(r"[0-9a-f]{32}")  # a form token, wherever it may hide


def statements(core, call):
    seen = []

    def count(_conn, _cursor, statement, *_):
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SELECT 1", "PRAGMA")):
            seen.append(statement)

    event.listen(core.db.engine, "before_cursor_execute", count)
    try:
        call()
    finally:
        event.remove(core.db.engine, "before_cursor_execute", count)
    return seen


def test_the_second_guest_costs_nothing(make, core, client):
    url = make.thread(make.member(), title="For everybody").url.partition("#")[0]
    first = client.get(url)
    assert statements(core, lambda: make.browser().get(url)) == []
    assert client.get(url).text == first.text


def test_a_members_page_is_never_kept_nor_a_kept_page_shown_to_a_member(make, client, core):
    anna = make.member("anna", display_name="Anna Privata")
    url = make.thread(anna, title="For everybody").url.partition("#")[0]
    browser = make.browser(anna)
    assert "/u/anna" in browser.get(url).text and "/logout" in browser.last.text
    assert "/logout" not in client.get(url).text
    assert "/logout" in browser.get(url).text
    for entry in core.pages._entries.values():
        assert b"/logout" not in entry.body and not TOKEN.search(entry.body.decode())


def test_any_commit_empties_it(make, client):
    anna = make.member()
    ref = make.thread(anna, title="For everybody")
    url = ref.url.partition("#")[0]
    assert "A fresh answer" not in client.get(url).text
    make.reply(anna, ref.thread_id, "A fresh answer")
    assert "A fresh answer" in client.get(url).text


def test_languages_and_fragments_are_kept_apart(make, client):
    place = make.category()
    for _ in range(25):
        make.thread(make.member(), place)
    assert 'lang="en"' in client.get("/").text
    assert 'lang="it"' in client.get("/", headers={"Accept-Language": "it"}).text
    older = "/latest?" + client.get("/").text.split('href="/latest?')[1].split('"')[0]
    assert "<html" in client.get(older).text
    assert "<html" not in client.get(older, htmx=True).text
    assert "<html" in client.get(older).text


def test_errors_and_pages_with_cookies_are_not_kept(make, client, core):
    client.get("/nowhere")
    client.get("/login")
    assert not core.pages._entries


def test_it_is_bounded():
    cache = PageCache(capacity=10_000)
    for n in range(50):
        cache.put(str(n), b"g", [], bytes(1000))
    assert cache.size <= 10_000
    assert cache.get("49", b"g") is not None and cache.get("0", b"g") is None
    assert cache.get("49", b"h") is None
