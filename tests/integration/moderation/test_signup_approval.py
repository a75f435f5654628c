"""Where a moderator looks at new accounts first: the sign-up waits, is let in or turned down, and hears by mail."""

import re

import pytest
from sqlalchemy import select, update

from forum.accounts.models import Account, SignIn, Signup
from forum.categories.models import Site
from forum.errors import Conflict, NotFound
from forum.members.models import Member
from forum.moderation.domain.signups import decide_signup
from forum.moderation.models import Case
from forum.policy.actors import Actor


@pytest.fixture
def moderator(make, db) -> Actor:
    with db.write() as session:
        site = session.get(Site, 1) or Site(id=1)
        site.approve_signups = True
        session.add(site)
    return make.member("nadia", role="moderator")


def sign_up(make, mailbox, name="gina"):
    browser = make.browser(language="it")
    browser.get("/signup")
    form = {"name": name, "email": f"{name}@example.org", "password": "una-salita-lunga", "display_name": ""}
    assert browser.post("/signup", form).status_code == 303
    make.drain()
    path = re.findall(r"/verify/\S+", mailbox.to(f"{name}@example.org")[0].text)[0]
    mark = re.findall(r'name="mark" value="(\w+)"', browser.get(path).text)[0]
    browser.confirmation = {"email": f"{name}@example.org", "mark": mark}
    return browser, browser.post(path, browser.confirmation), path


def decide(make, actor, action, **more):
    with make.core.db.write() as session:
        case = session.scalar(select(Case).where(Case.target_type == "signup"))
        return decide_signup(
            session, actor=actor, case_id=case.id, version=case.version, action=action, now=make.now, **more
        )


def test_a_confirmed_signup_waits_and_is_let_in(make, db, mailbox, moderator):
    browser, answer, path = sign_up(make, mailbox)
    assert answer.status_code == 200 and "Un ultimo passo" in answer.text
    make.drain()
    with db.read() as session:
        assert session.scalar(select(Member.id).where(Member.name == "gina")) is None
        assert session.scalar(select(SignIn.id)) is None
        case = session.scalar(select(Case))
        assert (case.target_type, case.state, case.held, case.subject_id) == ("signup", "open", True, None)
    assert browser.post(path).status_code == 410, "the link is spent"
    again = browser.post(path, browser.confirmation)
    assert again.status_code == 200 and "Un ultimo passo" in again.text, "a second click of whoever had the page open"
    member = decide(make, moderator, "approve")
    make.drain()
    with db.read() as session:
        assert session.get(Member, member).name == "gina" and session.get(Account, member).password_hash
        assert session.scalar(select(Signup.id)) is None
        assert session.scalar(select(Case.state)) == "resolved"
    mail = mailbox.to("gina@example.org")[-1]
    assert ("/login" in mail.text and "Benvenuto" in mail.text + mail.subject) or "aperto" in mail.text + mail.subject
    login = make.browser()
    login.get("/login")
    assert login.post("/login", {"login": "gina", "password": "una-salita-lunga"}).status_code == 303


def test_a_signup_is_turned_down_and_nothing_is_kept(make, db, mailbox, moderator):
    sign_up(make, mailbox)
    make.drain()
    assert decide(make, moderator, "reject", explanation="We only take members of the club.") == 0
    make.drain()
    with db.read() as session:
        assert session.scalar(select(Signup.id)) is None
        assert session.scalar(select(Member.id).where(Member.name == "gina")) is None
    assert "We only take members of the club." in mailbox.to("gina@example.org")[-1].text
    with pytest.raises(Conflict):
        decide(make, moderator, "approve")


def test_not_for_bound_moderators_nor_twice(make, db, mailbox, moderator):
    sign_up(make, mailbox)
    make.drain()
    make.drain()
    bound = Actor(id=moderator.id, role="moderator", bound=True)
    with pytest.raises(NotFound):
        decide(make, bound, "approve")
    with db.write() as session:
        session.execute(update(Case).values(version=7))
        case = session.scalar(select(Case))
        with pytest.raises(Conflict):
            decide_signup(session, actor=moderator, case_id=case.id, version=6, action="approve", now=make.now)
