"""Every old address leads to where the posts are now, for whoever may open that; counters, marks and notices follow."""

import random
import re
from typing import Any

import pytest
from sqlalchemy import select

from forum.errors import Conflict, ForumError, Invalid, NotFound
from forum.moderation.domain import Act, decide, undo
from forum.moderation.models import Decision
from forum.notifications.models import Notice
from forum.policy.actors import Actor
from forum.threads.domain import PostRef, mark_read
from forum.threads.models import MovedPost, Post, ReadMark, Thread
from tests.factories import Make
from tests.integration.threads.test_concurrency import at_once
from tests.integration.threads.test_pages import read_up_to


def act(make: Make, actor: Actor, action: str, thread_id: int, **fields: Any) -> int:
    with make.core.db.write() as session:
        what = Act(action=action, **fields)
        made = decide(session, actor=actor, act=what, target_type="thread", target_id=thread_id, now=make.now)
        return made.id


def back(make: Make, actor: Actor, decision_id: int) -> None:
    with make.core.db.write() as session:
        undo(session, actor=actor, decision_id=decision_id, now=make.now)


def place(make: Make, post_id: int) -> tuple[int, int]:
    post = make.get(Post, post_id)
    return post.thread_id, post.number


def anchor(make: Make, ref: PostRef) -> str:
    """The end of the address where a post stands now."""
    thread_id, number = place(make, ref.id)
    slug = make.get(Thread, thread_id).slug
    page = f"?page={(number - 1) // 20 + 1}" if number > 20 else ""
    return f"/t/{thread_id}/{slug}{page}#post-{number}"


@pytest.fixture
def scene(make: Make) -> dict[str, Any]:
    """Two threads in two categories, a reply to a reply, a moderator, a member, places for members and for staff."""
    anna, ben, mod = make.member("anna"), make.member("ben"), make.member("mod", role="moderator")
    for slug, visibility in (("here", "public"), ("there", "public"), ("inside", "members"), ("staff", "staff")):
        make.category(slug, visibility=visibility)
    one = make.thread(anna, "here", title="First title", body="The opening.")
    replies = [make.reply(ben, one.thread_id, f"Reply {n}") for n in range(2, 5)]
    replies.append(make.reply(anna, one.thread_id, "To Ben", reply_to=replies[0].id))
    two = make.thread(ben, "there", title="Second title")
    return {"anna": anna, "ben": ben, "mod": mod, "one": one, "two": two, "replies": replies}


def test_a_merged_thread_leads_on(make: Make, scene: dict[str, Any]) -> None:
    one, two, replies = scene["one"], scene["two"], scene["replies"]
    decision = act(make, scene["mod"], "merge", one.thread_id, into=two.thread_id)
    browser = make.browser(scene["anna"])
    first = f"/t/{two.thread_id}/second-title#post-2"
    for path in (f"/t/{one.thread_id}", f"/t/{one.thread_id}/first-title", f"/t/{one.thread_id}/first-title?page=1"):
        answer = browser.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, first)
    for ref in (one, *replies):
        answer = browser.get(f"/t/{one.thread_id}/x/{ref.number}")
        assert answer.status_code == 303 and answer.headers["location"] == anchor(make, ref)
        assert browser.get(f"/p/{ref.id}").headers["location"] == anchor(make, ref)
    assert browser.get(f"/threads/{one.thread_id}/reply").headers["location"] == f"/threads/{two.thread_id}/reply"
    assert browser.get(f"/threads/{one.thread_id}/edit").headers["location"].startswith(f"/t/{two.thread_id}/")
    assert browser.get(f"/t/{one.thread_id}/x/6").status_code == 404
    api = browser.http.get(f"/api/v1/threads/{one.thread_id}/posts")
    assert (api.status_code, api.headers["location"]) == (303, f"/api/v1/threads/{two.thread_id}/posts")
    back(make, scene["mod"], decision)
    assert browser.get(f"/t/{one.thread_id}/first-title").status_code == 200
    assert browser.get(f"/t/{two.thread_id}/x/2").status_code == 404, "a number that no post has"


