"""Delays and keys, without a database."""

import pytest

from forum.accounts.domain.attempts import Watch, device_mark, guard, login_delay
from forum.accounts.domain.sessions import browser_name

SECRET = b"s" * 32


def test_delays_double_from_one_second_to_a_minute() -> None:
    assert [login_delay(n) for n in range(10)] == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert login_delay(10**9) == 60
    with pytest.raises(ValueError, match="negative"):
        login_delay(-1)


def test_networks() -> None:
    def network(client: str) -> str:
        return Watch(SECRET, client).network

    assert network("2001:db8::1") == network("2001:db8::ffff:1") != network("2001:db8:0:1::1")
    assert network("192.0.2.1") != network("192.0.2.2")
    assert network("::ffff:192.0.2.1") != network("::ffff:192.0.2.2")
    assert network("") == "" and network("testclient") == "testclient"


def test_keys_hide_what_they_count() -> None:
    key = Watch(SECRET, "").key("login", "nadia")
    assert key.startswith("login:") and "nadia" not in key and len(key) <= 80
    assert key != Watch(b"t" * 32, "").key("login", "nadia") != Watch(SECRET, "").key("mail", "nadia")


def test_a_known_browser_has_a_counter_of_its_own() -> None:
    mark = device_mark(SECRET, 7)
    assert Watch(SECRET, "", mark).knows(7) and not Watch(SECRET, "", mark).knows(8)
    assert not Watch(b"t" * 32, "", mark).knows(7)
    for broken in ("", ".", "..", "...", mark[:-1], mark + "0", "7." + mark):
        assert not Watch(SECRET, "", broken).knows(7)
    assert guard(Watch(SECRET, "192.0.2.1", mark), "nadia", 7).site == ""
    assert guard(Watch(SECRET, "192.0.2.1", mark), "nadia", None).site == "login:all"
    assert guard(Watch(SECRET, ""), " Nadia ", None).account == guard(Watch(SECRET, ""), "nadia", 7).account


WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:151.0) Gecko/20100101 Firefox/151.0", "Firefox, Linux"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64) {WEBKIT} Chrome/150.0 Safari/537.36 Edg/150.0", "Edge, Windows"),
        (f"Mozilla/5.0 (Linux; Android 16; K) {WEBKIT} Chrome/150.0 Mobile Safari/537.36", "Chrome, Android"),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) {WEBKIT} Version/26.0 Safari/604.1",
            "Safari, iPhone",
        ),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/26.0 Safari/605.1.15", "Safari, macOS"),
        ("curl/8.16.0", "curl/8.16.0"),
        ("", ""),
        ("x\r\ny" * 100, ("x  y" * 100)[:60]),
    ],
)
def test_browsers_are_named(agent: str, said: str) -> None:
    assert browser_name(agent) == said
