"""The access matrix: role × state × surface.

- every route of the application stands in the table (`tests/support/routes.py`);
- every route lets in exactly whom the table says;
- whatever is fetched, by whomever, from every object in every state, holds only canaries that its reader may see;
- no GET changes anything that a person would call content or a setting.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from forum.categories.models import Category
from forum.events import Outbox
from forum.models import metadata
from forum.moderation.domain import Act, add_note, appeal, cases, decide, report
from forum.moderation.domain.statements import acknowledge
from forum.moderation.domain.targets import load
from forum.moderation.models import CategoryModerator, ThreadTimer
from forum.notifications.models import Notice
from forum.policy.actors import PATTERNS, Actor
from forum.policy.categories import may_see
from forum.policy.posts import may_read
from forum.policy.threads import may_open
from forum.search.domain import save
from forum.threads.compose import compose
from forum.threads.domain import edit
from forum.threads.models import Thread
from tests.support.asked import SEARCHES, searched
from tests.support.legal import rejected_notice
from tests.support.meetups import furnish
from tests.support.routes import ROUTES
from tests.support.search import tell_everything

ROLES = ("guest", "member", "author", "team", "moderator", "manager", "admin")
KINDS = (*ROLES, "bound", "elsewhere", "suspended", "silenced")
"""bound: a moderator of the public category alone; elsewhere: of another one, with nothing in it."""
STATES = ("visible", "deleted", "hidden", "held", "removed")
LEVELS = ("public", "members", "staff")
ALL, OWN = "all", "own"
MARKS = {"read_marks", "sessions", "api_tokens", "notices"}  # last-seen times and read marks are excepted


def routes_of(app):
    """(method, path) of every route, HEAD and OPTIONS aside."""
    for route in app.app.routes:
        for handler in getattr(route, "route_handlers", []):
            for method in handler.http_methods:
                if method not in {"OPTIONS", "HEAD"}:
                    yield str(method), route.path


@dataclass
class Scene:
    """Actors of every role; a thread in every category × state, in the public one a post in every state."""

    make: object
    actors: dict = field(default_factory=dict)
    canaries: dict = field(default_factory=dict)
    """canary → (category visibility, thread state, post state)."""
    threads: list = field(default_factory=list)
    posts: list = field(default_factory=list)
    slugs: list = field(default_factory=list)
    places: dict = field(default_factory=dict)
    """visibility → category id."""
    timer: int = 0
    notice: int = 0
    dead: list = field(default_factory=list)
    """Outbox rows that were given up."""
    report: str = ""
    """Reference of a report that `member` made about `author`, and a moderator rejected."""
    decision: int = 0
    """A decision about `author`."""
    legal: tuple[int, int] = (0, 0)
    """A notice of illegal content, and an objection to its rejection."""
    cases: list = field(default_factory=list)
    """Open ones: about a public post, about a thread of the staff."""
    appeal: int = 0
    """Against a decision of somebody who is none of the actors."""
    secrets: dict = field(default_factory=dict)
    """Canary → (category id; None: not for bound moderators; ALL, OWN: for all, for no moderators; who else)."""
    references: list = field(default_factory=list)
    """Reports of `member` and of `team`."""
    meetups: list = field(default_factory=list)
    dates: list = field(default_factory=list)
    """Of the meetups, in their order."""
    groups: list = field(default_factory=list)
    """Slugs of local groups."""
    codes: list = field(default_factory=list)
    """Of parties that have a seat."""
    unposted: dict = field(default_factory=dict)
    """Canary of a meetup that stands in no post → (its category, whether hosts alone may know it)."""
    saved: int = 0
    """A search that `member` keeps."""

    def allowed(self, role, canary):
        """May `role` read what this canary marks? By the policy's own words for one object in hand."""
        if canary in self.secrets:
            category, others = self.secrets[canary]
            actor = self.actors[role]
            if category == OWN:
                return role in others
            return role in others or (actor.is_staff if category == ALL else actor.moderates_in(category))
        level, thread_state, post_state = self.canaries[canary] or (self.unposted[canary][0], "visible", "visible")
        actor = self.actors[role]
        if canary in self.unposted and self.unposted[canary][1] and not actor.can_manage:
            return False
        author = self.actors["author"]

        @dataclass
        class Thing:
            visibility: str = level
            who_starts: str = "member"
            who_replies: str = "member"
            author_id: int = author.id
            category_id: int = self.places[level]
            state: str = thread_state
            locked_at: object = None

        thing = Thing()
        if not may_see(actor, thing):
            return False
        if post_state is None:  # a category's own words
            return True
        if not may_open(actor, thing, thing):
            return False
        thing.state = post_state
        return may_read(actor, thing, thing.category_id)


