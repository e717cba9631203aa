"""Of an article, the URLs of references change and nothing else, and it can be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.common.digests import digest
from crawler.localize.links import Links
from crawler.localize.rewriting import Rewriting, core, rewrite
from crawler.models import Post, Reference
from crawler.references import find_references
from crawler.sources.article_file import read_content
from crawler.store.localization_journal import InPlace
from tests.references.posts import BASE
from tests.references.test_documents import CASES, Case
from tests.references.test_laws import TEXTS

DATA = Path(__file__).parent.parent / "data"
ARTICLES = sorted(
    path for path in DATA.rglob("*") if path.suffix in {".md", ".html"} and path.is_file()
)
_NEW = "/images/i-"
"""What only the new links hold."""
LINKS = Links(start=Path("/blog"), bundle=Path("/blog/a (b) & c"), root=Path("/blog"))


def _reader(suffix: str, base: str | None = BASE) -> Callable[[bytes], Post]:
    def read(content: bytes) -> Post:
        post = read_content(content, id_="a", source="a", suffix=suffix, base_url=base)
        return replace(post, references=find_references(post, all_candidates=True).references)

    return read


def _all(content: bytes, suffix: str, base: str | None = BASE) -> Rewriting:
    """Lead every reference, except ``data:``, to a file that is called after its destination."""
    names: dict[str, str] = {}

    def wanted(reference: Reference) -> str | None:
        if reference.url.startswith("data:"):
            return None
        name = f"images/i-{len(names)}.png"
        return LINKS.path(names.setdefault(core(reference.destination), name))

    return rewrite(content, _reader(suffix, base), wanted, LINKS.spell)


def _undone(rewriting: Rewriting, original: bytes) -> bytes | None:
    return InPlace(
        original=digest(original),
        localized=digest(rewriting.content),
        encoding=rewriting.encoding,
        changes=rewriting.changes,
    ).original_of(rewriting.content)


def _rewritten(text: str, suffix: str = ".md", **urls: str) -> str:
    """Return *text* with ``http://e.example/NAME.png`` led to what *urls* say of the name."""

    def wanted(reference: Reference) -> str | None:
        return urls.get(reference.url.removeprefix("http://e.example/").removesuffix(".png"))

    rewriting = rewrite(text.encode(), _reader(suffix), wanted, LINKS.spell)
    return rewriting.content.decode()


def _document(case: Case) -> tuple[bytes, str, str | None]:
    text = case.text
    if case.options.get("escapes"):
        text = text.encode("ascii").decode("unicode_escape")
    language = case.options.get("language", "markdown")
    if language == "yaml":
        text = f"---\n{text}\n---\n"
    suffix = case.options.get("suffix", ".html" if language == "html" else ".md")
    base: str | None = case.options.get("base", BASE)
    return text.encode("utf-8", "surrogatepass"), suffix, None if base == "none" else base


def _check(content: bytes, suffix: str, base: str | None) -> Rewriting:
    """Hold the laws of a rewriting against one document."""
    before = _reader(suffix, base)(content).references
    rewriting = _all(content, suffix, base)

    assert _undone(rewriting, content) == content
    assert all(
        change.before in content.decode(rewriting.encoding, "replace")
        for change in rewriting.changes
    )
    left = Counter(each.destination for each in rewriting.left)
    others = Counter(r.destination for r in before if r.url.startswith("data:"))
    after = _reader(suffix, base)(rewriting.content).references
    assert Counter(r.destination for r in after if _NEW not in r.destination) == left + others
    return rewriting


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case) -> None:
    """What was rewritten in a document of the references gives its bytes back."""
    _check(*_document(case))


@pytest.mark.parametrize("path", ARTICLES, ids=lambda path: str(path.relative_to(DATA)))
def test_document(path: Path) -> None:
    """What was rewritten in any document of the tests gives its bytes back."""
    _check(path.read_bytes(), path.suffix, BASE)


