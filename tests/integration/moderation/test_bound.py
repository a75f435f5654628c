"""Moderators of some categories only: bound by an administrator, and held to it everywhere."""

from typing import Any

import pytest
from sqlalchemy import select, update

from forum.accounts.models import Account
from forum.accounts.passwords import hash_password
from forum.audit.models import AuditEntry
from forum.categories.domain import CategoryInput, change, create
from forum.categories.models import Category
from forum.members.models import Member
from forum.moderation.models import CategoryModerator
from forum.outbox import Outbox
from tests.factories import Make
from tests.support.web import Browser

PASSWORD = "correct horse battery 9"


@pytest.fixture
def scene(make: Make) -> dict[str, Any]:
    """An administrator at the page of roles, a moderator, workshop > brakes, and a stage beside them."""
    ada, mod = make.member("ada", role="admin"), make.member("mod", role="moderator")
    with make.core.db.write() as session:
        session.execute(update(Account).values(password_hash=hash_password(PASSWORD)))
        for name, parent in (("workshop", ""), ("brakes", "workshop"), ("stage", "")):
            create(session, actor=ada, data=CategoryInput(name=name.title(), slug=name, parent=parent), now=make.now)
    browser = make.browser(ada)
    browser.get(f"/admin/roles/{mod.id}")
    anna = make.member("anna")
    threads = {slug: make.thread(anna, slug) for slug in ("workshop", "brakes", "stage")}
    return {"ada": ada, "mod": mod, "desk": browser, "anna": anna, "threads": threads}


def give(scene: dict[str, Any], **form: Any) -> Any:
    data = {"role": "moderator", "where": "some", "current_password": PASSWORD, **form}
    return scene["desk"].post(f"/admin/roles/{scene['mod'].id}", data)


def places(make: Make, scene: dict[str, Any]) -> set[str]:
    with make.core.db.read() as session:
        rows = select(Category.slug).join(CategoryModerator, CategoryModerator.category_id == Category.id)
        return set(session.scalars(rows.where(CategoryModerator.member_id == scene["mod"].id)))


def statuses(make: Make, scene: dict[str, Any], browser: Browser) -> dict[str, int]:
    return {
        slug: browser.get(f"/moderation/threads/{ref.thread_id}").status_code for slug, ref in scene["threads"].items()
    }


def test_binding_to_a_category_and_what_is_inside_it(make: Make, scene: dict[str, Any]) -> None:
    browser = make.browser(scene["mod"])
    assert set(statuses(make, scene, browser).values()) == {200}
    assert give(scene, places=["workshop"]).status_code == 303
    assert places(make, scene) == {"workshop", "brakes"} and make.get(Member, scene["mod"].id).bound
    assert statuses(make, scene, browser) == {"workshop": 200, "brakes": 200, "stage": 403}, "at once, still signed in"
    page = scene["desk"].get(f"/admin/roles/{scene['mod'].id}").text
    assert page.count(" checked") == 4, "role, where, and the two categories"
    with make.core.db.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "role.bound")).one()
        assert entry.subject_id == scene["mod"].id and '"categories":[1,2]' in entry.data.replace(" ", "")
        assert session.scalar(select(Outbox.id).where(Outbox.event == "AccessChanged")) is not None
    assert "Categories of a moderator changed" in scene["desk"].get("/moderation/log").text
    assert give(scene, where="all").status_code == 303
    assert places(make, scene) == set() and not make.get(Member, scene["mod"].id).bound
    assert set(statuses(make, scene, browser).values()) == {200}


def test_binding_to_nothing_is_refused(make: Make, scene: dict[str, Any]) -> None:
    for wanted in ([], ["nowhere"]):
        answer = give(scene, places=wanted)
        assert answer.status_code == 422 and "Choose one category at least" in answer.text
    assert give(scene, places=["stage"], current_password="wrong words 1").status_code == 422
    assert not make.get(Member, scene["mod"].id).bound


def test_another_role_ends_the_binding(make: Make, scene: dict[str, Any]) -> None:
    give(scene, places=["stage"])
    give(scene, role="manager", places=["stage"])
    row = make.get(Member, scene["mod"].id)
    assert (row.role, row.bound, places(make, scene)) == ("manager", False, set())


def test_new_and_moved_categories_inherit(make: Make, scene: dict[str, Any]) -> None:
    give(scene, places=["workshop"])
    with make.core.db.write() as session:
        pads = CategoryInput(name="Pads", slug="pads", parent="brakes")
        create(session, actor=scene["ada"], data=pads, now=make.now)
    assert places(make, scene) == {"workshop", "brakes", "pads"}
    with make.core.db.write() as session:
        brakes = session.scalars(select(Category.id).where(Category.slug == "brakes")).one()
        to_stage = CategoryInput(name="Brakes", slug="brakes", parent="stage")
        change(session, actor=scene["ada"], category_id=brakes, data=to_stage, now=make.now)
    assert places(make, scene) == {"workshop"}
    with make.core.db.write() as session:
        home = CategoryInput(name="Brakes", slug="brakes", parent="workshop")
        change(session, actor=scene["ada"], category_id=brakes, data=home, now=make.now)
    assert places(make, scene) == {"workshop", "brakes", "pads"}


def test_a_bound_moderator_moves_and_merges_only_within_bounds(make: Make, scene: dict[str, Any]) -> None:
    give(scene, places=["workshop"])
    browser, threads = make.browser(scene["mod"]), scene["threads"]
    here = f"/moderation/threads/{threads['workshop'].thread_id}"
    page = browser.get(here).text
    assert 'value="brakes"' in page and 'value="stage"' not in page
    assert browser.post(f"{here}/move", {"category": "stage"}).status_code == 422
    assert browser.post(f"{here}/merge", {"into": str(threads["stage"].thread_id)}).status_code == 422
    assert browser.post(f"{here}/move", {"category": "brakes"}).status_code == 303
    stage = f"/moderation/threads/{threads['stage'].thread_id}"
    assert [browser.post(f"{stage}/{act}").status_code for act in ("lock", "pin", "split")] == [403] * 3
    link = "/moderation/threads/"
    assert link in browser.get(threads["brakes"].url.partition("#")[0]).text
    assert link not in browser.get(threads["stage"].url.partition("#")[0]).text
