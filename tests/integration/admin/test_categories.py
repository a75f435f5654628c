"""The manager's desk: categories."""

import re
from typing import Any

import pytest
from sqlalchemy import select

from forum.categories import domain
from forum.categories.domain import CategoryInput
from forum.categories.models import Category
from forum.categories.queries import house
from forum.db import Database
from forum.errors import Conflict, Forbidden, Invalid, NotFound
from forum.outbox import Outbox
from forum.policy.actors import Actor
from tests.factories import Make
from tests.support.web import Browser

FORM = {
    "name": "Officina",
    "visibility": "public",
    "who_starts": "member",
    "who_replies": "member",
    "colour": "#5a6b7a",
}


@pytest.fixture
def rita(make: Make) -> Actor:
    """The manager."""
    return make.member("rita", role="manager")


@pytest.fixture
def desk(make: Make, rita: Actor) -> Browser:
    """The manager's browser."""
    browser = make.browser(rita)
    browser.get("/manage/categories")
    return browser


def slugs(db: Database) -> list[tuple[int, str]]:
    with db.read() as session:
        return [(one.depth, one.slug) for one in house(session).categories]


def add(db: Database, actor: Actor, now: Any, name: str, **more: str) -> int:
    with db.write() as session:
        return domain.create(session, actor=actor, data=CategoryInput(name=name, **more), now=now).id


def test_a_category_is_made_changed_and_removed(desk: Browser, db: Database, make: Make) -> None:
    assert "Make a category" in desk.get("/manage/categories").text
    desk.get("/manage/categories/new")
    answer = desk.post("/manage/categories", {**FORM, "description": "Repairs."}, follow=True)
    assert answer.status_code == 200 and "Officina" in answer.text and slugs(db) == [(0, "officina")]
    category = make.get(Category, 1)
    form = desk.get("/manage/categories/1/edit").text
    assert 'value="officina"' in form and "Repairs." in form and category.description == "Repairs."
    desk.post("/manage/categories/1/edit", {**FORM, "slug": "garage", "name": "Garage", "visibility": "members"})
    assert (make.get(Category, 1).slug, make.get(Category, 1).visibility) == ("garage", "members")
    assert desk.get("/manage/categories/1/remove").status_code == 200
    assert "is gone" in desk.post("/manage/categories/1/remove", follow=True).text
    assert slugs(db) == []


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"name": ""}, "Name"),
        ({"slug": "Not So"}, "Address"),
        ({"colour": "red"}, "Colour"),
        ({"parent": "x"}, "Stands inside"),
    ],
)
def test_a_wrong_form_comes_back_as_it_was(desk: Browser, db: Database, change: dict[str, str], label: str) -> None:
    answer = desk.post("/manage/categories", {**FORM, "description": "Kept words", **change})
    assert answer.status_code == 422 and "Kept words" in answer.text and "<title>Error:" in answer.text
    assert re.search(rf'<a href="#\w+">{label}</a>', answer.text) and slugs(db) == []


def test_order_is_changed_by_buttons_with_and_without_scripts(
    desk: Browser, db: Database, rita: Actor, clock: Any
) -> None:
    ids = [add(db, rita, clock(), name) for name in ("One", "Two", "Three")]
    inner = [add(db, rita, clock(), name, parent="two") for name in ("A", "B")]
    assert desk.post(f"/manage/categories/{ids[2]}/up").status_code == 303
    moved = desk.post(f"/manage/categories/{inner[0]}/down", htmx=True)
    assert moved.status_code == 200 and "<html" not in moved.text and 'id="tree"' in moved.text
    assert "data-announce" in moved.text
    assert slugs(db) == [(0, "one"), (0, "three"), (0, "two"), (1, "b"), (1, "a")]
    desk.post(f"/manage/categories/{ids[0]}/up")
    assert slugs(db)[0] == (0, "one")


