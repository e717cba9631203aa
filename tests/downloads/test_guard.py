"""No private address is ever contacted, in whatever form a post or a server names it."""

from __future__ import annotations

import pytest

from crawler.downloads.guard import is_public
from tests.conftest import Workshop, image
from tests.site import Site

PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0", "0.0.0.0",
    "127.0.0.1.", "localhost", "localhost.", "LOCALHOST", "%31%32%37.0.0.1", "127。0。0。1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fec0::1]",
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "[::ffff:0:7f00:1]", "[2001:4860::5efe:a00:1]", "192.88.99.1", "[3fff::1]", "[5f00::1]",
    "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_host(host: str, site: Site, workshop: Workshop) -> None:
    """Every spelling of an address that is not public is refused before a byte is sent."""
    workshop.write("a.html", f'<img src="http://{host}:{site.port}/ok.png">')
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    failure = workshop.entry("a.html").failure

    assert failure is not None
    assert (failure.code, failure.permanent) == ("address-not-allowed", True)
    assert site.connections == 0


def test_permission_lifts_the_refusal(site: Site, workshop: Workshop) -> None:
    """What was refused as private is fetched once the person permits it."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=True)

    assert workshop.entry("a.md").state == "archived"


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
)
def test_public_address(address: str) -> None:
    """Public addresses pass, also those that NAT64 embeds."""
    assert is_public(address)
