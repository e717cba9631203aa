"""The URL inside of a URL."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.common.nested_urls import inner_url
from crawler.common.urls import resolve

REAL = "https://real.example/x.jpg"
WRAPPED = {
    "the whole query": f"https://proxy.example/?{REAL}",
    "the whole query, encoded": "https://proxy.example/?https%3A%2F%2Freal.example%2Fx.jpg",
    "a parameter": f"https://proxy.example/resize?w=30&url={REAL}&h=4",
    "a parameter, encoded": "https://proxy.example/?SRC=https%3A%2F%2Freal.example%2Fx.jpg",
    "a parameter, encoded twice": "https://p.example/?u=https%253A%252F%252Freal.example%252Fx.jpg",
    "a parameter without scheme": "https://proxy.example/?image=//real.example/x.jpg",
    "the end of the path": f"https://proxy.example/300x200/{REAL}",
    "with one slash": "https://proxy.example/https:/real.example/x.jpg",
    "a part of the path": "https://cdn.example/fetch/w_3/https%3A%2F%2Freal.example%2Fx.jpg",
    "an archive": f"https://web.archive.org/web/20200101000000im_/{REAL}",
    "an archive's page": f"https://web.archive.org/web/2020/{REAL}",
    "Photon": "https://i2.wp.com/real.example/x.jpg?resize=3,4&ssl=1",
    "weserv": "https://images.weserv.nl/?url=ssl:real.example/x.jpg",
    "an AMP cache": "https://real-example.cdn.ampproject.org/i/s/real.example/x.jpg",
    "Camo": f"https://camo.githubusercontent.com/{'0a' * 20}/{REAL.encode().hex()}",
    "Cloudflare": f"https://real.example/cdn-cgi/image/width=80,quality=75/{REAL}",
    "Cloudflare, its own": "https://real.example/cdn-cgi/image/width=80/x.jpg",
    "an optimiser, its own": "https://real.example/_next/image?url=%2Fx.jpg&w=640&q=75",
    "Vercel, its own": "https://real.example/_vercel/image?url=/x.jpg",
    "credentials and fragment": "https://proxy.example/?url=https://a:b@real.example/x.jpg%23c",
}
PLAIN = [
    "https://real.example/x.jpg",
    "https://cdn.example/x.jpg?ref=https://real.example/x.jpg",
    "https://cdn.example/x.jpg?from=https%3A%2F%2Freal.example%2Fx.jpg",
    "https://cdn.example/x.jpg?utm_source=https://real.example/x.jpg",
    "https://cdn.example/x.jpg?url=/y.jpg",
    "https://cdn.example/x.jpg?url=ftp://real.example/x.jpg",
    "https://proxy.example/?url=https://real.example/",
    "https://proxy.example/?url=https://real.example/page.html",
    "https://s0.wp.com/mshots/v1/https%3A%2F%2Freal.example%2Fx",
    "https://proxy.example/https://",
    "https://i0.wp.com/x.jpg",
    "data:image/png,http://real.example/x.jpg",
    "images/x.png?url=http://real.example/x.jpg",
    "http://[no/?http://real.example/x.jpg",
]
PRIVATE = [
    "https://proxy.example/?url=http://127.0.0.1/x.jpg",
    "https://proxy.example/?url=http://2130706433/x.jpg",
    "https://proxy.example/?http://localhost:8000/x.jpg",
    "https://proxy.example/http://192.168.1.1/x.jpg",
    "https://proxy.example/?url=http://[fd00::1]/x.jpg",
    "https://proxy.example/?url=http://nas.local/x.jpg",
    "https://proxy.example/?url=http://intranet/x.jpg",
]


@pytest.mark.parametrize("url", WRAPPED.values(), ids=WRAPPED)
def test_wrapped(url: str) -> None:
    """The inner URL comes out absolute and normalised."""
    assert inner_url(url) == REAL


@pytest.mark.parametrize("url", PLAIN)
def test_not_clear(url: str) -> None:
    """What only mentions another URL wraps none."""
    assert inner_url(url) is None


@pytest.mark.parametrize("url", PRIVATE)
def test_private(url: str) -> None:
    """A private address inside counts only where private addresses are allowed."""
    assert inner_url(url) is None
    assert inner_url(url, allow_private=True) is not None


@given(st.text(), st.sampled_from(["https://p.example/?url=", "https://p.example/", "http:", ""]))
def test_any_url(text: str, start: str) -> None:
    """Nothing raises, and what comes out is absolute and another URL."""
    inner = inner_url(start + text)

    assert inner is None or (inner == resolve(inner, None) != start + text)
