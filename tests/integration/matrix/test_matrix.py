"""The access matrix: role × state × surface.

- every route of the application stands in the table (`tests/support/routes/`);
- every route lets in exactly whom the table says;
- whatever is fetched, by whomever, from every object in every state, holds only canaries that its reader may see;
- no GET changes anything that a person would call content or a setting.
"""

import re
from itertools import product

import pytest
from sqlalchemy import select

from forum.models import metadata
from tests.integration.matrix.scene import KINDS, LEVELS, ROLES, set_scene
from tests.support.asked import SEARCHES, searched
from tests.support.routes import ROUTES

MARKS = {"read_marks", "sessions", "api_tokens", "notices", "feedback_export_reads"}
"""Last-seen times and read marks are excepted, and who had a file: that is what a download is."""
LOGGED = {"feedback.export_read"}
"""Entries of the log of the staff that reading makes: a GET, because a download is one, and it must be told."""


def routes_of(app):
    """(method, path) of every route, HEAD and OPTIONS aside."""
    for route in app.app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in handler.http_methods:
                if method not in {"OPTIONS", "HEAD"}:
                    yield str(method), route.path


@pytest.fixture
def scene(make):
    return set_scene(make)


def browser_of(scene, role):
    return scene.make.browser(None if role == "guest" else scene.actors[role])


def caller(scene, role):
    """A function that calls a route as `role`: by cookie and form for people, by token and JSON for programs."""
    browser, headers = browser_of(scene, role), {}
    if role != "guest":
        headers["Authorization"] = f"Bearer {scene.make.token(scene.actors[role])}"

    def call(method, url, form=None, *, htmx=False):
        if url.startswith("/api/v1"):
            return browser.http.request(method, url, headers=headers, json=form if method != "GET" else None)
        return browser.get(url, htmx=htmx) if method == "GET" else browser.post(url, dict(form or {}), htmx=htmx)

    return call


def fillings(scene, path):
    """Every address that a path can take in this scene."""
    names = re.findall(r"\{(\w+):\w+\}", path)
    values = {
        "thread_id": [ref.thread_id for ref in scene.threads], "post_id": [ref.id for ref in scene.posts],
        "post_number": [1, 2, 7], "act": ["lock"], "timer_id": [scene.timer],
        "name": [f"tag-{level}" for level in LEVELS] if "/tag/" in path else ["author1", "silenced1"],
        "notice_id": [scene.notice], "session_id": [999_999], "row_id": scene.dead, "category_id": [1],
        "reference": [scene.report, *scene.references], "decision_id": [scene.decision],
        "case_id": scene.cases, "appeal_id": [scene.appeal],
        "hold_id": [999_999], "flagger_id": [999_999], "order_id": [999_999], "dispute_id": [999_999],
        "legal_id": [scene.legal[0]], "complaint_id": [scene.legal[1]],
        "member_id": [scene.actors["member"].id], "token_id": [999_999],
        "slug": scene.slugs if path.startswith("/c/") else scene.groups if "/chapters/" in path else ["x"],
        "meetup_id": scene.meetups, "occurrence_id": scene.dates, "photo_id": [999_999], "place_id": [1, 2, 3],
        "saved_id": [scene.saved], "item_id": scene.items, "token": scene.codes if "/check-in/" in path else ["x"],
    }  # fmt: skip
    if path in SEARCHES:
        return [SEARCHES[path].format(words=words) for words in searched(scene)]
    if "{year:int}" in path:
        return [f"/manage/legal/report/2026/{name}" for name in ("report.json", "statements.csv")]
    unknown = [name for name in names if name not in values]
    if unknown:
        return [re.sub(r"\{(\w+):\w+\}", "1", path)]
    return [
        re.sub(r"\{(\w+):\w+\}", lambda m, one=one: str(dict(zip(names, one, strict=True))[m[1]]), path)
        for one in product(*(values[name] for name in names))
    ]


def test_every_route_stands_in_the_table(app):
    assert sorted(set(routes_of(app)) ^ set(ROUTES)) == []


def expected(access, role):
    """True when the table lets `role` in."""
    order = ["guest", "member", "staff", "manager", "admin"]
    rank = {"guest": 0, "member": 1, "author": 1, "team": 1, "moderator": 2, "manager": 3, "admin": 4}[role]
    if access.who == "nobody":
        return False
    if access.who in {"not the author", "reporter", "reported"}:
        return {"not the author": role not in {"guest", "author"}, "reporter": role == "member"}.get(
            access.who, role == "author"
        )
    if access.who == "team or manager":
        return role in {"team", "manager", "admin"}
    if access.who == "author":
        return role == "author"
    if access.who == "author or staff":
        return role == "author" or rank >= 2
    return rank >= order.index(access.who)


LATER = {"author", "team", "moderator", "manager"}
ALL = [pytest.param(role, marks=pytest.mark.slow) if role in LATER else role for role in ROLES]


