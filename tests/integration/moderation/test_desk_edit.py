"""Changing the text of a reported post from its case, plain words in the queue, blocks against one-time links."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import func, select

from forum.categories.models import Category
from forum.errors import Conflict, Invalid
from forum.moderation.domain import Act, decide
from forum.moderation.models import Block, Case, CategoryModerator, Decision, Report, Statement
from forum.threads import domain as threads
from forum.threads.compose import compose
from forum.threads.models import Post, Revision
from tests.conftest import Clock, Mailbox
from tests.factories import Make
from tests.integration.accounts.steps import OTHER, PASSWORD, SIGNUP, account, link_in, sign_in, signed_in
from tests.integration.moderation.stage import WHY, Stage, set_stage

OLD, NEW = "CANARYwords *of the author*", "CANARYmilder *of the author*"


@pytest.fixture
def stage(make: Make, clock: Clock) -> Stage:
    """The author's post is an hour old, and reported."""
    stage = set_stage(make)
    clock.forward(hours=1)
    stage.report()
    return stage


def case_of(stage: Stage) -> Case:
    with stage.make.core.db.read() as session:
        return session.scalars(select(Case)).one()


def form(stage: Stage, **more: str) -> dict[str, str]:
    """As a browser sends it that has just loaded the case, with other words in the text."""
    page = stage.make.browser(stage.mod).get(path(stage)).text
    hidden = {name: re.search(rf'name="{name}" value="(\d+)"', page) for name in ("version", "post_version")}
    shown = {name: found[1] for name, found in hidden.items() if found}
    assert len(shown) == 2, "the form holds both versions"
    return {"action": "edit", "text": NEW, "edit_reason": "An  insult\ntaken out", **shown, **WHY, **more}


def path(stage: Stage) -> str:
    return f"/moderation/cases/{case_of(stage).id}"


def typed(page: str, name: str) -> str:
    """What stands in a text area."""
    found = re.search(rf'<textarea[^>]* name="{name}"[^>]*>\n(.*?)</textarea>', page, re.S)
    assert found, name
    return unescape(found[1])


def rewrite(stage: Stage, words: str) -> None:
    """The author edits the post."""
    with stage.make.core.db.read() as session:
        draft = compose(session, words)
    with stage.make.core.db.write() as session:
        threads.edit(
            session, actor=stage.author, post_id=stage.post.id, draft=draft, version=None, now=stage.make.now
        )  # fmt: skip


def test_the_form_holds_the_posts_markdown(stage: Stage) -> None:
    page = stage.make.browser(stage.mod).get(path(stage)).text
    assert 'data-act="edit"' in page and typed(page, "text") == OLD
    assert 'name="post_version" value="1"' in page


def test_a_dry_run_shows_the_words_that_change_and_changes_none(stage: Stage) -> None:
    desk = stage.make.browser(stage.mod)
    page = desk.post(f"{path(stage)}/decide?look=1", form(stage))
    assert page.status_code == 200 and "The post reads differently" in page.text
    would = page.text.partition('id="dry-run"')[2]
    assert re.search(r"<del>CANARYwords</del><ins>CANARYmilder</ins> \*of the author\*", would), would
    assert typed(page.text, "text") == NEW and "An  insult" in page.text
    post = stage.make.get(Post, stage.post.id)
    assert (post.source, post.version) == (OLD, 1) and case_of(stage).state == "open"


def test_the_text_is_changed_told_kept_and_put_back(stage: Stage) -> None:
    desk, case = stage.make.browser(stage.mod), path(stage)
    answer = desk.post(f"{case}/decide", form(stage, text=f"\r\n{NEW}\r\n"))
    assert (answer.status_code, answer.headers["location"]) == (303, case)
    post = stage.make.get(Post, stage.post.id)
    assert post.source == NEW and "<em>of the author</em>" in post.html and "CANARYmilder" in post.html
    assert (post.edit_reason, post.editor_id) == ("An insult taken out", stage.mod.id)
    with stage.make.core.db.read() as session:
        decision = session.scalars(select(Decision)).one()
        statement = session.scalars(select(Statement)).one()
        assert session.scalar(select(Report.state)) == "upheld"
    assert statement.member_id == stage.author.id and statement.content == OLD, "the words it is about, as they were"
    told = stage.make.browser(stage.author).get(f"/decisions/{decision.id}").text
    assert "We changed the text of a post of yours" in told and "CANARYwhy" in told and "CANARYmod" not in told
    history = stage.make.browser(stage.author).get(f"/posts/{stage.post.id}/history").text
    assert "Written by the moderation team" in history and "An insult taken out" in history
    assert "CANARYmod" not in history
    assert "Text edited" in desk.get(case).text
    assert desk.post(f"/moderation/decisions/{decision.id}/undo", {}).status_code == 303
    post = stage.make.get(Post, stage.post.id)
    assert (post.source, post.edited_at, post.editor_id, post.edit_reason) == (OLD, None, None, "")
    with stage.make.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Revision)) == 0
    assert case_of(stage).state == "open" and typed(desk.get(case).text, "text") == OLD


