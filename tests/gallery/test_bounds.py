"""The work on a page grows no faster than its article, what is too much is told, and it stops."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crawler.common import archive_layout
from crawler.common.html_tokenizer import Tokenizer
from crawler.gallery import write_pages
from crawler.gallery.nesting import DEEPEST, VOID, well_nested
from crawler.gallery.sanitiser import KEPT
from crawler.references import limits
from crawler.references.html_rewriting import depict
from crawler.references.markdown_rendering import rendered
from tests.conftest import Workshop, image
from tests.gallery.test_articles import cleaned
from tests.references.posts import post
from tests.site import picture


def _distinct(unit: str) -> Callable[[int], str]:
    """Return what repeats *unit*, each time with another number in it."""
    return lambda length: "".join(unit.replace("#", str(n)) for n in range(length // len(unit)))


def _same(unit: str, start: str = "") -> Callable[[int], str]:
    return lambda length: start + unit * (length // len(unit))


def _mirrored(before: str, behind: str) -> Callable[[int], str]:
    return lambda length: (
        before * (length // len(before + behind)) + behind * (length // len(before + behind))
    )


HTML: dict[str, Callable[[int], str]] = {
    "lists in lists": _same("<ul><li>"),
    "blocks": _same("<div>"),
    "closed blocks": _mirrored("<div>", "</div>"),
    "blocks and stray ends": _mirrored("<div>", "</b>"),
    "quotations": _same("<blockquote>"),
    "items": _same("<li>"),
    "terms": _same("<dl><dd>"),
    "paragraphs": _same("<p>"),
    "preformatted": _same("<pre>\n"),
    "details": _same("<details><summary>"),
    "formatting": _same("<b>"),
    "formatting in blocks": _same("<i><div></i>"),
    "paragraphs in formatting": _same("<b><i><p>"),
    "formatting of many kinds": _distinct("<b id=#>"),
    "formatting left open in paragraphs": _distinct("<font color=#>x<p>"),
    "links in links": _same("<a href=x><b>"),
    "links around blocks": _same("<a href=x><div>x</a>"),
    "links": _distinct("<a href=http://a.example/#>x</a>"),
    "tables": _same("<table><tr><td>"),
    "tables without cells": _same("<table><b>"),
    "text between cells": _same("x<br>", "<table>"),
    "rows": _same("<tr><td>x", "<table>"),
    "annotations": _same("<ruby><rt>"),
    "drawings": _same("<svg></math>"),
    "templates": _same("<template>"),
    "choices": _same("<select><option>"),
    "attributes": _distinct("<p a#=1>"),
    "attributes of one tag": _distinct(" a#=1"),
    "pages in pages": _distinct("<html a#=1>"),
    "ampersands": _same("&"),
    "ampersands in an attribute": _same("&amp;", "<p title='"),
    "references": _same("x &amp; y "),
    "references between tags": _same("&amp;<x>"),
    "angle brackets": _same("<"),
    "comments": _same("<!-- -->x"),
    "pictures": _distinct("<img src=http://a.example/#.png>"),
    "candidates": _same("a.png 1x,", "<img srcset='"),
    "backgrounds": _same("url(a.png),", "<p style='background:"),
    "data": _same("<img data-attrs='[1,2.5,\"a.png\"]'>"),
    "descriptions": _same("<img src=a.png><img src=a.png alt='" + "x" * 1000 + "'>"),
}
MARKDOWN: dict[str, Callable[[int], str]] = {
    "lists": _same("- "),
    "items": _same("- a\n\n  b\n"),
    "deeper and deeper": lambda length: "".join(
        f"{'  ' * depth}- a\n" for depth in range(int((length * 0.9) ** 0.5))
    ),
    "quotations": _same("> > > a\n"),
    "rows": _same("|c|d|\n", "|a|b|\n|-|-|\n"),
    "tables": _same("|a|\n|-|\n"),
    "rows without cells": _same("|\n", "|a" * 8 + "|\n" + "|-" * 8 + "|\n"),
    "a wide table": lambda length: "|a" * (length // 4) + "\n" + "|-" * (length // 4) + "\n",
    "paragraphs": _same("*a **b* c** [d](e) `f`\n\n"),
    "emphasis": _same("*a **b "),
    "struck": _mirrored("~~~a ", " a~~~"),
    "brackets": _same("["),
    "links": _same("[a](http://a.example/) "),
    "a long definition": lambda length: (
        f"[a]: /{'x' * (length // 2)}\n\n" + "![a] " * (length // 10)
    ),
    "a long import": lambda length: (
        f"import a from './{'x' * (length // 2)}.png'\n\n" + "<A src={a} /> " * (length // 28)
    ),
    "components": _mirrored("<A x={", "}/>"),
    "raw HTML": _same("<ul><li>"),
    "blocks of HTML": _same("<div>\n\n"),
    "HTML in paragraphs": _same("a <font color=x> c\n\n"),
    "components in HTML": _same("<div>\n<A x={1}/>\n\n"),
    "tags of engines": _same("{% x %}"),
    "ampersands": _same("&amp;"),
    "tags in code": lambda length: (
        "{% codeblock %}\n" + "{%x" * (length // 3) + "\n{% endcodeblock %}\n"
    ),
}
SHAPES = [
    *(pytest.param("html", text, id=f"html: {name}") for name, text in HTML.items()),
    *(pytest.param("markdown", text, id=f"markdown: {name}") for name, text in MARKDOWN.items()),
]


def _nothing() -> None:
    """Let the work go on."""


def _shown(text: str, language: Any) -> str:  # noqa: ANN401 - one of two words
    """Return what a page shows of an article without pictures."""
    body = rendered(post(text, language=language), check=_nothing)
    html, more = depict(body.html, lambda _: "", check=_nothing)
    safe, left = cleaned(html)
    return safe + left + more + body.rest


def _calls(work: Callable[[], object]) -> int:
    """Return how many functions *work* calls, Python's and C's."""
    count = 0

    def note(_frame: Any, event: str, _argument: Any) -> None:  # noqa: ANN401
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(("language", "text"), SHAPES)
def test_linear(language: str, text: Callable[[int], str]) -> None:
    """Four times the article calls at most about four times the functions."""
    few, many = (_calls(lambda n=n: _shown(text(n), language)) for n in (3_000, 12_000))  # type: ignore[misc]

    assert many < 5 * few + 4_000


@pytest.mark.parametrize("text", HTML.values(), ids=HTML)
def test_what_the_sanitiser_gets(text: Callable[[int], str]) -> None:
    """What the sanitiser parses is nested well and not deep, and no piece of it is laborious."""
    nested, _ = well_nested(text(200_000), KEPT, check=_nothing)
    open_: list[str] = []
    for tag in Tokenizer(nested, structural=None):
        assert len(tag.attributes()) <= len(KEPT[tag.name])
        if tag.closing:
            assert open_.pop() == tag.name
        elif tag.name not in VOID:
            open_.append(tag.name)
        assert len(open_) <= DEEPEST

    assert open_ == []
    assert all(piece.count("&") <= 3_000 for piece in re.split("<[^>]*>", nested))


HARDEST = {
    "html": ("lists in lists", "formatting left open in paragraphs", "text between cells",
             "attributes of one tag", "pages in pages", "ampersands"),
    "markdown": ("rows without cells", "a long definition", "raw HTML", "HTML in paragraphs",
                 "tags in code"),
}  # fmt: skip
"""What took minutes, or all of the memory."""
_HARDEST = [
    pytest.param(language, {"html": HTML, "markdown": MARKDOWN}[language][name], id=name)
    for language, names in HARDEST.items()
    for name in names
]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("language", "text"), _HARDEST)
def test_large(language: str, text: Callable[[int], str]) -> None:
    """Five megabytes of anything come to an end."""
    assert _shown(text(5_000_000), language)


@pytest.mark.timeout(240)
def test_large_articles(workshop: Workshop) -> None:
    """Articles of a megabyte of anything come to a page, at the end of a run and by `view`.

    A command has 90 seconds, in which all of these do; no one that takes quadratic time does.
    """
    workshop.write("x.png", picture("x.png"))
    for name in HARDEST["html"][:4]:
        workshop.write(f"{name}.html", f"<p><img src=x.png></p>{HTML[name](1_000_000)}")
    workshop.write("raw.md", f"{image('x.png')}\n{MARKDOWN['raw HTML'](1_000_000)}")
    made = workshop.command("archive", "blog", "-q")
    pages = [
        workshop.bundle(path.name) / archive_layout.PAGE for path in workshop.blog.glob("*.*m*")
    ]
    before = {page: page.read_bytes() for page in pages}
    for page in pages:
        page.unlink()
    again = workshop.command("view")

    assert (made.returncode, again.returncode) == (0, 0), made.stderr
    assert len(pages) == 5
    assert {page: page.read_bytes() for page in pages} == before
    assert all(b'src="images/x.png"' in page for page in before.values())


MANY = limits.SHOWN_WORK
LONG: dict[str, tuple[str, str]] = {
    "tags": ("html", "<b>x</b>" * MANY),
    "tags with attributes": ("html", "<b id=a>x</b>" * (MANY // 3)),
    "pictures": ("html", "<img src=y.png>" * (MANY // 9)),
    "candidates": ("html", f"<img srcset='{'y.png 1x,' * 15_000}'>" * 20),
    "characters": ("html", "word " * (limits.SHOWN_LENGTH // 5)),
    "blocks": ("markdown", "word\n\n" * limits.BLOCK_WORK),
    "lines": ("markdown", "word\n" * (limits.MARKDOWN_LINES + 1)),
    "rows": ("markdown", "|a|b|\n|-|-|\n" + "|c|d|\n" * limits.BLOCK_WORK),
}


@pytest.mark.parametrize("name", LONG)
def test_too_much(workshop: Workshop, name: str) -> None:
    """Of what is too much the rest stands as plain text, and the page says so."""
    language, text = LONG[name]
    file = "a.html" if language == "html" else "a.md"
    workshop.write("x.png", picture("x.png"))
    workshop.write(file, f"<p>first <img src=x.png></p>\n\n{text}\n\n<em>last</em> &amp; least\n")
    workshop.run()
    page = (workshop.bundle(file) / archive_layout.PAGE).read_text()
    article, _, rest = page.partition("From here on it stands as plain text.")

    assert 'src="images/x.png"' in article
    assert ("last &amp; least" if language == "html" else "&lt;em&gt;last") in rest


def test_a_wide_table(workshop: Workshop) -> None:
    """A table of more columns than anybody reads is text, and one of less is a table."""
    workshop.write("x.png", picture("x.png"))
    row = "|a" * limits.TABLE_COLUMNS
    for name, width in (("wide", 0), ("less", -2)):
        cut = len(row) + width
        lines = f"{row[:cut]}|\n{row.replace('a', '-')[:cut]}|\n"
        workshop.write(f"{name}.md", image("x.png") + "\n" + lines)
    workshop.run()
    wide, less = (
        (workshop.bundle(f"{n}.md") / archive_layout.PAGE).read_text() for n in ("wide", "less")
    )

    assert ("<th>" in wide, "|a|a|a" in wide) == (False, True)
    assert less.count("<th>a</th>") == limits.TABLE_COLUMNS - 1


@pytest.mark.parametrize(("language", "text"), [("html", "<b>x</b>"), ("md", "a *b* [c](d)\n\n")])
def test_stop(workshop: Workshop, language: str, text: str) -> None:
    """A stop is heard inside a page: it is left for another time, as it was."""
    workshop.write("x.png", picture("x.png"))
    workshop.write(f"a.{language}", f"<img src=x.png>\n\n{text * 20_000}")
    workshop.run(ARCHIVE_PAGES=False)
    looks = 0

    def stop() -> bool:
        nonlocal looks
        looks += 1
        return looks > 20

    report = write_pages(workshop.archive, stop=stop)
    page = workshop.bundle(f"a.{language}") / archive_layout.PAGE

    assert (report.complete, looks) == (False, 21)
    assert not page.exists()
    assert write_pages(workshop.archive).complete
    assert page.exists()


def test_max_time(workshop: Workshop) -> None:
    """When its time has passed a run writes no more pages, and says what does."""
    workshop.write("x.png", picture("x.png"))
    workshop.write("a.md", image("x.png"))
    made = workshop.command("archive", "blog", "--max-time", "0.001")
    pages: list[Path] = list(workshop.archive.rglob(archive_layout.PAGE))

    assert made.returncode == 3
    assert pages == []
    assert "image-archiver view" in made.stderr
