"""No private address is ever contacted, in whatever form a post or a server names it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from crawler.downloads.address_guard import BLOCKED_PORTS, is_public
from tests.conftest import Workshop, archived, image
from tests.site import LOOPBACK, Site

PRIVATE = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7F.0x0.0x0.0x1",
    "0177.0.0.1", "017700000001", "0", "0.0.0.0", "0x0", "127.0.0.1.", "127.255.255.254",
    "localhost", "localhost.", "LOCALHOST", "a.localhost", "%31%32%37.0.0.1", "127。0。0。1",
    "①②⑦.⓪.⓪.①", "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[::127.0.0.1]", "[::ffff:0:7f00:1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a00:1::1]", "[2001::1]",
    "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[2001:4860::5efe:a00:1]", "[fe80::5efe:7f00:1]",
    "[fe80::1]", "[febf::1]", "[fc00::1]", "[fd12:3456:789a::1]", "[fec0::1]", "[ff02::1]",
    "[ff0e::1]", "[2001:db8::1]", "[100::1]", "[3fff::1]", "[5f00::1]",
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.0.1", "192.0.2.1",
    "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1",
]  # fmt: skip
ANSWERS = [
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1", "::1", "::",
    "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::",
    "2001::1", "2001:4860::5efe:7f00:1", "fe80::1", "fd00::1", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = "93.184.216.34"
"""In these tests it leads to the site, as an address behind a router would."""


@pytest.fixture(name="names")
def _names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """The addresses of names, for as long as the test lasts."""
    names: dict[str, list[str]] = {}
    getaddrinfo = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as it is
        addresses = names.get(host)
        if addresses is None:
            return getaddrinfo(host, port, *args, **options)
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return names


@pytest.fixture(name="public")
def _public(
    site: Site, names: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], str]:
    """Make URLs of the site as of a public host."""
    connect = socket.socket.connect

    def routed(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - as inherited
        connect(self, (LOOPBACK, address[1]) if address[0] == PUBLIC else address)

    monkeypatch.setattr(socket.socket, "connect", routed)
    names["public.example"] = [PUBLIC]
    return lambda path: site.url(path, host="public.example")


def codes(workshop: Workshop, name: str) -> dict[str, str | None]:
    """Return the failure code of each image of a post."""
    return {
        entry.url: entry.failure.code if entry.failure else None
        for entry in workshop.manifest(name).entries
    }


def test_literal_addresses(site: Site, workshop: Workshop) -> None:
    """Every spelling of an address that is not public is refused before a byte is sent."""
    tags = [f'<img src="http://{host}:{site.port}/ok.png">\n' for host in PRIVATE]
    workshop.write("a.html", "".join(tags))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    entries = workshop.manifest("a.html").entries

    assert sum(len(entry.references) for entry in entries) == len(PRIVATE)
    assert set(codes(workshop, "a.html").values()) == {"address-not-allowed"}
    assert all(entry.failure and entry.failure.permanent for entry in entries)
    assert site.connections == 0


def test_redirects_to_literal_addresses(
    site: Site, public: Callable[[str], str], workshop: Workshop
) -> None:
    """A redirect to such an address is not followed, however it is spelt."""
    tags = []
    for number, host in enumerate(PRIVATE):
        location = f"http://{host}:{site.port}/reached.png".encode().decode("latin-1")
        site.serve(f"/{number}.png", "", status=302, headers={"Location": location})
        tags.append(f'<img src="{public(f"/{number}.png")}">\n')
    workshop.write("a.html", "".join(tags))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    found = codes(workshop, "a.html")

    assert len(found) == len(PRIVATE)
    assert set(found.values()) == {"address-not-allowed"}
    assert site.hits("/reached.png") == 0


def test_answers_of_a_name_server(
    site: Site, names: dict[str, list[str]], workshop: Workshop
) -> None:
    """A name that a name server says is at such an address is not connected to."""
    for number, address in enumerate(ANSWERS):
        names[f"n{number}.example"] = [address]
    hosts = [name for name in names if name.startswith("n")]
    workshop.write("a.md", "".join(image(site.url("/ok.png", host=host)) for host in hosts))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    found = codes(workshop, "a.md")

    assert len(found) == len(ANSWERS)
    assert set(found.values()) == {"address-not-allowed"}
    assert site.connections == 0


@pytest.mark.parametrize("answer", [["10.0.0.1", PUBLIC], [PUBLIC, "10.0.0.1"], [PUBLIC, "::1"]])
def test_mixed_answers(
    answer: list[str],
    public: Callable[[str], str],
    names: dict[str, list[str]],
    workshop: Workshop,
) -> None:
    """Of several addresses, only the public ones are connected to."""
    names["public.example"] = answer
    workshop.write("a.md", image(public("/ok.png")))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)

    assert workshop.entry("a.md").state == "archived"


def test_rebinding(
    site: Site,
    public: Callable[[str], str],
    names: dict[str, list[str]],
    workshop: Workshop,
) -> None:
    """A name that was public is not connected to any more once it means a private address."""
    workshop.write("a.md", image(public("/ok/1.png")))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    names["public.example"] = [LOOPBACK]
    workshop.write("b.md", image(public("/ok/2.png")))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)

    assert workshop.entry("a.md").state == "archived"
    assert codes(workshop, "b.md") == {public("/ok/2.png"): "address-not-allowed"}
    assert site.hits("/ok/2.png") == 0


def test_permission_lifts_the_refusal(site: Site, workshop: Workshop) -> None:
    """What was refused as private is fetched once the person permits it."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False)
    workshop.run(ARCHIVE_ALLOW_PRIVATE_ADDRESSES=True)

    assert workshop.entry("a.md").state == "archived"