@pytest.mark.parametrize("look", ["", "?look=1"])
def test_an_edit_by_the_author_meanwhile_is_noticed(stage: Stage, look: str) -> None:
    desk, sent = stage.make.browser(stage.mod), form(stage, body="NOTE", to_reporters="Thanks")
    rewrite(stage, "THEIRS & nothing of before")
    assert stage.make.get(Case, case_of(stage).id).version == int(sent["version"]), "the case does not tell"
    page = desk.post(f"{path(stage)}/decide{look}", sent)
    assert page.status_code == 409 and "The post was changed while you were writing" in page.text
    assert typed(page.text, "text") == NEW and typed(page.text, "theirs") == "THEIRS & nothing of before"
    assert "<del>THEIRS" in page.text and "<ins>CANARYmilder" in page.text
    for words in ("CANARYwhy", "NOTE", "Thanks", "An  insult"):
        assert words in page.text, words
    assert stage.make.get(Post, stage.post.id).source == "THEIRS & nothing of before"
    assert case_of(stage).state == "open"
    with stage.make.core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Decision)) == 0
    fresh = re.search(r'name="post_version" value="(\d+)"', page.text)
    assert fresh and fresh[1] != sent["post_version"]
    again = desk.post(f"{path(stage)}/decide", {**sent, "post_version": fresh[1]})
    assert again.status_code == 303, "who has seen both may put theirs in its place"
    assert stage.make.get(Post, stage.post.id).source == NEW


def test_the_check_belongs_to_the_domain(stage: Stage) -> None:
    with stage.make.core.db.read() as session:
        draft = compose(session, NEW)
    rewrite(stage, "THEIRS")
    act = Act(action="edit", draft=draft, post_version=1, **WHY)
    with pytest.raises(Conflict) as refused, stage.make.core.db.write() as session:
        decide(
            session, actor=stage.mod, act=act, target_type="post", target_id=stage.post.id, now=stage.make.now
        )  # fmt: skip
    assert refused.value.current == "THEIRS"
    assert stage.make.get(Post, stage.post.id).source == "THEIRS"


def test_a_form_without_the_posts_version_is_not_believed(stage: Stage) -> None:
    sent = form(stage, post_version="")
    page = stage.make.browser(stage.mod).post(f"{path(stage)}/decide", sent)
    assert page.status_code == 409 and typed(page.text, "text") == NEW
    assert stage.make.get(Post, stage.post.id).source == OLD


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "Write something first."), (OLD, "Change something first."), ("x" * 33_000, "characters too long")],
)
def test_what_is_wrong_with_the_text_is_said_beside_it(stage: Stage, text: str, said: str) -> None:
    page = stage.make.browser(stage.mod).post(f"{path(stage)}/decide", form(stage, text=text, body="NOTE"))
    assert page.status_code == 422 and said in unescape(page.text) and 'href="#text"' in page.text
    assert typed(page.text, "text") == text and typed(page.text, "body") == "NOTE"
    assert 'href="#body"' not in page.text, "the note is another field"


def test_other_steps_keep_the_typed_text_and_the_version_it_began_from(stage: Stage) -> None:
    desk, sent = stage.make.browser(stage.mod), form(stage)
    rewrite(stage, "THEIRS")
    for step, more in (("claim", {}), ("notes", {"body": "NOTE"}), ("decide", {"fill": "1", "canned": "1"})):
        page = desk.post(f"{path(stage)}/{step}", {**sent, **more})
        assert page.status_code == 200 and typed(page.text, "text") == NEW, step
        assert 'name="post_version" value="1"' in page.text, step
        sent["version"] = str(case_of(stage).version)
    assert desk.post(f"{path(stage)}/decide", sent).status_code == 409


def test_words_are_not_lost_when_the_post_cannot_be_edited_any_more(stage: Stage) -> None:
    desk, sent = stage.make.browser(stage.mod), form(stage)
    with stage.make.core.db.write() as session:
        threads.delete(session, actor=stage.author, post_id=stage.post.id, now=stage.make.now)
    page = desk.post(f"{path(stage)}/decide", sent)
    assert page.status_code == 409 and 'data-act="edit"' not in page.text
    assert "The text you had written" in page.text and NEW in page.text
    again = desk.post(f"{path(stage)}/decide", {**sent, "post_version": "2", "version": str(case_of(stage).version)})
    assert again.status_code == 409 and stage.make.get(Post, stage.post.id).source == OLD
    stage.decide("dismiss", who="boss")
    page = desk.post(f"{path(stage)}/decide", sent)
    assert page.status_code == 409 and "The text you had written" in page.text and NEW in page.text


