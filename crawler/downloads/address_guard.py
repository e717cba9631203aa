"""No private address is ever contacted: the guard stands where sockets are made.

Every connection passes it, whatever led there: a literal address, a name server's answer, a
redirect. A proxy that the operator configured is exempt, since it is theirs.
"""

from __future__ import annotations

import contextvars
import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp import AddrInfoType

from crawler.common import urls

BLOCKED_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101,
        102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389,
        427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636,
        989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665,
        6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
"""Where other protocols live that a request could be mistaken for.

Source: https://fetch.spec.whatwg.org/#port-blocking
"""
_IPv6 = ipaddress.IPv6Address
_EMBEDDED_IPV4 = (
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64, RFC 6052
    ipaddress.IPv6Network("::/96"),  # IPv4-compatible, RFC 4291 2.5.5.1, deprecated
    ipaddress.IPv6Network("::ffff:0:0:0/96"),  # IPv4-translated, RFC 2765
)
_REFUSED = (
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # local NAT64, RFC 8215
    ipaddress.IPv6Network("2002::/16"),  # 6to4, RFC 3056
    ipaddress.IPv6Network("2001::/32"),  # Teredo, RFC 4380
    ipaddress.IPv6Network("fec0::/10"),  # site-local, RFC 3879
    ipaddress.IPv6Network("3fff::/20"),  # documentation, RFC 9637
    ipaddress.IPv6Network("5f00::/16"),  # segment routing, RFC 9602
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays, RFC 7526
)
_ISATAP = 0x5EFE
"""RFC 5214, 6.1: these bits before an IPv4 address embed it, below any prefix."""

_NAMES_AT_HOME = (
    ".corp",
    ".home",
    ".home.arpa",
    ".internal",
    ".intranet",
    ".lan",
    ".local",
    ".localhost",
    ".private",
)
_ROUTERS = frozenset(
    {"fritz.box", "fritz.nas", "fritz.repeater", "o2.box", "easy.box", "speedport.ip"}
)
"""What routers at home call themselves; the first ending is one of the world's names by now."""

to_operators_proxy: contextvars.ContextVar[bool] = contextvars.ContextVar(
    "to_operators_proxy", default=False
)
"""Whether the connection being made leads to a proxy that the operator configured."""


class AddressRefused(OSError):
    """The address is not public.

    The message is the same for every address: aiohappyeyeballs joins errors that differ into one of
    another class.
    """

    def __init__(self, address: str) -> None:
        super().__init__("the address is not public")
        self.address = address


def is_public(address: str) -> bool:
    """Return whether *address*, IPv4 or IPv6 in any form, is a public unicast address.

    >>> [is_public(a) for a in ("93.184.216.34", "10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::a00:1")]
    [True, False, False, False]
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if any(parsed in network for network in _REFUSED):
        return False
    if isinstance(parsed, _IPv6):
        embedded = parsed.ipv4_mapped or _embedded_ipv4(parsed)
        if embedded is not None:
            return is_public(str(embedded))
    return parsed.is_global and not parsed.is_multicast


def refused_literal(url: str) -> str | None:
    """Return the address in *url* that may not be contacted, or None where it is a name or public.

    Decimal, octal and short forms are already normalised in *url*. ``localhost`` is an address
    whatever a name server says (RFC 6761, 6.3).
    """
    host = urls.host(url)
    if f".{host.rstrip('.')}".endswith(".localhost"):
        return host
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return None
    return None if is_public(host) else host


def is_of_private_network(url: str) -> bool:
    """Return whether *url* means something in one network only, of which nobody outside is told.

    By its address, a name without a dot, one that no public name server knows (RFC 6761, RFC 6762,
    RFC 8375, and what ICANN keeps free), or one that routers at home give themselves.

    >>> is_of_private_network("http://wiki.local/"), is_of_private_network("http://intranet./")
    (True, True)
    >>> is_of_private_network("https://local.example/"), is_of_private_network("http://[2606::1]/")
    (False, False)
    """
    host = urls.host(url).rstrip(".")
    if ":" not in host and ("." not in host or host.endswith(_NAMES_AT_HOME)):
        return True
    if ".".join(host.split(".")[-2:]) in _ROUTERS:
        return True
    return refused_literal(url) is not None


def blocked_port(url: str) -> int | None:
    """Return the port of *url* if browsers block it, or None.

    >>> blocked_port("http://example.org:25/"), blocked_port("https://example.org/")
    (25, None)
    """
    port = urlsplit(url).port
    return port if port in BLOCKED_PORTS else None


def guarded_socket(address: AddrInfoType) -> socket.socket:
    """Return a socket for *address*; raises AddressRefused for one that is not public."""
    family, kind, protocol, _, peer = address
    host = str(peer[0])
    if not to_operators_proxy.get() and not is_public(host):
        raise AddressRefused(host)
    return socket.socket(family=family, type=kind, proto=protocol)


def _embedded_ipv4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    low = int(address) & 0xFFFFFFFFFFFFFFFF
    isatap = (low >> 32) & 0xFCFFFFFF == _ISATAP
    if isatap or any(address in network for network in _EMBEDDED_IPV4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None
