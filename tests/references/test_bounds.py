"""The work on a post grows with its length and no faster, and each bound is a recorded problem."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crawler.models import Language
from crawler.references import find_references, limits
from tests.references.posts import calls, post

HTML = {
    "angle brackets": "<",
    "tags": "<b>",
    "images": "<img src=a>",
    "end tags": "</x ",
    "links": "<a href=a.png>",
    "comments": "<!--",
    "scripts": "<script><!--",
    "cdata": "<svg><![CDATA[",
    "svg": "<svg>",
    "svg and math": "<svg></math>",
    "tables": "<table><td>",
    "templates": "<template>",
    "frames": "<iframe srcdoc='<img src=a>'></iframe>",
    "frames in each other": "<iframe srcdoc='",
    "open quotes": "<a b='",
    "raw text": "<style></styl",
    "links around images": "<a href=/p><img src=a>",
    "attributes of JSON": "<p data-attrs='{\"a\":[1,2.5]}'>",
}
ATTRIBUTE = {
    "commas": ("<img srcset='", ","),
    "candidates": ("<img srcset='", "a 1x,"),
    "parentheses": ("<img srcset='a ", "("),
    "closed parentheses": ("<img srcset='a ", "(1x,)"),
    "attributes": ("<img ", "a=1 "),
    "equals signs": ("<a ", "="),
    "space": ("<a ", " "),
    "ampersands": ("<img src='", "&a"),
    "url": ("<p style='background:", "url("),
    "braces": ("<style>a{background:url(", "{"),
    "nested rules": ("<style>url(", "p{"),
    "dot segments": ("<img src='http://a.example/", "../"),
    "image sets": ("<p style='background:image-set(", '"a" 1x,'),
    "image sets in each other": ("<p style='background:", "image-set("),
    "digits of a character": ("<img src='&#", "1"),
    "percent signs": ("<img src='data:,", "%41"),
    "addresses of pages": ("<a href='", "//github.com/a/"),
    "words of viewers": ("<a href=/a class='", "lightbo "),
    "brackets of json": ("<script type=application/ld+json>", "["),
}
MARKDOWN = {
    "brackets": "[",
    "images": "![",
    "descriptions": "![a](",
    "entities": "![&#0;",
    "escapes": "![\\",
    "destinations": "![a](<b",
    "titles": '![a](b "c',
    "labels": "![x][y]",
    "declarations": "<!A ",
    "instructions": "a <?",
    "tags": "<a ",
    "attributes": "<a href='",
    "backticks": "![](a) ` `` ",
    "quotations": "> ",
    "lines of quotations": "> > > a\n",
    "lists": "- ",
    "items": "* a\n  ",
    "definitions": "[a]: b\n",
    "open definitions": "[a]:\n",
    "footnotes": "[^a]: b\n",
    "footnotes in each other": "[^a]: ",
    "open footnotes": "[^a]:\n    ",
    "headings": "# a\n",
    "fences": "```\n",
    "lines": "a\n",
    "table rows": "|a|\n|-|\n",
}
SHAPES: list[tuple[str, Language, str, str]] = [
    *((f"html: {name}", "html", "", unit) for name, unit in HTML.items()),
    *((f"html: {name}", "html", start, unit) for name, (start, unit) in ATTRIBUTE.items()),
    *((f"markdown: {name}", "markdown", "", unit) for name, unit in MARKDOWN.items()),
    ("markdown: emphasis", "markdown", "![](a)", "*"),
    ("markdown: emphasis of both kinds", "markdown", "![](a)", "*a_ "),
]


@pytest.mark.parametrize(
    ("language", "start", "unit"),
    [pytest.param(language, start, unit, id=name) for name, language, start, unit in SHAPES],
)
def test_linear(language: Language, start: str, unit: str) -> None:
    """Four times the text calls at most about four times the functions."""
    few, many = (
        calls(post(start + unit * (length // len(unit)), language=language))
        for length in (3_000, 12_000)
    )

    assert many < 5 * few + 2_000


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("language", "start", "unit"),
    [pytest.param(language, start, unit, id=name) for name, language, start, unit in SHAPES],
)
def test_large(language: Language, start: str, unit: str) -> None:
    """Two megabytes of anything come to an end."""
    find_references(post(start + unit * (2_000_000 // len(unit)), language=language))


FIRST = "<img src=first.png>"
BOUNDS: dict[str, tuple[Language, Callable[[], str]]] = {
    "references": ("html", lambda: FIRST + "<img src=a>" * limits.MENTIONS),
    "tags": ("html", lambda: FIRST + "<svg>" * limits.TAGS),
    "characters of styles": (
        "html",
        lambda: f"{FIRST}<style>{'p{background:url(a)}' * (limits.STYLE_LENGTH // 20)} </style>",
    ),
    "more than 20000": ("html", lambda: f"{FIRST}<img srcset='{'a 1x,' * limits.MENTIONS}'>"),
    "JSON": (
        "html",
        lambda: f"{FIRST}<p data-attrs='[{'1,' * limits.METADATA_NODES}1.5]'>",
    ),
    "JSON-LD": (
        "html",
        lambda: (
            f"{FIRST}<script type=application/ld+json>[{'1,' * limits.METADATA_NODES}1]</script>"
        ),
    ),
    "too much Markdown": ("markdown", lambda: f"{FIRST}\n\n" + "# a\n" * limits.BLOCK_WORK),
    "a page of more than": (
        "markdown",
        lambda: f"{FIRST}\n\n[a]: /{'x' * 100_000}\n\n{'![a] ' * (limits.PAGE_LENGTH // 99_000)}",
    ),
    "too intricate": ("markdown", lambda: f"{FIRST}\n\n" + "![" * limits.PARAGRAPH_WORK),
}


@pytest.mark.parametrize("problem", BOUNDS)
def test_bound(problem: str) -> None:
    """A bound that is hit is a problem, and what came before is found."""
    language, text = BOUNDS[problem]

    found = find_references(post(text(), language=language))

    assert found.references[0].destination == "first.png"
    assert [problem in said for said in found.problems] == [True]


def test_metadata_without_end() -> None:
    """Front matter that holds itself, or expands without end, is read up to the bound."""
    bomb: list[object] = ["https://example.org/a.png"]
    for _ in range(40):
        bomb = [bomb, bomb]
    circle: list[object] = []
    circle.append(circle)

    found = find_references(post("", metadata={"image": "first.png", "a": circle, "b": bomb}))

    assert found.references[0].location == "image"
    assert len(found.problems) <= 2


def test_a_large_line_number() -> None:
    """Lines are counted beyond the limits of parsers that keep them in sixteen bits."""
    found = find_references(post("\n" * 70_000 + "<img src=a>", language="html", body_line=5))

    assert found.references[0].location == "line 70005"


def test_deep_nesting() -> None:
    """What stands deep inside of elements is found."""
    found = find_references(post("<div>" * 50_000 + "<img src=a>", language="html"))

    assert len(found.references) == 1


def test_deep_lists() -> None:
    """Lists too deep in each other are a problem: what stands in them is not passed over unsaid."""
    found = find_references(post("- " * 300 + "![a](a.png)\n\n![b](b.png)\n"))

    assert any("not read" in problem for problem in found.problems)
    assert find_references(post("- " * 20 + "![a](a.png)\n")).problems == ()
