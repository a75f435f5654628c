"""What every call has in common: tokens, bodies, languages, problems; and who one is."""

import time
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from forum.accounts.models import ApiToken
from forum.web.core import Core
from tests.factories import Make
from tests.support.program import Program, Programs
from tests.support.web import BASE, AsgiTransport


def test_me_is_the_tokens_member(make: Make, program: Programs) -> None:
    nadia = make.member("nadia", display_name="Nadia Ferrusi", locale="it")
    assert program(nadia, "read").get("/me").json() == {
        "id": nadia.id, "name": "nadia", "display_name": "Nadia Ferrusi", "role": "member", "locale": "it",
        "scopes": ["read"],
    }  # fmt: skip
    assert program().get("/me").status_code == 401
    assert program(nadia, "write").get("/me").status_code == 403


def test_a_token_that_is_unknown_or_revoked_is_401_even_where_guests_read(
    make: Make, program: Programs, app: object, document: dict[str, object], core: Core
) -> None:
    make.thread(make.member("nadia"))
    assert program().get("/threads").status_code == 200
    for wrong in ("nonsense", "", "é"):
        for header in (f"Bearer {wrong}", f"Basic {wrong}", wrong):
            if not header.isascii() or not header:
                continue
            answer = program().call("GET", "/threads", headers={"Authorization": header})
            assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    good = program(make.member("marco"))
    with core.db.write() as session:
        session.execute(update(ApiToken).values(revoked_at=core.clock()))
    assert good.get("/threads").status_code == 401


def test_a_session_cookie_means_nothing_here(make: Make, app: object, program: Programs) -> None:
    browser = make.browser(make.member("nadia"))
    assert browser.get("/api/v1/me").status_code == 401
    answer = browser.http.post("/api/v1/threads", json={"category": make.category(), "title": "Hello", "body": "Hello"})
    assert answer.status_code == 401


def test_a_role_that_was_taken_away_takes_the_scope_along(make: Make, program: Programs, core: Core) -> None:
    from forum.members.models import Member

    rita = make.member("rita", role="manager")
    api = program(rita, "read", "write", "manage")
    assert api.get("/me").json()["scopes"] == ["read", "write", "manage"]
    with core.db.write() as session:
        session.execute(update(Member).where(Member.id == rita.id).values(role="member"))
    assert api.get("/me").json()["scopes"] == ["read", "write"]
    assert api.post("/categories", {"slug": "new", "name": "New"}).status_code == 403


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe", b'{"body": "\\ud800"}', b'{"body": "x"} {}', b"NaN"]
)
def test_a_body_that_is_no_json_object_is_400(make: Make, program: Programs, raw: bytes) -> None:
    thread = make.thread(make.member("nadia"))
    answer = program(make.member()).call(
        "POST", f"/threads/{thread.thread_id}/posts", content=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_another_content_type_is_415(make: Make, program: Programs, kind: str) -> None:
    thread = make.thread(make.member("nadia"))
    api = program(make.member())
    answer = api.call(
        "POST", f"/threads/{thread.thread_id}/posts", content=b'{"body": "x"}', headers={"Content-Type": kind}
    )
    assert answer.status_code == 415
    assert len(api.all(f"/threads/{thread.thread_id}/posts")) == 1


def test_a_body_that_is_too_large_is_413(make: Make, program: Programs) -> None:
    thread = make.thread(make.member("nadia"))
    answer = program(make.member()).post(f"/threads/{thread.thread_id}/posts", {"body": "x" * 1_100_000})
    assert answer.status_code == 413


def test_methods_that_are_not_there_are_405_with_the_headers(app: object) -> None:
    http = httpx.Client(transport=AsgiTransport(app), base_url=BASE)
    answer = http.delete("/api/v1/threads")
    assert answer.status_code == 405 and answer.headers["content-type"] == "application/problem+json"
    assert "GET" in answer.headers["allow"] and "content-security-policy" in answer.headers
    head = http.head("/api/v1/threads")
    assert head.status_code == 200 and head.content == b""


def test_problems_speak_the_callers_language(make: Make, program: Programs) -> None:
    english = program().get("/threads", limit=0).json()
    italian = program(language="it").get("/threads", limit=0).json()
    assert english["status"] == italian["status"] == 422
    assert set(english["errors"]) == set(italian["errors"]) == {"limit"}
    assert english["request_id"] != italian["request_id"]


def test_answers_are_never_kept_by_shared_caches(make: Make, program: Programs) -> None:
    assert program(make.member()).get("/threads").headers["cache-control"] == "no-store"


def test_the_profile_counts_what_the_caller_may_see(make: Make, program: Programs) -> None:
    nadia = make.member("nadia", role="moderator", place="Lodi", about="Gravel.", links=["https://nadia.example"])
    make.thread(nadia)
    secret = make.thread(nadia, make.category(visibility="staff"))
    make.reply(nadia, secret.thread_id)
    seen = program().get("/members/NADIA").json()
    assert (seen["thread_count"], seen["post_count"]) == (1, 1)
    assert (seen["name"], seen["role"], seen["place"], seen["links"]) == (
        "nadia",
        "moderator",
        "Lodi",
        ["https://nadia.example"],
    )
    assert seen["url"] == f"{BASE}/u/nadia" and "email" not in seen
    staff = program(make.member(role="admin")).get("/members/nadia").json()
    assert (staff["thread_count"], staff["post_count"]) == (2, 3)


@pytest.mark.parametrize("name", ["nobody", "x" * 300, "%00", "na%2Fdia", "٣"])
def test_a_member_that_is_not_there_is_404(make: Make, program: Programs, name: str) -> None:
    make.member("nadia")
    assert program().call("GET", f"/members/{name}").status_code == 404


def test_using_a_token_is_remembered(make: Make, program: Programs, core: Core, clock: object) -> None:
    api: Program = program(make.member("nadia"))
    assert api.get("/me").status_code == 200
    used, patience = None, time.monotonic() + 10
    while used is None and time.monotonic() < patience:  # it is noted in a thread, after the answer
        time.sleep(0.01)
        with core.db.read() as session:
            used = session.query(ApiToken.used_at).scalar()
    assert used is not None and used - core.clock() < timedelta(seconds=1)