def test_narrowing_a_category_narrows_what_is_inside_and_says_so(
    db: Database, rita: Actor, clock: Any, make: Make
) -> None:
    top = add(db, rita, clock(), "Top")
    inner = add(db, rita, clock(), "Inner", parent="top")
    deep = add(db, rita, clock(), "Deep", parent="inner", visibility="staff")
    with db.write() as session:
        narrow = CategoryInput(name="Top", visibility="members")
        domain.change(session, actor=rita, category_id=top, data=narrow, now=clock())
    assert [make.get(Category, one).visibility for one in (top, inner, deep)] == ["members", "members", "staff"]
    with db.write() as session:
        domain.change(
            session, actor=rita, category_id=top, data=CategoryInput(name="Top", visibility="public"), now=clock()
        )
    assert [make.get(Category, one).visibility for one in (top, inner, deep)] == ["public", "members", "staff"]
    with db.read() as session:
        told = session.scalars(select(Outbox.payload).where(Outbox.job == "notifications.recheck")).all()
    assert len(told) == 3 and sum(f'"category_id":{inner}' in payload for payload in told) == 1


def test_the_tree_stays_a_tree(db: Database, rita: Actor, clock: Any) -> None:
    ids = [add(db, rita, clock(), "L1")]
    ids += [add(db, rita, clock(), f"L{n}", parent=f"l{n - 1}") for n in range(2, domain.MAX_DEPTH + 1)]

    def refused(action: Any) -> set[str]:
        with pytest.raises(Invalid) as caught, db.write() as session:
            action(session)
        return set(caught.value.fields)

    def hang(which: int, below: str) -> Any:
        data = CategoryInput(name="Moved", slug=f"moved-{which}", parent=below)
        return lambda s: domain.change(s, actor=rita, category_id=ids[which], data=data, now=clock())

    assert refused(hang(0, "l1")) == refused(hang(0, "l3")) == {"parent"}
    too_deep = CategoryInput(name="L5", parent="l4")
    assert refused(lambda s: domain.create(s, actor=rita, data=too_deep, now=clock())) == {"parent"}
    add(db, rita, clock(), "Other")
    assert refused(hang(0, "other")) == {"parent"}


def test_only_what_is_empty_goes(db: Database, desk: Browser, make: Make, rita: Actor, clock: Any) -> None:
    top = add(db, rita, clock(), "Top")
    add(db, rita, clock(), "Inner", parent="top")
    with pytest.raises(Conflict), db.write() as session:
        domain.remove(session, actor=rita, category_id=top, now=clock())
    thread = make.thread(make.member(), "inner")
    make.state(thread, "deleted", thread=True)
    answer = desk.post("/manage/categories/2/remove")
    assert answer.status_code == 409 and "perhaps deleted ones" in answer.text
    assert len(slugs(db)) == 2


@pytest.mark.parametrize("role", ["member", "team", "moderator"])
def test_others_are_refused(make: Make, role: str, db: Database, clock: Any) -> None:
    actor = make.member(role=role)
    browser, slug = make.browser(actor), make.category()
    browser.get("/")
    for path in ("/manage", "/manage/categories", "/manage/categories/new", "/manage/categories/1/edit"):
        assert browser.get(path).status_code == 403, path
    for path in ("", "/1/edit", "/1/up", "/1/down", "/1/remove"):
        assert browser.post(f"/manage/categories{path}", FORM).status_code == 403, path
    assert slugs(db) == [(0, slug)]
    with pytest.raises(Forbidden), db.write() as session:
        domain.move(session, actor=actor, category_id=1, step=1, now=clock())


def test_a_guest_is_led_to_the_sign_in_page(client: Browser) -> None:
    assert client.get("/manage/categories").headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("which", [0, -1, 999, 2**63])
def test_ids_that_are_not_there(db: Database, desk: Browser, rita: Actor, clock: Any, which: int) -> None:
    assert desk.get(f"/manage/categories/{which}/edit").status_code == 404
    assert desk.post(f"/manage/categories/{which}/up").status_code == 404
    with pytest.raises(NotFound), db.write() as session:
        domain.remove(session, actor=rita, category_id=which, now=clock())