@pytest.fixture
def scene(make):
    found = Scene(make)
    found.actors = {"guest": PATTERNS["guest"]}
    for role in ROLES[1:]:
        found.actors[role] = make.member(f"{role}1", role="member" if role == "author" else role)
    bind(found)
    author = found.actors["author"]
    staff_author = Actor(id=author.id, role="admin", name=author.name)
    for level in LEVELS:
        words = f"CANARY{level}name"
        slug = make.category(level, visibility=level, name=words, description=words + "d")
        found.slugs.append(slug)
        with make.core.db.read() as session:
            found.places[level] = session.scalars(select(Category.id).where(Category.slug == slug)).one()
        found.canaries[words] = (level, "visible", None)
        for state in STATES:
            words = f"CANARY{level}{state}thread"
            ref = make.thread(staff_author, slug, title=words + " title", body=words + " body", tags=(f"tag-{level}",))
            make.state(ref, state, thread=True)
            found.canaries[words] = (level, state, "visible")
            found.threads.append(ref)
            found.posts.append(ref)
    first = found.threads[0]
    for state in STATES:
        words = f"CANARYpublicpost{state}"
        ref = make.reply(staff_author, first.thread_id, words, reply_to=first.id)
        make.state(ref, state)
        found.canaries[words] = ("public", "visible", state)
        found.posts.append(ref)
    with make.core.db.write() as session:
        notice = Notice(
            member_id=author.id, kind="reply", subject=f"post:{first.id}", actor_id=found.actors["member"].id,
            thread_id=first.thread_id, post_id=first.id, created_at=make.now,
        )  # fmt: skip
        dead = [
            Outbox(job="x.y", event="X", payload="{}", created_at=make.now, run_at=make.now, dead_at=make.now)
            for _ in range(2)
        ]
        session.add_all([notice, *dead])
        session.flush()
        found.notice, found.dead = notice.id, [row.id for row in dead]
    moderated(found)
    gone_elsewhere(found, staff_author)
    on_the_desk(found, staff_author)
    bounds(found)
    found.legal = rejected_notice(make, first.thread_id)
    furnish(found, LEVELS)
    keeps(found)
    return found


def keeps(found):
    """A search that `member` keeps: nobody else's business. And an index that knows every text, hidden ones too."""
    with found.make.core.db.write() as session:
        words = "CANARYsought"
        found.saved = save(session, actor=found.actors["member"], query=words, name=words, now=found.make.now)
    found.secrets["CANARYsought"] = (OWN, {"member"})
    found.canaries["CANARYsought"] = None
    tell_everything(found.make)


def bind(found):
    """The actors who see less than their role would."""
    make, later = found.make, found.make.now + timedelta(days=30)
    for kind in ("bound", "elsewhere"):
        found.actors[kind] = make.member(f"{kind}1", role="moderator", bound=True)
    found.actors["suspended"] = make.member("suspended1", role="moderator", suspended_until=later)
    found.actors["silenced"] = make.member("silenced1", silenced_until=later)


def bounds(found):
    """Their categories, and what the actors know of themselves."""
    make, later = found.make, found.make.now + timedelta(days=30)
    away = make.category("away", name="Away")
    with make.core.db.write() as session:
        places = {"bound": found.places["public"]}
        places["elsewhere"] = session.scalars(select(Category.id).where(Category.slug == away)).one()
        for kind, place in places.items():
            session.add(CategoryModerator(member_id=found.actors[kind].id, category_id=place))
    for kind, place in places.items():
        found.actors[kind] = replace(found.actors[kind], bound=True, moderates=frozenset({place}))
    found.actors["suspended"] = replace(found.actors["suspended"], suspended_until=later)
    found.actors["silenced"] = replace(found.actors["silenced"], silenced_until=later)


