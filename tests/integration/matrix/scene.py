"""The scene of the access matrix: actors of every role, things in every state, and a canary in each."""

from dataclasses import dataclass, field
from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import select

from forum.categories.models import Category
from forum.moderation.domain import Act, add_note, appeal, cases, decide, report
from forum.moderation.domain.statements import acknowledge
from forum.moderation.domain.targets import load
from forum.moderation.models import CategoryModerator, ThreadTimer
from forum.notifications.models import Notice
from forum.outbox import Outbox
from forum.policy.actors import PATTERNS, Actor
from forum.policy.categories import may_see
from forum.policy.posts import may_read
from forum.policy.threads import may_open
from forum.search.domain import save
from forum.threads.compose import compose
from forum.threads.domain import edit
from forum.threads.models import Thread
from tests.support.feedback import collect
from tests.support.legal import rejected_notice
from tests.support.meetups import furnish
from tests.support.search import tell_everything

ROLES = ("guest", "member", "author", "team", "moderator", "manager", "admin")
KINDS = (*ROLES, "bound", "elsewhere", "suspended", "silenced")
"""bound: a moderator of the public category alone; elsewhere: of another one, with nothing in it."""
STATES = ("visible", "deleted", "hidden", "held", "removed")
LEVELS = ("public", "members", "staff")
ALL, OWN = "all", "own"


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
    items: list = field(default_factory=list)
    """Feedback: one that the team of `team` has, one that waits."""

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


def set_scene(make):
    """A forum in which every object is in every state, each with a word of its own."""
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
    collect(found, OWN)
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
