"""URLs as browsers read them, without what is private."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from crawler.common import urls

BASE = "https://base.example/a/"


@pytest.mark.parametrize(
    ("written", "public"),
    [
        ("https://ann:secret@host.example/x.png", "https://host.example/x.png"),
        ("https://ann@host.example/x@2x.png", "https://host.example/x@2x.png"),
        ("HTTP:ann:secret@host.example/x", "HTTP:host.example/x"),
        ("https:\\\\ann:secret@host.example\\x", "https:\\\\host.example\\x"),
        ("https:///ann:sec@ret@host.example/x", "https:///host.example/x"),
        ("//ann:secret@host.example/x.png", "//host.example/x.png"),
        ("  https://ann:secret@host.example/", "  https://host.example/"),
        ("ht\ntps://ann:secret@host.example/", "https://host.example/"),
        ("ftp://ann:secret@host.example/x", "ftp://host.example/x"),
        ("https://ann:secret@no host/x.png", "https://no host/x.png"),
        ("https://host.example/ann:x@y.png", "https://host.example/ann:x@y.png"),
        ("https://host.example?ann:x@y", "https://host.example?ann:x@y"),
        ("https://host.example#ann:x@y", "https://host.example#ann:x@y"),
        ("images/x@2x.png", "images/x@2x.png"),
        ("/images/x@2x.png", "/images/x@2x.png"),
        ("x.png", "x.png"),
        ("mailto:ann@host.example", "mailto:ann@host.example"),
    ],
)
def test_without_credentials(written: str, public: str) -> None:
    """User name and password go, and nothing else."""
    assert urls.without_credentials(written) == public


PIECES = st.sampled_from(
    ["http:", "https:", "ftp:", "x:", "/", "//", "\\", "@", ":", "a", "secret", "?", "#", "\t", " "]
)


@example("ahttp:///@", None)
@given(st.lists(PIECES, max_size=12).map("".join), st.none() | st.just(BASE))
def test_any_url(written: str, base: str | None) -> None:
    """What is resolved is absolute, stays as it is when resolved again, and holds no secret."""
    found = urls.resolve(written, base)
    public = urls.without_credentials(written)

    assert urls.without_credentials(public) == public or "@" in public
    if found is not None:
        assert urls.scheme(found)
        assert urls.resolve(found, None) == found
        assert urls.without_credentials(found) == found


@given(st.text(max_size=30), st.text(max_size=10))
def test_any_text(written: str, base: str) -> None:
    """No text raises."""
    found = urls.resolve(written, base)

    assert found is None or urls.scheme(found)
    assert urls.without_credentials(written) is not None
