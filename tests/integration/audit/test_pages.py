"""`/moderation/log`: who sees which entries, the filters, the check."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update

from forum.audit import web
from forum.audit.domain import erase_details, write
from forum.audit.models import AuditEntry
from forum.categories.models import Category
from forum.db import Database
from forum.members.models import Member
from forum.moderation.models import CategoryModerator
from forum.policy.actors import Actor
from forum.web.core import Core
from tests.conftest import Clock
from tests.factories import Make
from tests.integration.audit.tampering import tampering

LOG = "/moderation/log"


def add(db: Database, clock: Clock, **entry: Any) -> int:
    with db.write() as session:
        return write(session, **{"action": "decision.made", "actor_id": None, "now": clock(), **entry})


def shown(answer: Any) -> list[int]:
    """The entries on a page, from above."""
    assert answer.status_code == 200, answer.text
    return [int(number) for number in re.findall(r'id="entry-(\d+)"', answer.text)]


def bind(db: Database, moderator: Actor, category_id: int) -> None:
    with db.write() as session:
        session.execute(update(Member).where(Member.id == moderator.id).values(bound=True))
        session.execute(insert(CategoryModerator).values(member_id=moderator.id, category_id=category_id))


def category(make: Make, db: Database, slug: str) -> int:
    make.category(slug)
    with db.read() as session:
        return session.scalars(select(Category.id).where(Category.slug == slug)).one()


@pytest.mark.parametrize(
    ("role", "status"), [("member", 403), ("team", 403), ("moderator", 200), ("manager", 200), ("admin", 200)]
)
def test_the_log_is_for_staff(make: Make, role: str, status: int) -> None:
    assert make.browser(make.member(role=role)).get(LOG).status_code == status


def test_a_guest_signs_in_first(make: Make) -> None:
    assert make.browser().get(LOG).headers["location"].startswith("/login")


def test_who_did_what_on_what(make: Make, db: Database, clock: Clock) -> None:
    teo, ada = make.member("teo", role="admin"), make.member("ada")
    officina = category(make, db, "officina")
    add(db, clock, action="role.changed", actor_id=teo.id, subject_id=ada.id, target=f"member:{ada.id}",
        data={"from": "member", "to": "moderator"})  # fmt: skip
    add(db, clock, actor_id=teo.id, subject_id=ada.id, target="post:7", data={
        "act": "hide", "reason": "spam", "until": clock() + timedelta(days=3), "category": officina,
    })  # fmt: skip
    add(db, clock, action="member.created", target="member:99", data={"by": "operator", "role": "admin"})
    add(db, clock, action="brand.new", actor_id=999, target="comet:7", data={"odd_key": "odd value"})
    page = make.browser(teo).get(LOG, headers={"Accept-Language": "en"})
    assert shown(page) == [4, 3, 2, 1]
    words = " ".join(re.sub(r"<[^>]+>", " ", page.text).split())
    for said in (
        "Role changed no. 1 Before: Member After: Moderator",
        "Decision made no. 2 Act: Hidden Reason: Spam or advertising",
        "Until: 24 Nov, 10:00", "Post 7 about Ada in Officina", "The operator, on the command line",
        "Role: Administrator", "brand.new no. 4 odd_key: odd value", "comet:7", "Member no. 999",
    ):  # fmt: skip
        assert said in words, said
    assert 'href="/p/7"' in page.text
    assert 'href="/u/ada"' in page.text


def test_words_about_people_are_for_managers_and_for_whoever_wrote_them(make: Make, db: Database, clock: Clock) -> None:
    mod, other, boss = make.member(role="moderator"), make.member(role="moderator"), make.member(role="manager")
    add(db, clock, actor_id=mod.id, details={"explanation": "CANARY one"})
    add(db, clock, actor_id=other.id, details={"explanation": "CANARY two"})
    seen = {who.id: re.findall(r"CANARY (\w+)", make.browser(who).get(LOG).text) for who in (mod, other, boss)}
    assert seen == {mod.id: ["one"], other.id: ["two"], boss.id: ["two", "one"]}
    with db.write() as session:
        erase_details(session, entry_ids=[1], actor_id=boss.id, now=clock())
    for who, erased in ((mod, 1), (other, 0), (boss, 1)):
        page = make.browser(who).get(LOG).text
        assert "CANARY one" not in page
        assert page.count("The words were erased.") == erased


def test_a_bound_moderator_reads_their_categories_and_their_own_acts(make: Make, db: Database, clock: Clock) -> None:
    mod, boss = make.member("mod", role="moderator"), make.member(role="manager")
    here, there = category(make, db, "here"), category(make, db, "there")
    bind(db, mod, here)
    add(db, clock, actor_id=boss.id, data={"category": here})
    add(db, clock, actor_id=boss.id, data={"category": there})
    add(db, clock, actor_id=boss.id, action="site.changed")
    add(db, clock, actor_id=mod.id, data={"category": there})
    assert shown(make.browser(mod).get(LOG)) == [4, 1]
    assert shown(make.browser(boss).get(LOG)) == [4, 3, 2, 1]


@pytest.mark.parametrize("role", ["moderator", "manager", "admin"])
def test_nobody_reads_what_others_wrote_about_them(make: Make, db: Database, clock: Clock, role: str) -> None:
    me, other = make.member("me", role=role), make.member(role="admin")
    add(db, clock, action="case.claimed", actor_id=other.id, subject_id=me.id)
    add(db, clock, action="case.claimed", actor_id=me.id, subject_id=other.id)
    add(db, clock, action="token.created", actor_id=me.id, subject_id=me.id)
    assert shown(make.browser(me).get(LOG)) == [3, 2]
    assert shown(make.browser(me).get(f"{LOG}?action=case.claimed")) == [2]
    assert shown(make.browser(other).get(LOG)) == [3, 1]


def test_filters(make: Make, db: Database, clock: Clock) -> None:
    teo, ada = make.member("teo", role="admin"), make.member("ada", role="moderator")
    add(db, clock, action="site.changed", actor_id=teo.id)
    clock.forward(days=1)
    add(db, clock, action="case.claimed", actor_id=ada.id)
    clock.forward(hours=13, minutes=30)  # 23:30 in Rome, still the same day there
    add(db, clock, action="case.claimed", actor_id=teo.id)
    clock.forward(hours=1)
    add(db, clock, action="case.released", actor_id=ada.id)
    browser = make.browser(teo)
    for query, entries in (
        ("actor=@Ada", [4, 2]), ("action=case.claimed", [3, 2]), ("actor=teo&action=case.claimed", [3]),
        ("since=2026-11-22", [4, 3, 2]), ("until=2026-11-22", [3, 2, 1]), ("since=2026-11-22&until=2026-11-22", [3, 2]),
        ("until=2026-11-20", []), ("action=no.such", []), ("after=nonsense", [4, 3, 2, 1]),
        ("since=1971-01-01&until=2999-12-31", [4, 3, 2, 1]),
    ):  # fmt: skip
        assert shown(browser.get(f"{LOG}?{query}")) == entries, query
    for query, said in (
        ("actor=nobody", "Nobody here is called “nobody”."), ("since=yesterday", "like 2026-11-21"),
        ("until=2026-13-01", "like 2026-11-21"), ("until=9999-12-31", "like 2026-11-21"),
    ):  # fmt: skip
        answer = browser.get(f"{LOG}?{query}")
        assert answer.status_code == 422
        assert said in answer.text
        assert "entry-1" not in answer.text


def test_pages_go_on_where_the_last_one_ended(make: Make, db: Database, clock: Clock) -> None:
    teo = make.member("teo", role="admin")
    with db.write() as session:
        for number in range(90):
            write(session, action="site.changed" if number % 2 else "case.claimed", actor_id=teo.id, now=clock())
    browser, seen, url = make.browser(teo), list[int](), f"{LOG}?action=site.changed"
    while url:
        page = browser.get(url)
        seen += shown(page)
        older = re.search(r'rel="next" href="([^"]+)"', page.text)
        url = older[1].replace("&amp;", "&") if older else ""
        add(db, clock, action="site.changed", actor_id=teo.id)  # what is written meanwhile moves nothing
    assert seen == list(range(90, 0, -2))


def test_an_administrator_has_it_checked(make: Make, db: Database, clock: Clock, core: Core) -> None:
    teo, mod = make.member("teo", role="admin"), make.member(role="moderator")
    add(db, clock, actor_id=teo.id)
    browser = make.browser(teo)
    assert "Nobody has done so" in browser.get(LOG).text
    assert make.browser(mod).post(f"{LOG}/checks").status_code == 403
    assert browser.post(f"{LOG}/checks").status_code == 303
    page = browser.get(LOG)
    assert "Checked: 1 entry holds." in page.text
    assert "Checked, and 1 entry holds." in page.text
    assert shown(page) == [2, 1]
    assert "Check now" not in make.browser(mod).get(LOG).text
    with tampering(db) as session:
        session.execute(text("UPDATE audit_entries SET actor_id = 77 WHERE id = 1"))
    assert browser.post(f"{LOG}/checks").status_code == 303
    page = browser.get(LOG)
    assert page.text.count("The log does not hold from entry 1 on.") == 2
    assert shown(page) == [3, 2, 1]


def test_a_long_log_is_checked_in_the_background(
    make: Make, db: Database, clock: Clock, core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    teo = make.member("teo", role="admin")
    add(db, clock, actor_id=teo.id)
    monkeypatch.setattr(web, "AT_ONCE", 0)
    browser = make.browser(teo)
    browser.get(LOG)
    assert browser.post(f"{LOG}/checks").status_code == 303
    assert "is being checked" in browser.get(LOG).text
    with db.read() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["decision.made"]
    assert core.worker
    core.worker.drain()
    assert "Checked, and 1 entry holds." in browser.get(LOG).text


def test_a_log_that_takes_no_entry_any_more_says_so(make: Make, db: Database, clock: Clock) -> None:
    teo = make.member("teo", role="admin")
    add(db, clock, actor_id=teo.id)
    with tampering(db) as session:
        session.execute(text("UPDATE audit_head SET entry_id = 0"))
    browser = make.browser(teo)
    browser.get(LOG)
    assert browser.post(f"{LOG}/checks").status_code == 303
    assert "does not hold from entry 1 on" in browser.get(LOG).text