def test_most_are_rewritten() -> None:
    """Of all constructs, what stays is what an engine puts together, and odd escapes."""
    documents = [_document(parameter.values[0]) for parameter in CASES]  # type: ignore[arg-type]
    left = [left for document in documents for left in _all(*document).left]
    total = sum(
        len(_reader(suffix, base)(content).references) for content, suffix, base in documents
    )

    assert len(left) < total / 20


@settings(max_examples=40, deadline=None)  # a document is read many times
@given(TEXTS, st.sampled_from([".md", ".html", ".mdx"]), st.sampled_from(["", "\ufeff", "\r\n"]))
def test_any_text(text: str, suffix: str, head: str) -> None:
    """Whatever a text holds, what was rewritten in it gives its bytes back."""
    _check((head + text).encode("utf-8", "surrogatepass"), suffix, BASE)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(["utf-8", "utf-16"]))
def test_any_bytes(content: bytes, encoding: str) -> None:
    """Bytes that are no text stay as they are around the URL that changes."""
    image = "![](http://e.example/a.png)\n".encode(encoding)
    rewriting = _check(image + content, ".md", BASE)

    assert rewriting.content.endswith(content)


WORDS = st.lists(st.sampled_from(["http://e.example/a.png", "a", "(", ")", " ", "\n", "<b>", "`"]))


@settings(max_examples=40, deadline=None)
@given(WORDS.map("".join), st.sampled_from(["~~~~", "```"]))
def test_code(code: str, fence: str) -> None:
    """Code stays as it is, also where it says what a reference beside it says."""
    code = "\n".join(line for line in code.split("\n") if not line.startswith(fence))
    block = f"{fence}\n{code}\n{fence}\n"
    text = f"{block}\n![](http://e.example/a.png)\n\n    ![](http://e.example/a.png)\n"

    new = _rewritten(text, a="new.png")

    assert new == f"{block}\n![](new.png)\n\n    ![](http://e.example/a.png)\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("`http://e.example/a.png` ![](http://e.example/a.png)", "`http://e.example/a.png` ![](N)"),
        ("<!-- ![](http://e.example/a.png) -->", "<!-- ![](http://e.example/a.png) -->"),
        (
            "<script>x='http://e.example/a.png'</script>",
            "<script>x='http://e.example/a.png'</script>",
        ),
        ("![x](<http://e.example/a.png> 'ti tle')", "![x](<N> 'ti tle')"),
        ('![x][i]\n\n[i]:  http://e.example/a.png "t"', '![x][i]\n\n[i]:  N "t"'),
        ("![](http://e.example/a\\.png)", "![](N)"),
        ("![](http&colon;//e.example/a.png)", "![](N)"),
        ("[![](http://e.example/a.png)](http://e.example/a.png)", "[![](N)](N)"),
        ("[a page](http://e.example/a.png/more)", "[a page](http://e.example/a.png/more)"),
        ("![](http://e.example/a.png?b.png)![](http://e.example/a.png)",
         "![](http://e.example/a.png?b.png)![](N)"),
        ("![](http://p.example/?http://e.example/a.png&b.jpg)![](http://e.example/a.png)",
         "![](http://p.example/?http://e.example/a.png&b.jpg)![](N)"),
        ("<img src=http://e.example/a.png>", "<img src=N>"),
        ("<img  SRC='http://e.example/a.png'\n alt=\"&amp;\">", "<img  SRC='N'\n alt=\"&amp;\">"),
        ('<img srcset="http://e.example/b.png 1x,\n http://e.example/a.png 2x">',
         '<img srcset="http://e.example/b.png 1x,\n N 2x">'),
        ('<p style="background: url( &quot;http://e.example/a.png&quot; )">x</p>',
         '<p style="background: url( &quot;N&quot; )">x</p>'),
        ("<style>p { background: url(http://e.example/a.png) }</style>",
         "<style>p { background: url(N) }</style>"),
        ('<div data-attrs="{&quot;image&quot;:&quot;http:\\/\\/e.example\\/a.png&quot;}">',
         '<div data-attrs="{&quot;image&quot;:&quot;N&quot;}">'),
        ('<script type="application/ld+json">{"image": "http:\\/\\/e.example/a.png"}</script>',
         '<script type="application/ld+json">{"image": "N"}</script>'),
        ("---\nimage:   http://e.example/a.png # c\n---\n", "---\nimage:   N # c\n---\n"),
        ("---\nanything: 'http://e.example/a.png'\n---\n", "---\nanything: 'N'\n---\n"),
        ("---\nphotos:\n- >-\n  http://e.example/a.png\n---\n", "---\nphotos:\n- >-\n  N\n---\n"),
        ("---\ngallery: [{url: http://e.example/a.png}]\n---\n", "---\ngallery: [{url: N}]\n---\n"),
        ('+++\nimage = "http://e.example/a.png"\n+++\n', '+++\nimage = "N"\n+++\n'),
        ('{"image": "http:\\/\\/e.example\\/a.png"}\n', '{"image": "N"}\n'),
        ("{% img left http://e.example/a.png 30 20 'x' %}", "{% img left N 30 20 'x' %}"),
        ('{{< figure src="http://e.example/a.png" >}}', '{{< figure src="N" >}}'),
        ("<p>[av_image src='http://e.example/a.png' x=y]", "<p>[av_image src='N' x=y]"),
        ('![x](b.png){: data-src="http://e.example/a.png"}', '![x](b.png){: data-src="N"}'),
        ("![](http://e.example/a.png =30x20)", "![](N =30x20)"),
        ("a\r\n![](http://e.example/a.png)\r\n", "a\r\n![](N)\r\n"),
        ('![](http://e.example/a.png "http://e.example/a.png")',
         '![](N "http://e.example/a.png")'),
    ],
)  # fmt: skip
def test_construct(text: str, expected: str) -> None:
    """Of a construct, the URL changes alone."""
    suffix = ".html" if text.startswith("<p>") else ".md"

    assert _rewritten(text, suffix, a="n.png") == expected.replace("N", "n.png")