def test_where_one_may_not_go_an_address_says_nothing(make: Make, scene: dict[str, Any]) -> None:
    """A location header must not tell the title of a thread that its reader may not open."""
    one, hidden = scene["one"], make.thread(scene["mod"], "staff", title="Secret plans")
    admin = make.member("chief", role="admin")
    act(make, admin, "split", one.thread_id, posts=(scene["replies"][2].id,), title="Secret words", category="staff")
    page = make.browser().get(f"/t/{one.thread_id}/first-title")
    assert page.status_code == 200 and "Secret" not in page.text and "went to" not in page.text
    assert "Secret words" in make.browser(scene["mod"]).get(f"/t/{one.thread_id}/first-title").text
    act(make, admin, "merge", one.thread_id, into=hidden.thread_id)
    for who in (None, scene["ben"]):
        browser = make.browser(who)
        for path in (
            f"/t/{one.thread_id}", f"/t/{one.thread_id}/first-title/2", f"/t/{one.thread_id}/x/4",
            f"/p/{one.id}", f"/api/v1/threads/{one.thread_id}",
        ):  # fmt: skip
            answer = browser.get(path)
            assert answer.status_code == 404 and "secret" not in (answer.text + str(answer.headers)).lower(), path
        assert browser.get(f"/threads/{one.thread_id}/reply").status_code == 404
    assert "secret-plans" in make.browser(scene["mod"]).get(f"/t/{one.thread_id}").headers["location"]


def test_moved_posts_leave_one_calm_line(make: Make, scene: dict[str, Any]) -> None:
    one, replies = scene["one"], scene["replies"]
    chosen = tuple(ref.id for ref in replies[1:3])
    act(make, scene["mod"], "split", one.thread_id, posts=chosen, title="A thread of its own", category="there")
    text = make.browser().get(f"/t/{one.thread_id}/first-title").text
    assert len(re.findall(r"2 posts went to", text)) == 1 and "A thread of its own" in text
    assert text.index('id="post-2"') < text.index("2 posts went to") < text.index('id="post-5"')
    assert make.browser().get(f"/t/{one.thread_id}/x/3").headers["location"] == anchor(make, replies[1])


def test_a_page_whose_posts_all_went_still_answers(make: Make, scene: dict[str, Any]) -> None:
    one = scene["one"]
    later = [make.reply(make.member(), one.thread_id, f"Later {n}") for n in range(6, 46)]
    second = tuple(ref.id for ref in later if 20 < ref.number <= 40)
    act(make, scene["mod"], "split", one.thread_id, posts=second, title="The second page", category="there")
    page = make.browser().get(f"/t/{one.thread_id}/first-title?page=2")
    assert page.status_code == 200 and "20 posts went to" in page.text
    reader = make.browser(scene["anna"])
    for number, last in ((1, 20), (2, 40), (3, 45)):
        assert reader.get(f"/t/{one.thread_id}/first-title?page={number}").status_code == 200
        read_up_to(make, scene["anna"], one, last)  # the mark is written after the answer
    assert "new" not in re.findall(r"First title.*?</li>", reader.get("/c/here").text, re.S)[0]


def test_an_answer_to_a_post_elsewhere_is_a_permalink(make: Make, scene: dict[str, Any]) -> None:
    parent, child = scene["replies"][0], scene["replies"][3]
    act(make, scene["mod"], "split", scene["one"].thread_id, posts=(child.id,), title="Of its own", category="inside")
    made = make.get(Post, child.id).thread_id
    text = make.browser(scene["anna"]).get(f"/t/{made}/of-its-own").text
    assert f'href="/p/{parent.id}"' in text and "Answers a post in another thread" in text


def test_who_writes_while_it_is_merged_writes_in_the_other(make: Make, scene: dict[str, Any]) -> None:
    one, two = scene["one"], scene["two"]
    browser = make.browser(scene["anna"])
    browser.get(f"/t/{one.thread_id}/first-title")
    act(make, scene["mod"], "merge", one.thread_id, into=two.thread_id)
    answer = browser.post(f"/threads/{one.thread_id}/replies", {"body": "Typed meanwhile", "submission": "s"})
    assert answer.headers["location"] == f"/t/{two.thread_id}/second-title#post-7"
    make.check_counters()


