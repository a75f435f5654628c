"""What the outer wrapper promises for every answer: headers, host, methods, limits, form tokens, HEAD."""

import re

import pytest

from tests.support.web import BASE, HTMX

ALWAYS = {
    "content-security-policy": "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-request-id": "",
    "cache-control": "",
    "vary": "",
}


def bears_headers(answer):
    for name, part in ALWAYS.items():
        assert part in answer.headers[name], f"{name} on {answer.request.url}"
    csp = answer.headers["content-security-policy"]
    assert "unsafe" not in csp and "default-src 'none'" in csp


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/t/1/x", 404),
        ("DELETE", "/latest", 403),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/theme.css", 200),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/static/0/none.css", 404),
        ("TRACE", "/", 403),
        ("OPTIONS", "/", 204),
        ("POST", "/threads", 403),
        ("GET", "/t/99999999999999999999", 404),
    ],
)
def test_headers_stand_on_every_answer(client, method, path, status):
    answer = client.request(method, path)
    assert answer.status_code == status
    bears_headers(answer)
    assert answer.headers.get("content-type", "").count("charset") <= 1


def test_a_crash_is_a_page_with_a_request_id_and_nothing_else(client, core, monkeypatch):
    def broken(_session):
        raise RuntimeError("the secret cause")

    monkeypatch.setattr("forum.web.core.house", broken)
    answer = client.get("/top")
    assert answer.status_code == 500
    bears_headers(answer)
    assert "secret cause" not in answer.text and answer.headers["x-request-id"] in answer.text


def test_405_says_what_works(client):
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]
    bears_headers(answer)


def test_head_is_get_without_a_body(client):
    got, head = client.get("/latest"), client.request("HEAD", "/latest")
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-type"] == got.headers["content-type"]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a b", "", "127.0.0.1@evil.example", "[::1"]
)
def test_a_foreign_host_is_refused(client, host):
    answer = client.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text


@pytest.mark.parametrize(
    "path", ["/t/١/x", "/p/٣", "/p/9223372036854775808", "/t/1%00/x", "/p/-1", "/p/0", "/%0d%0aSet-Cookie:x"]
)
def test_impossible_ids_are_404(client, path):
    assert client.get(path).status_code == 404


def test_other_sites_cannot_post(make):
    anna = make.browser(make.member())
    anna.get("/")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert anna.post("/logout", headers=headers).status_code == 403
    assert anna.post("/preview", token="").status_code == 403
    assert anna.post("/preview", token="0" * 32).status_code == 403


def test_a_token_is_bound_to_its_session(make):
    anna, ben = make.browser(make.member()), make.browser(make.member())
    anna.get("/"), ben.get("/")
    assert anna.token != ben.token
    place = make.category()
    form = {"title": "A title", "category": place, "body": "Text"}
    assert anna.post("/threads", form, token=ben.token).status_code == 403
    assert anna.post("/threads", form).status_code == 303


def test_a_guests_token_is_worthless_once_a_session_exists(make):
    member = make.member()
    guest = make.browser()
    guest.get("/login")
    planted = guest.http.cookies["forum-seed"]
    anna = make.browser(member)
    anna.http.cookies.set("forum-seed", planted, domain="127.0.0.1")
    answer = anna.post("/threads", {"title": "A title", "category": make.category(), "body": "x"}, token=guest.token)
    assert answer.status_code == 403


def test_a_refused_form_gives_back_what_was_typed(make):
    anna = make.browser(make.member())
    answer = anna.post("/threads", {"title": "My long title", "body": "two\nlines <b>"}, token="")
    assert answer.status_code == 403
    assert "My long title" in answer.text and "two\nlines &lt;b&gt;" in answer.text


def test_large_and_strange_bodies(make):
    anna = make.browser(make.member())
    anna.get("/")
    assert anna.post("/threads", {"body": "x" * 10_000_000}).status_code == 413
    many = "&".join(f"f{n}=1" for n in range(5000))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert anna.request("POST", "/threads", content=many, headers=form).status_code == 413
    for kind in ("application/json", "text/plain", "application/xml"):
        assert anna.request("POST", "/threads", content=b"{}", headers={"Content-Type": kind}).status_code == 415
    assert (
        anna.request("POST", "/api/v1/threads", content=b"{}", headers={"Content-Type": "text/plain"}).status_code
        == 415
    )


@pytest.mark.parametrize("code", [403, 404, 405, 413, 415])
def test_errors_come_as_page_fragment_and_problem(make, code):
    anna = make.browser(make.member())
    anna.get("/")
    long = {"body": "x" * 600_000}
    calls = {
        403: lambda **m: anna.post("/threads", token="", **m),
        404: lambda **m: anna.get("/nowhere", **m),
        405: lambda **m: anna.post("/latest", **m),
        413: lambda **m: anna.post("/threads", long, **m),
        415: lambda **m: anna.request(
            "POST", "/threads", content=b"{}", headers={"Content-Type": "text/json", **(HTMX if m else {})}
        ),
    }
    page, fragment = calls[code](), calls[code](htmx=True)
    assert page.status_code == fragment.status_code == code
    assert "<html" in page.text and "<html" not in fragment.text
    assert page.headers["x-request-id"] in page.text


def test_problem_json_in_the_readers_language(client):
    answer = client.get("/api/v1/nowhere", headers={"Accept-Language": "it"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404 and answer.json()["request_id"]


def test_cookies_are_locked_down(client, core):
    client.get("/login")
    header = client.last.headers["set-cookie"].lower()
    assert "httponly" in header and "samesite=lax" in header and "path=/" in header


def test_https_sites_get_host_cookies_and_hsts(settings, clock, mailbox):
    import dataclasses

    from forum.app import create_app, make_core
    from tests.support.web import Browser

    secure = dataclasses.replace(settings, base_url="https://forum.example.org")
    core = make_core(secure, clock=clock, mailer=mailbox)
    browser = Browser(create_app(secure, core=core))
    answer = browser.get("/login", headers={"Host": "forum.example.org"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-forum-seed=") and "Secure" in cookie and "Domain" not in cookie
    assert "max-age" in answer.headers["strict-transport-security"]
    assert browser.get("/", headers={"Host": "127.0.0.1:8000"}).status_code == 400
    core.close()


def test_signed_in_pages_are_never_stored(make):
    anna = make.browser(make.member())
    assert anna.get("/").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nX: y",
        "\t//evil",
        "/%0d",
    ],
)
def test_redirects_stay_here(make, target):
    anna = make.browser(make.member())
    anna.get("/")
    answer = anna.post("/language", {"value": "it", "next": target})
    assert answer.status_code == 303
    location = answer.headers["location"]
    assert location.startswith("/") and not location.startswith("//") and "evil" not in location.split("?")[0]


def test_absolute_links_ignore_the_host_header(client, make):
    ref = make.thread(make.member())
    page = client.get(ref.url.partition("#")[0], headers={"Host": "localhost:9"}).text
    assert re.findall(r'rel="canonical" href="([^"]+)"', page) == [BASE + ref.url.partition("#")[0]]
