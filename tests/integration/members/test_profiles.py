"""Member pages and the directory: what they show, and what they do not."""

import re

import pytest
from sqlalchemy import event, update

from forum.members.models import Member
from forum.members.queries import directory
from forum.policy.actors import GUEST


@pytest.fixture
def anna(make):
    return make.member("Anna.B", display_name="Anna Bassi", place="Lodi", about="I *ride* in the rain.",
                       links=["https://anna.example/bikes"])  # fmt: skip


def figures(page):
    """(posts, threads) as the page says them."""
    return tuple(re.findall(r"<dt>(?:Posts|Threads)</dt><dd>([^<]+)</dd>", page))


@pytest.mark.parametrize("path", ["/u/anna.b", "/u/ANNA.B", "/u/aNNA.b/threads", "/u/anna.b?after=x"])
def test_any_spelling_leads_to_the_name(client, anna, path):
    answer = client.get(path)
    assert answer.status_code == 301
    assert answer.headers["location"] == path.replace(path.split("/")[2].partition("?")[0], "Anna.B")


@pytest.mark.parametrize("name", ["nobody", "an na", "%E2%80%AEanna.b", "x" * 300, "anna.b%2f..", "Аnna.b"])
def test_nobody_of_that_name(client, anna, name):
    assert client.get(f"/u/{name}").status_code == 404


def test_a_page_says_who_it_is(client, make, anna):
    make.thread(anna, title="Wet brakes", body="They *squeal*.")
    page = client.get("/u/Anna.B")
    assert page.status_code == 200
    for words in ("Anna Bassi", "@Anna.B", "Lodi", "I <em>ride</em> in the rain.", "Wet brakes", "They squeal."):
        assert words in page.text, words
    assert (
        '<a class="clip" href="https://anna.example/bikes" rel="nofollow ugc noopener">anna.example/bikes</a>'
        in page.text
    )
    assert figures(page.text) == ("1", "1")
    assert "Wet brakes" in client.get("/u/Anna.B/threads").text


def test_what_people_write_about_themselves_is_never_markup(client, make):
    attack = (
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![](https://evil.example/p.png) <img src=x onerror=1>"
    )
    make.member("eve", display_name='Eve"><script>1</script>', place="<svg onload=1>", about=attack)
    page = client.get("/u/eve").text
    assert "<script>alert" not in page and "<script>1" not in page and "<svg onload" not in page
    assert 'href="javascript' not in page
    assert 'src="https://evil' not in page and "<img src=x" not in page


def test_a_page_without_anything_says_so(client, make):
    make.member("quiet")
    assert "Nothing to read yet." in client.get("/u/quiet").text
    assert "No thread yet." in client.get("/u/quiet/threads").text


@pytest.mark.parametrize(
    ("role", "sees"),
    [(None, {"public"}), ("member", {"public", "members"}), ("team", {"public", "members"}),
     ("moderator", {"public", "members", "staff"}), ("admin", {"public", "members", "staff"})],
)  # fmt: skip
def test_a_page_shows_and_counts_what_the_reader_may_see(make, role, sees):
    boss = make.member("boss", role="admin")
    for level in ("public", "members", "staff"):
        ref = make.thread(
            boss, make.category(level, visibility=level), title=f"Title {level}", body=f"canary-{level}-1"
        )
        make.reply(boss, ref.thread_id, f"canary-{level}-2")
    browser = make.browser(make.member("reader", role=role) if role else None)
    page, threads = browser.get("/u/boss").text, browser.get("/u/boss/threads").text
    for level in ("public", "members", "staff"):
        for text in (f"canary-{level}-1", f"canary-{level}-2", f"Title {level}"):
            assert (text in page) is (level in sees), text
        assert (f"Title {level}" in threads) is (level in sees)
    assert figures(page) == figures(threads) == (str(2 * len(sees)), str(len(sees)))


@pytest.mark.parametrize("role", [None, "member", "admin"])
@pytest.mark.parametrize("state", ["held", "hidden", "deleted"])
def test_what_is_out_of_sight_is_not_listed_nor_counted(make, role, state):
    ben = make.member("ben")
    first = make.thread(ben, title="Standing")
    gone = make.reply(ben, first.thread_id, "canary-post")
    closed = make.thread(ben, title="canary-thread")
    make.state(gone, state)
    make.state(closed, state, thread=True)
    page = make.browser(make.member("reader", role=role) if role else None).get("/u/ben").text
    assert "canary" not in page and figures(page) == ("1", "1")
    assert "canary" not in make.browser(ben).get("/u/ben").text, "nor on one's own page: it is how others see it"


def test_members_in_turn_see_their_own_page_and_never_each_others(make, anna, client):
    boss = make.member("boss", role="admin")
    make.thread(boss, make.category("desk", visibility="staff"), title="canary")
    assert "canary" in make.browser(boss).get("/u/boss").text
    for _ in range(2):
        assert "canary" not in client.get("/u/boss").text
    assert "Edit your profile" in make.browser(anna).get("/u/Anna.B").text
    assert "Edit your profile" not in client.get("/u/Anna.B").text


def test_only_a_role_makes_a_badge(make, client):
    make.member("trick", display_name="★ Community manager ★")
    make.member("boss", role="admin")
    assert 'class="staff"' not in client.get("/u/trick").text and "avatar--staff" not in client.get("/u/trick").text
    assert 'class="staff"' in client.get("/u/boss").text and "avatar--staff" in client.get("/u/boss").text


def test_activity_goes_on_by_cursor(make, client, clock):
    ben = make.member("ben", role="admin")
    first = make.thread(ben, body="Post number 1.")
    for n in range(2, 46):
        clock.forward(seconds=n % 2)  # pairs share a moment
        make.reply(ben, first.thread_id, f"Post number {n}.")
    seen, path = [], "/u/ben"
    while path:
        page = client.get(path).text
        seen += [int(n) for n in re.findall(r"Post number (\d+)\.", page)]
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1] if older else ""
    assert seen == list(range(45, 0, -1))
    piece = client.get(re.search(r'rel="next" href="([^"]+)"', client.get("/u/ben").text)[1], htmx=True).text
    assert "<html" not in piece and piece.count("<li>") == 20
    assert client.get("/u/ben?after=nonsense").status_code == 200