def test_path_with_marks() -> None:
    """A path that Markdown, HTML and CSS would read otherwise is percent-encoded."""
    text = "![](http://e.example/a.png) <img src=http://e.example/a.png>"

    assert _rewritten(text, a="a (b) & 'c'.png") == (
        "![](a%20%28b%29%20%26%20%27c%27.png) <img src=a%20%28b%29%20%26%20%27c%27.png>"
    )


def test_expression_of_the_engine() -> None:
    """What an engine would put before a new link is a reason to leave the reference alone."""
    text = "![]({{ site.baseurl }}/a.png)"
    rewriting = _all(text.encode(), ".md")

    assert rewriting.content == text.encode()
    assert [left.destination for left in rewriting.left] == ["/a.png"]


def test_short_destination() -> None:
    """A destination that is a word of the text changes where it is one alone."""
    text = "a ![a](a) a [a] <img src=a alt=a>\n\n[a]: a\n"
    rewriting = rewrite(text.encode(), _reader(".md"), lambda _: "n.png", LINKS.spell)

    assert rewriting.content.decode() == ("a ![a](n.png) a [a] <img src=n.png alt=a>\n\n[a]: a\n")


def test_utf_16() -> None:
    """An article in UTF-16 keeps its encoding and its mark."""
    text = "\ufeffé ![](http://e.example/a.png) é"
    for encoding in ("utf-16-le", "utf-16-be"):
        rewriting = _all(text.encode(encoding), ".md")

        assert rewriting.content.decode(encoding).count("images/i-0.png") == 1
        assert _undone(rewriting, text.encode(encoding)) == text.encode(encoding)


def test_many() -> None:
    """An article with many images is read a fixed number of times."""
    text = "".join(f"![](http://e.example/{n}.png)\n" for n in range(400))
    readings = 0
    read = _reader(".md")

    def counted(content: bytes) -> Any:  # noqa: ANN401 - as read has it
        nonlocal readings
        readings += 1
        return read(content)

    rewriting = rewrite(text.encode(), counted, lambda _: "n.png", LINKS.spell)

    assert len(rewriting.changes) == 400
    assert readings < 6
