"""Requests that leave: where they may go, how long they may take. Against real sockets of our own."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from forum.webhooks import addresses
from forum.webhooks.addresses import Refused, Unknown, is_public, resolve
from forum.webhooks.outgoing import LARGEST, Outgoing, Unreachable, url_problem

OWN = (ip_network("127.0.0.0/8"),)
Speak = Callable[[socket.socket], None]


class Server:
    """Listens on 127.0.0.1 and lets `speak` handle each connection; counts them."""

    def __init__(self, speak: Speak) -> None:
        self.speak, self.met = speak, 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.met += 1
            with connection, contextlib.suppress(OSError):
                self.speak(connection)


@pytest.fixture
def serve() -> Iterator[Callable[[Speak], Server]]:
    made: list[Server] = []

    def start(speak: Speak) -> Server:
        made.append(Server(speak))
        return made[-1]

    yield start
    for it in made:
        it.socket.close()


def says(answer: bytes) -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    return speak


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "0.0.0.0", "10.0.0.1",
        "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "192.0.0.192", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "192.0.2.1", "::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1",
        "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1",
        "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "fec0::1",
    ],
)  # fmt: skip
def test_addresses_of_the_inside_are_refused_however_they_are_written(host: str) -> None:
    try:
        found = resolve(host, 443)
    except (Refused, Unknown):
        return
    pytest.fail(f"{host} → {found}")


def test_public_addresses_pass_and_only_ports_of_the_web() -> None:
    assert resolve("93.184.216.34", 443) == ["93.184.216.34"]
    assert resolve("2606:2800:220:1:248:1893:25c8:1946", 80) == ["2606:2800:220:1:248:1893:25c8:1946"]
    with pytest.raises(Refused, match="the port is not one of the web"):
        resolve("93.184.216.34", 22)
    assert resolve("127.0.0.1", 9999, networks=OWN) == ["127.0.0.1"]
    with pytest.raises(Refused):
        resolve("10.0.0.1", 443, networks=OWN)


@given(st.integers(0, 2**32 - 1))
def test_wrapping_an_address_changes_nothing(number: int) -> None:
    plain = ip_address(number)
    for wrapped in (f"::ffff:{plain}", f"64:ff9b::{plain}", ip_address((0x2002 << 112) | (number << 80))):
        assert is_public(ip_address(wrapped)) == is_public(plain)


def test_the_checked_address_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch, serve) -> None:
    """DNS rebinding: a name server that says something else at every question is asked only once."""
    inside = serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret"))
    asked: list[str] = []

    def rebinding(host: str, port: int, *more: object, **named: object):
        asked.append(host)
        address = "203.0.113.7" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", rebinding)
    monkeypatch.setattr(addresses, "is_public", lambda it: not it.is_loopback)
    with pytest.raises((Unreachable, Refused)):
        Outgoing(total=0.5).request("GET", "https://evil.example/")
    assert asked.count("evil.example") == 1 and inside.met == 0
    with pytest.raises(Refused):
        Outgoing().request("GET", "https://evil.example/")


def test_one_bad_address_among_good_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(2, 1, 6, "", (it, 443)) for it in ("93.184.216.34", "10.1.2.3")]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *a, **k: rows)
    with pytest.raises(Refused):
        resolve("both.example", 443)


def test_redirects_are_answers(serve) -> None:
    inner = serve(says(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    to = f"http://127.0.0.1:{inner.port}/"
    outer = serve(says(f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()))
    answer = Outgoing(networks=OWN).request("POST", f"http://127.0.0.1:{outer.port}/x?y=1", body=b"{}")
    assert (answer.status, answer.headers["location"], answer.ok, inner.met) == (302, to, False, 0)


def test_what_trickles_is_cut_off(serve) -> None:
    def trickle(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    began = time.monotonic()
    with pytest.raises(Unreachable):
        Outgoing(networks=OWN, total=0.7).request("GET", f"http://127.0.0.1:{serve(trickle).port}/")
    assert time.monotonic() - began < 3


def test_silence_noise_and_floods_are_failures(serve) -> None:
    def silent(connection: socket.socket) -> None:
        connection.recv(65536)
        time.sleep(2)

    def flood(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for _ in range(LARGEST // 65536 + 2):
            connection.sendall(b"x" * 65536)

    out = Outgoing(networks=OWN, total=0.5)
    for speak, words in ((silent, "."), (says(b"SSH-2.0-OpenSSH\r\n\r\n"), "."), (says(b""), "."), (flood, "longer")):
        with pytest.raises(Unreachable, match=words):
            out.request("GET", f"http://127.0.0.1:{serve(speak).port}/")
    closed = serve(silent)
    closed.socket.close()
    with pytest.raises(Unreachable):
        out.request("GET", f"http://127.0.0.1:{closed.port}/")


def test_plain_http_stays_in_the_operators_network() -> None:
    with pytest.raises(Refused, match="not encrypted"):
        Outgoing(networks=OWN).request("GET", "http://93.184.216.34/")
    with pytest.raises(Refused):
        Outgoing().request("GET", "http://127.0.0.1/")


def test_the_certificate_is_checked_against_the_name(serve, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = trustme.CA()
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.example").configure_cert(ours)
    roots = ssl.create_default_context()
    authority.configure_trust(roots)

    def speak(connection: socket.socket) -> None:
        with ours.wrap_socket(connection, server_side=True) as safe:
            safe.recv(65536)
            safe.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    port = serve(speak).port
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(addresses.socket, "getaddrinfo", lambda *a, **k: rows)
    out = Outgoing(networks=OWN, tls=roots)
    assert out.request("POST", f"https://hooks.example:{port}/").status == 204
    with pytest.raises(Unreachable, match=r"[Cc]ertificate"):
        out.request("POST", f"https://other.example:{port}/")
    with pytest.raises(Unreachable, match=r"[Cc]ertificate"):
        Outgoing(networks=OWN).request("POST", f"https://hooks.example:{port}/")


def test_headers_cannot_be_broken() -> None:
    with pytest.raises(Refused, match="header"):
        Outgoing(networks=OWN).request("GET", "http://127.0.0.1:1/", headers={"X-It": "a\r\nb: c"})


def test_what_people_type_as_an_address() -> None:
    assert url_problem("https://hooks.example/a?b=c") == ""
    for bad in (
        "", "hooks.example", "ftp://hooks.example", "http://hooks.example", "https://a:b@hooks.example", "https://",
        "https://hooks.example:8443/", "https://hooks.example/#x", "https://hooks.example/ x", "https://h\n.example",
        "https://[::1", "javascript:alert(1)", "https://hooks.example\\@x", "https://" + "a" * 3000,
        "https://hooks.example:99999/",
    ):  # fmt: skip
        assert url_problem(bad), bad
    assert url_problem("http://127.0.0.1:9000/hook", networks=OWN) == ""
