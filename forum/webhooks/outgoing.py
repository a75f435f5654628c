"""One HTTP request to somebody else's server, within bounds: where it may go, how long it may take, how much it says.

httpcore, not httpx: it lets us open the connection ourselves, to the very address that was checked (so a name that is
answered differently the next moment leads nowhere else), while the certificate is still checked against the name.
"""

import ssl
import time
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import certifi
import httpcore
import idna
import msgspec

from forum.kit.i18n import N_, Message
from forum.webhooks import addresses
from forum.webhooks.addresses import Network, Refused

CONNECT = 5.0
TOTAL = 15.0
"""Seconds for all of it: looking the name up, connecting, sending, reading. What trickles in is cut off, too."""
LARGEST = 1_000_000  # bytes of an answer
LONGEST_URL = 2000
AGENT = "Ritrovo/1"


class Answer(msgspec.Struct, frozen=True):
    """What came back. `headers`: by lower-case name. Redirects are answers like any other: nobody follows them."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body read as JSON. Raises Unreachable for what is none."""
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Unreachable(N_("the answer is not JSON")) from None


class Unreachable(OSError):
    """Nobody answered, not in time, too much, or not in HTTP. It may be otherwise later."""


def url_problem(url: str, *, networks: tuple[Network, ...] = ()) -> Message:
    """What is wrong with an address that somebody typed; empty when nothing is. Asks no name server."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        host.isascii() or idna.encode(host, uts46=True)
    except (ValueError, idna.IDNAError):
        return N_("This is not an address of the web.")
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        return N_("This is not an address of the web.")
    if parts.scheme not in {"https", "http"} or not host:
        return N_("Write the whole address, from https:// on.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        return N_("Without name, password and #: they would be in the log.")
    if networks:
        return ""  # whether it lies in one of them is seen when it is called
    if parts.scheme != "https":
        return N_("Only https: what is sent is for nobody else.")
    if port not in {None, 443}:
        return N_("Only the usual port of https, 443.")
    return ""


class Outgoing:
    """Sends requests. Nothing is kept between two of them."""

    def __init__(
        self, *, networks: tuple[Network, ...] = (), tls: ssl.SSLContext | None = None, total: float = TOTAL
    ) -> None:
        """`networks`: what the operator opened besides the internet. `tls`: other roots than the usual ones."""
        self.networks, self.tls, self.total = networks, tls, total

    def request(self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Answer:
        """Send and read. Raises Refused (where it leads) or Unreachable (it could not be had)."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in {"https", "http"} or not host:
            raise Refused(N_("This is not an address of the web."))
        if not host.isascii():
            host = idna.encode(host, uts46=True).decode("ascii")
        door = _Door(self.networks, time.monotonic() + self.total, plain=parts.scheme == "http")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            target = httpcore.URL(
                scheme=parts.scheme.encode(), host=host.encode(), port=port,
                target=(parts.path or "/").encode() + (b"?" + parts.query.encode() if parts.query else b""),
            )  # fmt: skip
            return self._send(door, method, target, _all_headers(parts.netloc, headers), body)
        except (OSError, httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise Unreachable(_words(error)) from error

    def _send(
        self, door: "_Door", method: str, target: httpcore.URL, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> Answer:
        left = {"connect": CONNECT, "read": self.total, "write": self.total, "pool": CONNECT}
        with (
            httpcore.ConnectionPool(
                ssl_context=self.tls or usual_roots(), max_connections=1, max_keepalive_connections=0,
                network_backend=door,
            ) as pool,
            pool.stream(
                method.encode(), target, headers=headers, content=body, extensions={"timeout": left}
            ) as response,
        ):  # fmt: skip
            read = bytearray()
            for piece in response.iter_stream():
                read += piece
                if len(read) > LARGEST:
                    raise Unreachable(N_("the answer is longer than a million bytes"))
            heads = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
            return Answer(response.status, heads, bytes(read))


@lru_cache(1)
def usual_roots() -> ssl.SSLContext:
    """The system's certificate roots (SSL_CERT_FILE counts), and Mozilla's: slim images have none."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _all_headers(host: str, given: Mapping[str, str] | None) -> list[tuple[bytes, bytes]]:
    both = {"Host": host.encode("idna").decode() if not host.isascii() else host, "User-Agent": AGENT,
            "Accept-Encoding": "identity", **(given or {})}  # fmt: skip
    for name, value in both.items():
        if not (value.isascii() and value.isprintable()):
            raise Refused(f"a header that cannot be sent: {name}")
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in both.items()]


def _words(error: Exception) -> str:
    """What went wrong in one line, without the wrappers around it."""
    if isinstance(error, Unreachable):
        return str(error)
    if isinstance(error, httpcore.TimeoutException):
        return N_("it took too long")
    return (str(error) or type(error).__name__)[:300]


class _Door(httpcore.NetworkBackend):
    """Opens connections to addresses that were checked, and closes them when the time is over."""

    def __init__(self, networks: tuple[Network, ...], until: float, *, plain: bool) -> None:
        self.networks, self.until, self.plain = networks, until, plain

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        """The first address that answers."""
        found = addresses.resolve(host, port, networks=self.networks, timeout=min(CONNECT, self._left()))
        if self.plain and not all(addresses.inside(ip_address(it), self.networks) for it in found):
            raise Refused(N_("what is not encrypted stays in the operator’s own network"))
        failed: Exception = Unreachable(N_("no address answered"))
        for address in found:
            try:
                stream = httpcore.SyncBackend().connect_tcp(
                    address, port, timeout=min(CONNECT, self._left()), socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return _Stream(stream, self.until)
        raise failed

    def _left(self) -> float:
        return _left(self.until)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise Unreachable(N_("it took too long"))
    return left


class _Stream(httpcore.NetworkStream):
    """A connection whose every step has what is left of the whole time."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self.inner, self.until = inner, until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, _left(self.until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, _left(self.until))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        wrapped = self.inner.start_tls(ssl_context, server_hostname, min(CONNECT, _left(self.until)))
        return _Stream(wrapped, self.until)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)
