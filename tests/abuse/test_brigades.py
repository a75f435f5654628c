"""What the rest of the thousand do: report together, and have mail sent to people who did not ask for it."""

import pytest
from sqlalchemy import func, select

from forum.errors import TooMany
from forum.moderation import domain as moderation
from forum.moderation.domain.acts import Act
from forum.moderation.models import Case, Report
from forum.threads.models import Post

pytestmark = pytest.mark.slow
BRIGADE = 50


def written(make, clock, author, thread, count):
    """So many honest answers, as slowly as people write."""
    posts = []
    for number in range(count):
        clock.forward(minutes=5)
        posts.append(make.reply(author, thread.thread_id, f"An honest answer, number {number}."))
    return posts


def test_a_brigade_hides_nothing_and_loses_its_weight(core, make, clock):
    """Fifty new members report eight honest posts: no post changes, one case each, and who was wrong is heard less."""
    author, moderator = make.member("anna"), make.member("mario", role="moderator")
    thread = make.thread(author)
    posts = written(make, clock, author, thread, 8)
    brigade = [make.member(f"brigade{number}") for number in range(BRIGADE)]
    scores = []
    for post in posts:
        for member in brigade:
            with core.db.write() as session:
                moderation.report(
                    session, actor=member, target_type="post", target_id=post.id, reason="hate", now=make.now
                )
        with core.db.write() as session:
            case = session.scalars(select(Case).where(Case.target_id == post.id)).one()
            scores.append(case.score)
            assert session.get_one(Post, post.id).state == "visible"
            assert case.report_count == BRIGADE
            moderation.decide(
                session, actor=moderator, case_id=case.id, version=case.version, now=make.now,
                act=Act(action="dismiss"),
            )  # fmt: skip
    print(f"\nscore of a brigade's case: {scores[0]} at first, {scores[-1]} after seven dismissals")
    assert scores[-1] < scores[0] / 3
    assert scores == sorted(scores, reverse=True)


def test_reports_are_rationed(core, make, clock):
    author, angry = make.member("anna"), make.member("bruno")
    thread = make.thread(author)
    posts = written(make, clock, author, thread, 20)
    refused = 0
    for post in posts:
        try:
            with core.db.write() as session:
                moderation.report(
                    session, actor=angry, target_type="post", target_id=post.id, reason="spam", now=make.now
                )
        except TooMany:
            refused += 1
    assert refused == 5
    with core.db.read() as session:
        assert session.scalar(select(func.count()).select_from(Report)) == 15


def test_nobody_is_bombed_with_mail(core, make, mailbox):
    """An address that is entered into our forms again and again gets a handful of mails, not hundreds."""
    make.member("victim")
    for number in range(60):
        browser = make.browser()
        browser.get("/signup")
        browser.post("/forgot", {"email": "victim@example.org"})
        browser.get("/signup")
        browser.post(
            "/signup",
            {"name": f"ghost{number}", "email": "victim@example.org", "password": "una frase lunga davvero 93"},
        )
    make.drain()
    mails = mailbox.to("victim@example.org")
    print(f"\nmails after 60 sign-ups and 60 forgotten passwords for one address: {len(mails)}")
    assert 1 <= len(mails) <= 10
