"""GET /api/v1/search, as the contract has it."""

from datetime import UTC, datetime

import pytest

from tests.support.search import engine, index, lose


@pytest.fixture
def world(make):
    make.nina = make.member("nina", role="moderator")  # whom no quota slows
    make.category("place")
    make.category("inner", visibility="members")
    make.ref = make.thread(make.nina, "place", title="Chain skips", body="The **chain** skips on the smallest.")
    for number in range(6):
        make.reply(make.nina, make.ref.thread_id, f"Chain answer {number}.")
    make.thread(make.nina, "inner", title="Chain of members", body="A chain for members.")
    index(make)
    return make


def found(browser, query, **headers):
    return browser.http.get(f"/api/v1/search?{query}", headers=headers)


def test_the_shape_of_a_hit(world, client):
    answer = found(client, "q=smallest").json()
    [hit] = answer["items"]
    assert answer["next"] is None
    assert hit | {"score": 0} == {
        "type": "thread", "thread_id": world.ref.thread_id, "post_id": world.ref.id, "number": 1,
        "title": "Chain skips", "excerpt": "The chain skips on the smallest.",
        "url": f"http://127.0.0.1:8000/t/{world.ref.thread_id}/chain-skips#post-1", "score": 0,
    }  # fmt: skip


def test_days_begin_where_the_caller_is(world, clock):
    kai = world.token(world.member("kai", timezone="Pacific/Honolulu"))
    clock.now = datetime(2026, 12, 1, 3, tzinfo=UTC)
    world.thread(world.nina, "place", title="Tide", body="A tide.")
    index(world)
    asked = [
        found(world.browser(), f"q=tide+{it}", authorization=f"Bearer {kai}") for it in ("dal:oggi", "before:today")
    ]
    assert [len(it.json()["items"]) for it in asked] == [1, 0], "it is the last of November there"
    assert found(world.browser(), "q=tide&before=2026-12-01").json()["items"] == [], "who says nothing is in Rome"
    assert len(found(world.browser(), "q=tide&before=2026-12-01", authorization=f"Bearer {kai}").json()["items"]) == 1


def flags(answer):
    return {name: answer.json()[name] for name in ("cut", "degraded", "rebuilding")}


def test_what_an_answer_is_worth_is_said(world, client, monkeypatch):
    assert flags(found(client, "q=chain")) == {"cut": False, "degraded": False, "rebuilding": False}
    with monkeypatch.context() as patch:
        patch.setattr("forum.search.engines.whoosh.finding.SECONDS", -1.0)
        patch.setattr("forum.search.engines.postgres.finding.EXACT", 0)
        patch.setattr("forum.search.engines.postgres.finding.NEWEST", 1)
        assert flags(found(client, "q=chain")) == {"cut": True, "degraded": False, "rebuilding": False}
    if engine(world).name == "whoosh":
        with engine(world).library.shelf.alone("build"):
            assert flags(found(client, "q=chain")) == {"cut": False, "degraded": False, "rebuilding": True}
    lose(world)
    answer = found(client, "q=chain")
    assert flags(answer) == {"cut": False, "degraded": True, "rebuilding": False}
    assert [hit["title"] for hit in answer.json()["items"]] == ["Chain skips"]


def test_pieces_make_the_whole(world, client):
    whole = found(client, "q=chain&limit=100").json()["items"]
    assert len(whole) == 7 and {hit["type"] for hit in whole} == {"thread", "post"}
    seen, after = [], ""
    for _ in range(4):
        piece = found(client, f"q=chain&limit=2&after={after}").json()
        seen += piece["items"]
        after = piece["next"] or ""
    assert seen == whole and not after


def test_a_token_sees_what_its_member_sees(world, client):
    token = world.token(world.nina, "read")
    assert len(found(client, "q=chain&limit=100").json()["items"]) == 7
    assert len(found(client, "q=chain&limit=100", Authorization=f"Bearer {token}").json()["items"]) == 8
    bad = world.token(world.nina, "write")
    assert found(client, "q=chain", Authorization=f"Bearer {bad}").status_code == 403


def test_filters(world, client):
    for query, count in (
        ("q=chain&category=inner", 0), ("q=chain&author=nina&limit=100", 7), ("q=chain&in=title&limit=1", 1),
        ("q=chain&before=2026-11-21", 0), ("q=chain&after_date=2026-11-21&limit=100", 7), ("author=nobody", 0),
        ("category=place&limit=100&order=newest", 7), ("", 0), ("q=chain&tag=x", 0),
    ):  # fmt: skip
        assert len(found(client, query).json()["items"]) == count, query


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "after=nonsense", "before=someday", "after_date=2026-13", "order=best", "in=body"]
)
def test_what_is_wrong_is_said(world, client, query):
    answer = found(client, f"q=chain&{query}")
    assert answer.status_code in {400, 422}
    assert answer.headers["content-type"].startswith("application/problem+json")


def test_whoever_asks_without_pause_waits(world, client):
    answers = [found(client, "q=chain") for _ in range(60)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0


def test_the_state_of_the_index(world):
    admin = world.browser(world.member("chief", role="admin"))
    page = admin.get("/admin/search")
    assert "Posts in it" in page.text and "8" in page.text
    assert admin.post("/admin/search/rebuild").status_code == 303
    assert "Search: the index is built anew" in admin.get("/moderation/log").text
    world.drain()
    assert len(found(world.browser(), "q=chain&limit=100").json()["items"]) == 7