def test_notices_and_read_marks_follow(make: Make, scene: dict[str, Any]) -> None:
    one, replies, ben, mod = scene["one"], scene["replies"], scene["ben"], scene["mod"]
    make.drain()
    with make.core.db.write() as session:
        mark_read(session, actor=ben, thread_id=one.thread_id, number=3, now=make.now)
    chosen = tuple(ref.id for ref in replies[1:])
    decision = act(make, mod, "split", one.thread_id, posts=chosen, title="Of its own", category="there")
    make.drain()
    made = make.get(Post, replies[1].id).thread_id
    assert make.get(ReadMark, (ben.id, made)).number == 2, "posts 3 and 4 were read (4 is their own)"
    with make.core.db.read() as session:
        for notice in session.scalars(select(Notice).where(Notice.post_id.is_not(None))):
            post = session.get_one(Post, notice.post_id)
            assert notice.thread_id == post.thread_id and notice.listed
    back(make, mod, decision)
    assert make.get(Thread, made) is None and make.get(ReadMark, (ben.id, made)) is None


def test_numbers_that_are_given_again_are_unread(make: Make, scene: dict[str, Any]) -> None:
    """Whoever read a merged thread to its end has not read what is written after the merge was taken back."""
    one, two, mod, cleo = scene["one"], scene["two"], scene["mod"], make.member("cleo")
    decision = act(make, mod, "merge", one.thread_id, into=two.thread_id)
    with make.core.db.write() as session:
        mark_read(session, actor=cleo, thread_id=two.thread_id, number=6, now=make.now)
    back(make, mod, decision)
    make.reply(scene["anna"], two.thread_id)
    assert "1 new" in make.browser(cleo).get("/c/there").text


def test_a_split_thread_that_goes_back_and_again(make: Make, scene: dict[str, Any]) -> None:
    """A post that went away and came back has two old numbers: both lead to it, also after the last act is undone."""
    one, post, mod = scene["one"], scene["replies"][1], scene["mod"]
    act(make, mod, "split", one.thread_id, posts=(post.id,), title="Away", category="there")
    away = make.get(Post, post.id).thread_id
    act(make, mod, "merge", away, into=one.thread_id)
    assert place(make, post.id) == (one.thread_id, 6)
    assert "1 post stands further down now" in make.browser().get(f"/t/{one.thread_id}/first-title").text
    again = act(make, mod, "split", one.thread_id, posts=(post.id,), title="Away again", category="there")
    back(make, mod, again)
    for path in (f"/t/{one.thread_id}/x/3", f"/t/{away}/x/1", f"/p/{post.id}"):
        assert make.browser().get(path).headers["location"] == anchor(make, post), path


REFUSED = "undo that one first|merge the two instead|already|no longer there"


def test_undoing_after_the_world_went_on(make: Make, scene: dict[str, Any]) -> None:
    one, two, mod, anna = scene["one"], scene["two"], scene["mod"], scene["anna"]
    chosen = tuple(ref.id for ref in scene["replies"][:2])
    split = act(make, mod, "split", one.thread_id, posts=chosen, title="Of its own", category="there")
    made = make.get(Post, chosen[0]).thread_id
    make.reply(anna, made, "Here, too")
    with pytest.raises(Conflict, match="merge the two instead"):
        back(make, mod, split)
    merge = act(make, mod, "merge", one.thread_id, into=two.thread_id)
    make.reply(anna, two.thread_id, "After the merge")
    back(make, mod, merge)  # the answer stays where it was written
    assert make.get(Thread, two.thread_id).post_count == 2
    make.check_counters()
    merge = act(make, mod, "merge", one.thread_id, into=two.thread_id)
    other = make.thread(anna, "here")
    act(make, mod, "merge", two.thread_id, into=other.thread_id)
    with pytest.raises(Conflict, match="undo that one first"):
        back(make, mod, merge)


def test_a_timer_on_the_new_thread_refuses_the_undo_in_words(make: Make, scene: dict[str, Any]) -> None:
    from datetime import timedelta

    one, mod, post = scene["one"], scene["mod"], scene["replies"][0]
    split = act(make, mod, "split", one.thread_id, posts=(post.id,), title="Of its own", category="there")
    made = make.get(Post, post.id).thread_id
    act(make, mod, "timer", made, timed="lock", until=make.now + timedelta(hours=1))
    with pytest.raises(Conflict, match="undo that one first"):
        back(make, mod, split)
    assert make.get(Post, post.id).thread_id == made


def check_permalinks(make: Make, born: dict[int, tuple[int, int]], seed: int) -> None:
    """Every post answers at its permalink and at the address it was born with."""
    browser = make.browser()
    for post_id, (thread_id, number) in born.items():
        there, at = place(make, post_id)
        slug = make.get(Thread, there).slug
        wanted = f"/t/{there}/{slug}{f'?page={(at - 1) // 20 + 1}' if at > 20 else ''}#post-{at}"
        for path in (f"/p/{post_id}", f"/t/{thread_id}/x/{number}"):
            answer = browser.get(path)
            assert answer.headers.get("location") == wanted, (seed, path)