def gone_elsewhere(found, author):
    """A public thread merged into one for the staff; a post of the first thread in a new one for members; a timer."""
    make, admin, first = found.make, found.actors["admin"], found.threads[0]
    away = make.thread(author, "public", title="CANARYmergedaway title", body="CANARYmergedaway body")
    into = make.thread(author, "staff", title="CANARYmergedinto title", body="CANARYmergedinto body")
    post = make.reply(author, first.thread_id, "CANARYmovedpost")
    members = {"posts": (post.id,), "title": "CANARYmovedtitle", "category": "members"}
    tomorrow = make.now + timedelta(days=1)
    with make.core.db.write() as session:
        for row_id, act in (
            (away.thread_id, Act(action="merge", into=into.thread_id)),
            (first.thread_id, Act(action="split", **members)),
            (first.thread_id, Act(action="timer", timed="lock", until=tomorrow)),
        ):
            decide(session, actor=admin, act=act, target_type="thread", target_id=row_id, now=make.now)
        found.timer = session.scalars(select(ThreadTimer.id)).one()
        made = session.scalars(select(Thread.id).where(Thread.title == "CANARYmovedtitle")).one()
    found.canaries |= dict.fromkeys(("CANARYmergedaway", "CANARYmergedinto"), ("staff", "visible", "visible"))
    found.canaries |= dict.fromkeys(("CANARYmovedpost", "CANARYmovedtitle"), ("members", "visible", "visible"))
    found.threads += [away, into, replace(post, thread_id=made)]
    found.posts += [away, into, post]


def moderated(found):
    """A report that was rejected, and a decision about the author that changes nobody's sight of anything."""
    author, mod, now = found.actors["author"], found.actors["moderator"], found.make.now
    about = {"target_type": "member", "target_id": author.id, "now": now}
    with found.make.core.db.write() as session:
        found.report = report(session, actor=found.actors["member"], reason="other", **about).reference
        decide(session, actor=mod, act=Act(action="dismiss"), **about)
        warn = Act(action="warn", reason="other", explanation="CANARYwhy")
        found.decision = decide(session, actor=mod, act=warn, **about).id
        acknowledge(session, actor=author, decision_id=found.decision, now=now)


def on_the_desk(found, author):
    """What waits for the moderators."""
    make, judge, now = found.make, found.make.member("judge1", role="moderator"), found.make.now
    reported = make.reply(author, found.threads[0].thread_id, "CANARYsnapshot")
    found.canaries["CANARYreported"] = ("public", "visible", "visible")
    inside = found.threads[2 * len(STATES)].thread_id
    about = {"target_type": "member", "target_id": author.id, "now": now}
    team = found.actors["team"]
    with make.core.db.write() as session:
        found.references.append(report(session, actor=team, reason="spam", **about).reference)
        first = decide(session, actor=judge, act=Act(action="dismiss"), **about).id
        found.appeal = appeal(session, actor=team, decision_id=first, body="CANARYappeal", now=now).id
        about |= {"target_type": "post", "target_id": reported.id}
        made = report(session, actor=team, reason="spam", detail="CANARYdetailpublic", **about)
        found.references.append(made.reference)
        found.cases = [
            made.case_id,
            cases.open_case(session, load(session, "thread", inside), now).id,
        ]
        about |= {"target_type": "thread", "target_id": inside, "reason": "spam"}
        report(session, actor=judge, detail="CANARYdetailstaff", **about)
        for case_id, words in zip(found.cases, ("CANARYnotepublic", "CANARYnotestaff"), strict=True):
            add_note(session, actor=judge, case_id=case_id, body=words, now=now)
        add_note(session, actor=judge, member_id=author.id, body="CANARYnotemember", now=now)
    with make.core.db.read() as session:
        draft = compose(session, "CANARYreported")
    with make.core.db.write() as session:  # within the first minutes: what was reported stands in no history
        edit(session, actor=author, post_id=reported.id, draft=draft, version=None, now=now)
    here, staff = found.places["public"], found.places["staff"]
    found.secrets = {
        "CANARYdetailpublic": (here, {"team"}), "CANARYdetailstaff": (staff, set()),
        "CANARYnotepublic": (here, set()), "CANARYnotestaff": (staff, set()), "CANARYnotemember": (ALL, set()),
        "CANARYsnapshot": (here, set()), "CANARYappeal": (None, {"team"}), "CANARYwhy": (None, {"author"}),
    }  # fmt: skip
    found.canaries |= dict.fromkeys(found.secrets)


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
        "saved_id": [scene.saved], "token": scene.codes if "/check-in/" in path else ["x"],
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


@pytest.mark.parametrize("role", ROLES)
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


EVERYWHERE = ("guest", "author", "moderator", "bound")
"""Whose statements differ most: asked on PostgreSQL in the quick suite too; the others there in the slow one."""


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("role", KINDS)
def test_no_surface_shows_what_its_reader_may_not_see(scene, role):
    crawl(scene, role)


@pytest.mark.parametrize("backend", ["postgres"])
@pytest.mark.parametrize(
    "role", [role if role in EVERYWHERE else pytest.param(role, marks=pytest.mark.slow) for role in KINDS]
)
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


@pytest.mark.parametrize("role", ["guest", "author", "admin"])
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
    for table, rows in before.items():
        assert after[table] == rows, table
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
