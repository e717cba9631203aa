"""What a page makes of an article: its pictures in their places, its words, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.common import archive_layout
from crawler.common.html_tokenizer import Tokenizer
from crawler.gallery.links import web_link
from crawler.gallery.sanitiser import Sanitiser
from crawler.gallery.similar_images import DISTANCE, groups_of
from tests.conftest import Workshop
from tests.site import picture

# What an article says, and the image that its page must show.
PLACES = {
    "Markdown": "![a](x.png)",
    "Markdown reference": "![a][1]\n\n[1]: x.png",
    "HTML": '<img src="x.png">',
    "unquoted": "<img src=x.png>",
    "lazy": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" data-src="x.png">',
    "srcset": '<img srcset="x.png 2x, small.png 1x">',
    "picture": '<picture><source srcset="x.png"><img src="gone.png"></picture>',
    "background": '<div style="background-image: url(x.png)">words</div>',
    "table": '<table background="x.png"><tr><td>words</td></tr></table>',
    "noscript": '<noscript><img src="x.png"></noscript>',
    "poster": '<video poster="x.png" src="film.mp4"></video>',
    "link": "[full size](x.png)",
    "front matter": "---\ncover: x.png\n---\nwords",
    "a table of Markdown": "| a |\n|---|\n| ![a](x.png) |",
    "Hexo": '{% img /x.png "words" %}',
    "Hugo": '{{< figure src="x.png" >}}',
    "Obsidian": "![[x.png|300]]",
    "with an entity": '<img src="x&#46;png">',
    "with a query": "![a](x.png?w=1&amp;h=2)",
}


def _article(workshop: Workshop, text: str, name: str = "a.md") -> str:
    workshop.write("x.png", picture("x.png"))
    workshop.write(name, text)
    workshop.run()
    return (workshop.bundle(name) / archive_layout.PAGE).read_text()


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES)
def test_place(workshop: Workshop, text: str) -> None:
    """The local picture is shown, however the article names it."""
    page = _article(workshop, text)
    article = page.partition('<section aria-labelledby="pictures">')[0]

    assert "images/x.png" in article


def test_shown_once(workshop: Workshop) -> None:
    """A lazy image with its spare in noscript is one picture."""
    page = _article(workshop, '<img data-src="x.png"><noscript><img src="x.png"></noscript>')

    assert page.count('<img src="images/x.png"') == 1


def test_gap(workshop: Workshop) -> None:
    """What is not there is drawn with its description and the reason, a tracking pixel is not."""
    page = _article(workshop, '![Lost](gone.png)\n\n<img src="p.gif" width="1" height="1">')

    assert page.count('<span class="gap">') == 1
    assert "</span> Lost<" in page
    assert "not-found: no such file" in page


def test_words(workshop: Workshop) -> None:
    """Words and structure stay, code is shown as it is written, links lead where they led."""
    text = (
        "---\nurl: https://blog.example/2021/a/\n---\n# Head\n\n*em* ~~old~~\n\n"
        "| a | b |\n|---|---|\n| c | d |\n\n```html\n<img src=y.png>\n```\n\n"
        "[next](../b/#part) [top](#head)\n\n{% codeblock %}\nx = 1\n{% endcodeblock %}\n"
        "![a](x.png)\n"
    )
    page = _article(workshop, text)

    for part in (
        "<h1>Head</h1>",
        "<em>em</em> <s>old</s>",
        "<td>c</td>",
        "&lt;img src=y.png&gt;",
        'href="https://blog.example/2021/b/#part"',
        'href="#article-head"',
        "x = 1",
    ):
        assert part in page, part


def cleaned(html: str) -> tuple[str, str]:
    """Return what the sanitiser leaves of *html*, and what is too much for it."""
    safe, rest = Sanitiser().clean(html, files=(), numbers=(), link=web_link, check=lambda: None)
    return str(safe), rest


@given(st.text(st.sampled_from("<>/=\"'& divptablesvgonx:\n"), max_size=200))
def test_sanitised(text: str) -> None:
    """Whatever stands in an article, only known tags and attributes are left, not too deep."""
    safe, _ = cleaned(f"<div>{text}")
    depth = deepest = 0
    for tag in Tokenizer(safe, structural=None):
        assert tag.name not in {"script", "style", "svg", "iframe", "form", "input"}
        assert not [name for name in tag.attributes() if name.startswith("on") or name == "style"]
        depth += 0 if tag.name in {"br", "hr", "img", "wbr", "col"} else 1 - 2 * tag.closing
        deepest = max(deepest, depth)

    assert depth == 0
    assert deepest <= 64


def test_depth() -> None:
    """What is nested without end is cut to what browsers can lay out; its words stay."""
    safe, _ = cleaned("<div>" * 5000 + "words")

    assert (safe.count("<div>"), safe.count("</div>")) == (64, 64)
    assert "words" in safe


@given(st.sets(st.integers(0, 2**64 - 1), max_size=30), st.integers(0, 63))
def test_alike(values: set[int], bit: int) -> None:
    """Groups share nothing, and all of a group are near to its first."""
    hashes = {f"{value:016x}" for value in values} | {
        f"{value ^ 1 << bit:016x}" for value in values
    }
    groups = list(groups_of(hashes))

    members = [value for group in groups for value in group]
    assert len(members) == len(set(members))
    for first, *others in groups:
        assert all((int(first, 16) ^ int(o, 16)).bit_count() <= DISTANCE for o in others)