def test_it_is_for_cases_about_posts(stage: Stage) -> None:
    thread = stage.report(kind="thread", row_id=stage.thread.thread_id, who="second").case_id
    desk = stage.make.browser(stage.mod)
    page = desk.get(f"/moderation/cases/{thread}").text
    assert 'data-act="edit"' not in page and 'name="post_version"' not in page
    version = str(stage.make.get(Case, thread).version)
    sent = {"action": "edit", "text": NEW, "post_version": "1", "version": version, **WHY}
    refused = desk.post(f"/moderation/cases/{thread}/decide", sent)
    assert refused.status_code == 422 and "Choose what to do." in refused.text
    bound = stage.make.member("bound", role="moderator", bound=True)
    elsewhere = stage.make.category("there")
    with stage.make.core.db.write() as session:
        place = session.scalar(select(Category.id).where(Category.slug == elsewhere))
        session.add(CategoryModerator(member_id=bound.id, category_id=place))
    with stage.make.core.db.read() as session:
        case = session.scalars(select(Case).where(Case.target_type == "post")).one()
    answer = stage.make.browser(bound).post(f"/moderation/cases/{case.id}/decide", sent)
    assert answer.status_code == 404 and "CANARYwords" not in answer.text and "CANARYtitle" not in answer.text
    assert stage.make.browser(stage.author).post(f"/moderation/cases/{case.id}/decide", sent).status_code == 403
    assert stage.make.get(Post, stage.post.id).source == OLD


def test_an_edit_of_what_nobody_sees_is_refused(stage: Stage) -> None:
    with stage.make.core.db.read() as session:
        draft = compose(session, NEW)
    stage.decide("hide")
    for version in (None, 2):
        with pytest.raises(Conflict):
            stage.decide("edit", draft=draft, post_version=version)
    with pytest.raises((Conflict, Invalid)):
        stage.decide("edit")


# -- the queue ------------------------------------------------------------------------------------------------------


def test_the_queue_shows_plain_words(make: Make) -> None:
    stage = set_stage(make)
    words = 'It **brakes** [badly](https://x.example/a "t") & `so` does\n\n> mine\n\n- one\n'
    ref = make.reply(stage.author, stage.thread.thread_id, words)
    stage.report(row_id=ref.id)
    queue = make.browser(stage.mod).get("/moderation").text
    shown = re.search(r'<span class="excerpt">(.*?)</span>', queue, re.S)
    assert shown and unescape(shown[1]) == "It brakes badly & so does mine one"


def test_an_excerpt_of_a_long_post_is_cut_between_words(make: Make) -> None:
    stage = set_stage(make)
    links = " ".join(f"[w{n}](https://long.example/{'p' * 400}{n})" for n in range(40))
    ref = make.reply(stage.author, stage.thread.thread_id, links)
    stage.report(row_id=ref.id)
    queue = make.browser(stage.mod).get("/moderation").text
    shown = re.search(r'<span class="excerpt">(.*?)</span>', queue, re.S)
    assert shown and re.fullmatch(r"w0( w\d+)+…?", shown[1]), "a tag that was cut off leaves nothing behind"


# -- blocks and one-time links --------------------------------------------------------------------------------------


def blockade(make: Make, kind: str, value: str) -> None:
    with make.core.db.write() as session:
        session.add(Block(kind=kind, value=value, created_at=make.now, until=make.now + timedelta(hours=1)))


def test_a_password_by_link_lets_nobody_in_from_a_blocked_network(make: Make, mailbox: Mailbox, clock: Any) -> None:
    account(make, "nadia")
    browser = make.browser()
    browser.get("/password/forgot")
    browser.post("/password/forgot", {"email": "nadia@example.org"})
    make.drain()
    link = link_in(mailbox, "nadia@example.org")
    blockade(make, "address", "127.0.0.0/8")
    browser.get(link)
    refused = browser.post(link, {"password": OTHER})
    assert refused.status_code == 422 and "from your network" in refused.text and not signed_in(browser)
    clock.forward(minutes=70)
    assert sign_in(make.browser(), "nadia", PASSWORD).status_code == 303, "the password is as it was"
    assert browser.post(link, {"password": OTHER}).status_code == 303, "the link is still good"
    assert signed_in(browser)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("address", "127.0.0.0/8", "from your network"), ("mail", "nadia@posta.example", "with this address"),
        ("domain", "posta.example", "with this address"),
    ],
)  # fmt: skip
def test_a_sign_up_ends_where_a_block_was_set_meanwhile(
    make: Make, mailbox: Mailbox, clock: Any, kind: str, value: str, said: str
) -> None:
    browser = make.browser()
    browser.get("/signup")
    assert browser.post("/signup", {**SIGNUP, "guidelines": "1"}).status_code == 303
    make.drain()
    link = link_in(mailbox, SIGNUP["email"])
    blockade(make, kind, value)
    browser.get(link)
    refused = browser.post(link, {})
    assert refused.status_code == 403 and said in refused.text and not signed_in(browser)
    clock.forward(minutes=70)
    assert browser.post(link, {}).status_code == 303 and signed_in(browser), "the link is still good"