@pytest.mark.parametrize(
    "address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
)
def test_public_address(address: str) -> None:
    """Public addresses pass, also those that NAT64 embeds."""
    assert is_public(address)


def test_blocked_ports(site: Site, workshop: Workshop) -> None:
    """Ports of other protocols are not connected to, whoever names them and whatever is allowed."""
    redirected = site.serve(
        "/a.png", "", status=302, headers={"Location": "http://127.0.0.1:22/b.png"}
    )
    tags = [f'<img src="http://127.0.0.1:{port}/x.png">\n' for port in sorted(BLOCKED_PORTS)]
    workshop.write("a.html", "".join([*tags, f'<img src="{redirected}">']))
    workshop.run()
    entries = workshop.manifest("a.html").entries
    details = {entry.failure.detail for entry in entries if entry.failure}

    assert set(codes(workshop, "a.html").values()) == {"address-not-allowed"}
    assert details == {f"port {port} is blocked, as in browsers" for port in BLOCKED_PORTS}


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://127.0.0.1/x.png", "data:image/png;base64,iVBORw0KGgo="],
)
def test_redirects_to_other_schemes(location: str, site: Site, workshop: Workshop) -> None:
    """A redirect leads nowhere but to http and https."""
    url = site.serve("/a.png", "", status=302, headers={"Location": location})
    workshop.write("a.md", image(url))
    workshop.run()

    assert codes(workshop, "a.md") == {url: "unsupported-scheme"}


@pytest.mark.parametrize(("hops", "state"), [(10, "archived"), (11, "failed")])
def test_redirects_are_bounded(hops: int, state: str, site: Site, workshop: Workshop) -> None:
    """Ten redirects are followed, and no more."""
    workshop.write("a.md", image(site.url(f"/redirect-chain/{hops}")))
    workshop.run()
    entry = workshop.entry("a.md")

    assert entry.state == state
    assert (entry.failure.code if entry.failure else None) == (
        None if state == "archived" else "too-many-redirects"
    )


def test_names_of_files_are_ours(site: Site, workshop: Workshop) -> None:
    """No header of an answer chooses where its bytes are written."""
    headers = {
        "Content-Disposition": 'attachment; filename="../../../escaped.png"',
        "Content-Location": "/../../escaped.png",
    }
    workshop.write("a.md", image(site.serve("/a.png", headers=headers)))
    workshop.run()

    assert archived(workshop.manifest("a.md")) == [site.url("/a.png")]
    assert not list(workshop.folder.rglob("*escaped*"))