def test_counts_stop_at_a_bound(make, client, monkeypatch):
    from forum.members import activity

    monkeypatch.setattr(activity, "MOST", 3)
    ben = make.member("ben", role="admin")
    for _ in range(5):
        make.thread(ben)
    assert figures(client.get("/u/ben").text) == ("3+", "3+")


def test_a_page_costs_few_statements(make, client, core):
    ben = make.member("ben")
    first = make.thread(ben)
    make.reply(ben, first.thread_id)
    client.get("/u/ben?after=warm")
    statements = []
    event.listen(core.db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.get("/u/ben?after=x")
    assert len(statements) <= 6, statements


# -- the directory ----------------------------------------------------------------------------------------------


def names(page):
    return re.findall(r'<span class="meta">@([^< ]+)', page)


def test_the_directory_lists_everybody_by_name_and_caretakers_first(make, client):
    for name, role in (
        ("zoe", "member"),
        ("Bea", "moderator"),
        ("carl", "admin"),
        ("dora", "manager"),
        ("al_2", "team"),
    ):
        make.member(name, role=role)
    page = client.get("/members").text
    assert names(page) == ["al_2", "Bea", "carl", "dora", "zoe"]
    top = page[page.index("Who looks after") : page.index("Everybody")]
    assert re.findall(r'href="/u/([^"]+)"', top) == ["carl", "dora", "Bea"]
    assert "5 people" in page


def test_private_figures_are_not_in_the_directory(make, client):
    boss = make.member("boss", role="admin")
    make.thread(boss, make.category(visibility="staff"))
    with make.core.db.write() as session:
        session.execute(update(Member).values(post_count=4711))
    assert "4711" not in client.get("/members").text + client.get("/u/boss").text


@pytest.mark.parametrize(
    ("q", "found"),
    [("na", ["nadia", "Nando"]), ("NAD", ["nadia"]), ("@nan", ["Nando"]), ("ferr", ["nadia"]), ("Ò", ["zed"]),
     ("%", []), ("_", []), ("n%", []), ("\\", []), ("na ", ["nadia", "Nando"]), ("x" * 500, [])],
)  # fmt: skip
def test_search_by_the_beginning_of_either_name(make, client, q, found):
    make.member("nadia", display_name="Ferrusi Nadia")
    make.member("Nando", display_name="Fernando")
    make.member("zed", display_name="òscar")
    page = client.get("/members", params={"q": q}).text
    assert names(page) == found
    assert ("No name begins with" in page) is (not found)


def test_the_directory_goes_on_by_cursor(make, db):
    with db.write() as session:
        for n in range(25):
            name = f"m{n:02}"
            session.add(Member(name=name, name_key=name, display_name=name, joined_at=make.now, links=[]))
    seen, after = [], ""
    while True:
        with db.read() as session:
            page = directory(session, GUEST, prefix="m", after=after, limit=10)
        seen += [row.card.name for row in page.rows]
        if page.older is None:
            break
        after = page.older
    assert seen == [f"m{n:02}" for n in range(25)]


def test_members_made_in_bulk_are_found_too(make, client, db):
    from sqlalchemy import insert

    row = {"name": "imp", "name_key": "imp", "display_name": "Ünver", "joined_at": make.now, "links": []}
    with db.write() as session:
        session.execute(insert(Member), [row, {**row, "name": "imp2", "name_key": "imp2", "display_name": "Other"}])
    assert names(client.get("/members", params={"q": "ü"}).text) == ["imp"]