@pytest.mark.parametrize("role", ALL)
@pytest.mark.parametrize(
    "backend", ["sqlite"]
)  # permission is asked above the database; the canaries below run on both
def test_every_route_lets_in_whom_the_table_says(scene, role):
    call = caller(scene, role)
    wrong = []
    for (method, path), access in ROUTES.items():
        url = fillings(scene, path)[access.sample]
        if method != "GET":
            call("GET", "/login")
        answer = call(method, url, access.form)
        refused = answer.status_code in {401, 403, 404} or answer.headers.get("location", "").startswith("/login?")
        if answer.status_code >= 500 or (access.who != "link" and refused == expected(access, role)):
            wrong.append(f"{method} {url} as {role}: {answer.status_code} {answer.headers.get('location', '')}")
    assert wrong == []


@pytest.mark.parametrize("role", ["suspended", "silenced"])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_whoever_may_not_write_is_refused_everywhere(scene, role):
    call, first = caller(scene, role), scene.threads[0].thread_id
    call("GET", "/login")
    thread = {"title": "A title", "category": "public", "body": "Words", "submission": "s"}
    for url, form in (
        ("/threads", thread), (f"/threads/{first}/replies", {"body": "Words"}),
        ("/api/v1/threads", {"category": "public", "title": "A title", "body": "Words"}),
        (f"/api/v1/threads/{first}/posts", {"body": "Words"}), (f"/moderation/threads/{first}/lock", {}),
    ):  # fmt: skip
        assert call("POST", url, form).status_code == 403, url


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_moderator_of_another_category_has_no_tools_here(scene):
    for who, status in (("bound", 303), ("elsewhere", 403)):
        call, first = caller(scene, who), scene.threads[0].thread_id
        call("GET", "/login")
        assert call("POST", f"/moderation/threads/{first}/lock").status_code == status
        assert call("POST", f"/moderation/timers/{scene.timer}/cancel").status_code == (303 if who == "bound" else 404)
        assert call("GET", f"/moderation/threads/{first}").status_code == (200 if who == "bound" else 403)


QUICK = [kind if kind == "guest" else pytest.param(kind, marks=pytest.mark.slow) for kind in KINDS]
"""A guest in the quick suite; everybody, on both databases, in the slow one."""


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("role", QUICK)
def test_no_surface_shows_what_its_reader_may_not_see(scene, role):
    crawl(scene, role)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["postgres"])
@pytest.mark.parametrize("role", KINDS)
def test_no_surface_shows_it_on_postgresql(scene, role):
    crawl(scene, role)


def crawl(scene, role):
    """Fetch everything from everywhere as `role`, and look for canaries."""
    call = caller(scene, role)
    forbidden = {canary for canary in scene.canaries if not scene.allowed(role, canary)}
    canaries = [(canary, canary.lower()) for canary in scene.canaries]
    seen, leaks = set(), []
    for method, path in ROUTES:
        if method != "GET":
            continue
        forms = (False,) if path.startswith("/api/v1") else (False, True)  # programs have no fragments
        for url, htmx in product(fillings(scene, path), forms):
            if "search" in url:
                scene.make.core.clock.forward(seconds=1)  # nobody searches faster
            answer = call("GET", url, htmx=htmx)
            assert answer.status_code < 500 and answer.status_code != 429, url
            everything = (answer.text + str(answer.headers)).lower()  # slugs hold them in lower case
            for canary, lowered in canaries:
                if lowered in everything:
                    seen.add(canary)
                    if canary in forbidden:
                        leaks.append(f"{url} ({'fragment' if htmx else 'page'}) shows {canary}")
    assert leaks == []
    assert seen >= {canary for canary in scene.canaries if scene.allowed(role, canary)}, "the crawl reaches everything"


@pytest.mark.slow
@pytest.mark.parametrize("role", ["admin", "guest", "author"])
def test_a_get_changes_nothing(scene, role, db):
    def everything():
        with db.read() as session:
            return {
                table.name: session.execute(select(table).order_by(*table.primary_key)).all()
                for table in metadata.sorted_tables
                if table.name not in MARKS
            }

    call = caller(scene, role)
    before = everything()
    for method, path in ROUTES:
        if method == "GET":
            for url in fillings(scene, path):
                call("GET", url)
    after = everything()
    entries, known = after["audit_entries"], len(before["audit_entries"])
    assert {row.action for row in entries[known:]} <= LOGGED and entries[:known] == before["audit_entries"]
    for table, rows in before.items():
        assert after[table] == rows or table.startswith("audit_"), table
    assert after.keys() == before.keys()


def test_the_table_itself_can_fail(scene):
    """A policy that forgot the category would be caught: the canaries differ by role as they should."""
    plain = scene.canaries.keys() - scene.secrets.keys() - scene.unposted.keys()
    visible = {role: {c for c in plain if scene.allowed(role, c)} for role in KINDS}
    assert visible["guest"] < visible["member"] < visible["author"]
    assert visible["member"] < visible["moderator"] == visible["admin"]
    assert "CANARYpublicpostremoved" not in visible["author"] and "CANARYpublicpostheld" in visible["author"]
    assert "CANARYpublicposthidden" in visible["author"] and "CANARYpublicposthidden" not in visible["member"]
    assert visible["member"] == visible["team"] == visible["silenced"]
    assert visible["suspended"] == visible["guest"]
    assert "CANARYpublicposthidden" in visible["bound"] - visible["elsewhere"]
    assert "CANARYmembershiddenthread" not in visible["bound"] and "CANARYstaffname" in visible["elsewhere"]
