"""What holds for every post, however it came about."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from crawler.models import Language
from crawler.references import ORIGINS, find_references
from crawler.references.data_urls import parse_data_url
from crawler.references.srcset import parse_srcset
from tests.references.posts import calls, post

COUNTS = (60, 240)
"""More than the nesting that is read: until then, work grows with the depth too."""

PIECES = st.sampled_from(
    [
        "![", "[", "](", ")", "[a]: ", "a.png", "//b.example/c.jpg",
        "data:image/gif;base64,R0lG", "\n", "\n\n", "    ", "```", "`", "> ", "- ", "<", ">",
        "</", "<!--", "-->", "<img src=", "srcset='", "'", '"', "=", " 2x,", " 100w",
        "<a href=", "</a>", "<svg>", "<image href=", "</svg>", "<picture>", "<source ",
        "<template>", "</template>", "<script>", "</script>", "<style>", "{", "}", "url(",
        "background:", "style=", "<table><td>", "<base href=", "<meta name=referrer content=",
        "&", "&amp;", "\\", "\0", "\r", "\ud800", "\x0c", "é", "data-attrs='{\"image\":",
        "<iframe srcdoc='",
        "<title>", "<![CDATA[", "]]>", "<noscript>", "<a data-src=", "imagesrcset='",
        "image-set('a.png' 1x, ", "(", "{% img ", "%}", "{% raw %}", "{% endraw %}",
        "{% include figure image_path=", "{{< figure src=", ">}}", "{{ site.baseurl }}", "{{ x }}",
        "![[", "|300]]", "{: ", "import a from './a.png'\n", "<Image src={a}", "{/*", "*/}",
        "require('./a.png')", " =30x20", "---\n", "+++\n", "|", "\t", "&#", "!", "*",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=40).map("".join)
UNITS = st.lists(PIECES | st.text(max_size=3), min_size=1, max_size=4).map("".join).filter(bool)
LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["markdown", "html"])
METADATA = st.dictionaries(
    st.text(max_size=5) | st.sampled_from(["image", "cover", "photos"]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.dates() | TEXTS,
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["url", "src", "x"]), inner)
        ),
        max_leaves=8,
    ),
    max_size=5,
)
BASES = st.none() | st.just("https://example.org/") | st.text(max_size=8)


@given(TEXTS, LANGUAGES, METADATA, BASES)
def test_any_post(
    text: str, language: Language, metadata: dict[str, Any], base: str | None
) -> None:
    """No post raises; what is found is the same each time, and can stand in a manifest."""
    subject = post(text, language=language, metadata=metadata, base=base, body_line=3)

    found = find_references(subject)

    assert found == find_references(subject)
    for reference in found.references:
        assert reference.origin in ORIGINS
        assert reference.destination.strip()
        "".join((reference.url, reference.destination, reference.alt or "")).encode()
        if reference.url.startswith("data:") and ";sha256=" in reference.url:
            assert reference.url in found.payloads


@given(TEXTS, LANGUAGES)
def test_found_in_the_text(text: str, language: Language) -> None:
    """A destination stands in the text letter for letter, escapes and entities aside."""
    plain = "".join(c for c in text if c not in "&\\\0\r\ud800")

    found = find_references(post(plain, language=language))

    for reference in found.references:
        if not reference.destination.startswith("data:"):
            assert reference.destination in plain


@given(METADATA)
def test_found_in_the_metadata(metadata: dict[str, Any]) -> None:
    """A destination of the front matter is one of its values, letter for letter."""
    values = repr(metadata)

    found = find_references(post("", metadata=metadata, base=None))

    for reference in found.references:
        destination = reference.destination
        if destination.isascii() and destination.isprintable():
            assert repr(destination)[1:-1] in values or destination.startswith("data:")


@settings(max_examples=30, deadline=None)  # a profiler counts the calls
@given(UNITS, LANGUAGES)
def test_linear(unit: str, language: Language) -> None:
    """Four times the text calls at most about four times the functions, whatever it repeats."""
    few, many = (calls(post(unit * count, language=language)) for count in COUNTS)

    assert many < 5 * few + 4_000


@settings(max_examples=30, deadline=None)  # a profiler counts the calls
@given(METADATA)
def test_linear_in_the_metadata(metadata: dict[str, Any]) -> None:
    """Four times the values of the front matter take about four times the work."""
    few, many = (calls(post("", metadata={"a": [metadata] * count})) for count in (20, 80))

    assert many < 5 * few + 4_000


@given(TEXTS, LANGUAGES, st.integers(1, 1000))
def test_lines(text: str, language: Language, first: int) -> None:
    """Every line is one of the body's, and they rise."""
    references = find_references(post(text, language=language, body_line=first)).references

    lines = [int(reference.location.partition(",")[0].split()[1]) for reference in references]

    height = text.replace("\r\n", "\n").replace("\r", "\n").count("\n")
    assert all(first <= line <= first + height for line in lines)


@given(st.text(alphabet="ab ,()wxh12.-\n", max_size=40))
def test_any_srcset(value: str) -> None:
    """The URLs of a srcset stand in it in their order, and none begins or ends with a comma."""
    at = 0
    for candidate in parse_srcset(value):
        at = value.index(candidate.url, at) + len(candidate.url)

        assert candidate.url == candidate.url.strip(", ")


@given(st.binary())
def test_any_payload(payload: bytes) -> None:
    """A payload comes out as it went in, in base64 and percent-encoded."""
    encoded = "".join(f"%{byte:02x}" for byte in payload)
    for url in (f"data:image/x;base64,{b64encode(payload).decode()}", f"data:image/x,{encoded}"):
        data = parse_data_url(url)

        assert data is not None
        assert data.payload == payload


WORDS = st.text(alphabet="ab/.?&;=<>'\" é", min_size=1, max_size=8)
ELEMENTS = st.tuples(st.sampled_from(["p", "div", "b", "noscript", "picture"]), WORDS)


@given(st.lists(ELEMENTS, max_size=8))
def test_against_lxml(elements: list[tuple[str, str]]) -> None:
    """On well-formed documents, the images are those that lxml finds."""
    written = "".join(
        f'<{name}><i title="{escape(source)}<img src=x>"><img src="{escape(source)}"></i></{name}>'
        for name, source in elements
    )
    tree = etree.fromstring(f"<html><body>{written}</body></html>", etree.HTMLParser())

    found = find_references(post(written, language="html"))

    expected = [str(image.get("src")) for image in tree.iter("img")]
    assert [r.destination for r in found.references] == [src for src in expected if src.strip()]


@pytest.mark.parametrize("language", ["markdown", "html"])
def test_empty(language: Language) -> None:
    """An empty post names nothing."""
    assert find_references(post("", language=language)).references == ()