def check_moved(make: Make, seed: int) -> None:
    with make.core.db.read() as session:
        for thread in session.scalars(select(Thread)):
            rows = session.scalars(select(MovedPost).where(MovedPost.thread_id == thread.id)).all()
            numbers = session.scalars(select(Post.number).where(Post.thread_id == thread.id)).all()
            assert thread.moved_count == len(rows), (seed, thread.id)
            assert not {row.number for row in rows} & set(numbers), (seed, thread.id)
            assert max([0, *numbers]) <= thread.last_number
            assert thread.state != "merged" or not numbers


class Story:
    """Threads whose posts are split off, merged and moved at random; `born`: where each post was written."""

    def __init__(self, make: Make, seed: int) -> None:
        self.make, self.dice = make, random.Random(seed)
        self.mod = make.member("mod", role="moderator")
        self.people = [make.member(role="moderator") for _ in range(2)]  # whom no quota stops
        self.places = [make.category() for _ in range(2)]
        self.born: dict[int, tuple[int, int]] = {}
        for _ in range(3):
            ref = self.write(make.thread(self.dice.choice(self.people), self.dice.choice(self.places)))
            for _ in range(self.dice.randint(2, 9)):
                self.write(make.reply(self.dice.choice(self.people), ref.thread_id))

    def write(self, ref: PostRef) -> PostRef:
        self.born[ref.id] = (ref.thread_id, ref.number)
        return ref

    def step(self) -> bool:
        """One thing that somebody does; False when it was refused."""
        dice, make, mod = self.dice, self.make, self.mod
        with make.core.db.read() as session:
            living = list(session.scalars(select(Thread.id).where(Thread.state == "visible")))
            decisions = list(session.scalars(select(Decision.id).where(Decision.undone_at.is_(None))))
            thread = dice.choice(living)
            posts = list(session.scalars(select(Post.id).where(Post.thread_id == thread, Post.number > 1)))
        chosen = tuple(dice.sample(posts, min(len(posts), dice.randint(1, 3))))
        steps = {
            "split": lambda: act(make, mod, "split", thread, posts=chosen, title="Split", category=self.places[0]),
            "merge": lambda: act(make, mod, "merge", thread, into=dice.choice(living)),
            "move": lambda: act(make, mod, "move", thread, category=dice.choice(self.places)),
            "reply": lambda: self.write(make.reply(dice.choice(self.people), thread)),
            "undo": lambda: back(make, mod, dice.choice(decisions[-3:] or [0])),
        }
        try:
            steps[dice.choice(["split", "split", "merge", "move", "undo", "undo", "reply"])]()
        except (Invalid, Conflict, NotFound):
            return False
        return True


@pytest.mark.parametrize("seed", range(4))
def test_permalinks_after_any_sequence(make: Make, seed: int) -> None:
    story = Story(make, seed)
    done = 0
    for _ in range(25):
        done += story.step()
        make.check_counters()
        check_moved(make, seed)
    assert done > 10, "most of it happened"
    check_permalinks(make, story.born, seed)


def test_two_merge_in_opposite_directions_at_once(make: Make) -> None:
    """They wait for each other: one wins, the other is told, no post is lost."""
    mods = [make.member(role="moderator") for _ in range(2)]
    for _ in range(4):
        refs = [make.thread(make.member(), make.category()) for _ in range(2)]
        for ref in refs:
            make.reply(make.member(), ref.thread_id)
        ids = [ref.thread_id for ref in refs]
        works = [
            lambda m=mods[0], a=ids[0], b=ids[1]: act(make, m, "merge", a, into=b),
            lambda m=mods[1], a=ids[1], b=ids[0]: act(make, m, "merge", a, into=b),
        ]
        errors = at_once(works)
        assert len(errors) == 1 and isinstance(errors[0], Invalid | Conflict), errors
        assert not isinstance(errors[0], ForumError) or errors[0].status in {409, 422}
        with make.core.db.read() as session:
            states = session.scalars(select(Thread.state).where(Thread.id.in_(ids))).all()
            assert sorted(states) == ["merged", "visible"]
            assert len(session.scalars(select(Post.id).where(Post.thread_id.in_(ids))).all()) == 4
    make.check_counters()
