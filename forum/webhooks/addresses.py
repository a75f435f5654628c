"""Which addresses a request of ours may go to. A name is looked up once, and what was checked is what is called."""

import socket
import threading
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from forum.kit.i18n import N_

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
PORTS = frozenset({80, 443})
"""Where public servers listen for the web; an operator's own network may use any."""
NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address
NEVER = (
    ip_network("192.0.0.0/24"),  # RFC 6890; a cloud's metadata live there. Python learned of it in 3.12.4 only
    ip_network("64:ff9b:1::/48"),  # RFC 8215
    ip_network("::/96"),  # RFC 4291, IPv4-compatible
    ip_network("fec0::/10"),  # RFC 3879
)


class Refused(Exception):
    """The address is none that a request of ours may go to, now."""


class Unknown(OSError):
    """The name has no address now."""


def is_public(address: Address) -> bool:
    """True for an address of the internet at large.

    Loopback, private, link-local (where clouds keep their metadata), shared, multicast and reserved ones are not, nor
    an IPv6 address that only wraps an IPv4 one that is not.
    """
    if isinstance(address, IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        if wrapped is None and address in NAT64:
            wrapped = IPv4Address(int(address) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(wrapped)
    if inside(address, NEVER):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def inside(address: Address, networks: Iterable[Network]) -> bool:
    """True when the operator opened a network that holds `address`."""
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    return any(plain.version == net.version and plain in net for net in networks)


def resolve(host: str, port: int, *, networks: tuple[Network, ...] = (), timeout: float = 5.0) -> list[str]:
    """The addresses of `host` that may be called on `port`, in the system's order of preference.

    Every way to write an address (2130706433, 0x7f.1, ::ffff:7f00:1) is understood by the system's resolver, so what
    comes out is what is judged. One refused address among several refuses the name: an honest one has none. Raises
    Refused, Unknown, TimeoutError.
    """
    found = [ip_address(it) for it in dict.fromkeys(_lookup(host, port, timeout))]
    if not found:
        raise Unknown(N_("the name has no address"))
    if all(inside(it, networks) for it in found):
        return [str(it) for it in found]
    for it in found:
        if not is_public(it) and not inside(it, networks):
            raise Refused(N_("the name leads into a network that is not public"))
    if port not in PORTS:
        raise Refused(N_("the port is not one of the web"))
    return [str(it) for it in found]


def _lookup(host: str, port: int, timeout: float) -> list[str]:
    """The system's resolver in a thread of its own: it knows no time limit."""
    found: list[str] = []
    failed: list[OSError] = []

    def look() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            found.extend(str(row[4][0]).partition("%")[0] for row in rows)
        except (OSError, UnicodeError):
            failed.append(Unknown(N_("the name was not found")))

    thread = threading.Thread(target=look, name="forum-resolver", daemon=True)
    thread.start()
    thread.join(timeout)
    if thread.is_alive():
        raise TimeoutError(N_("the name was not found in time"))
    if failed:
        raise failed[0]
    return found
