"""What holds for every article, however it came about."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.common import json_codec
from crawler.references import find_references
from crawler.sources import UnreadableArticle, discover, read
from crawler.sources.article_file import MAX_ARTICLE_BYTES
from crawler.sources.front_matter import FrontMatter, split_front_matter

if TYPE_CHECKING:
    from _typeshed import TraceFunction

PIECES = st.sampled_from(
    [
        "---", "+++", ";;;", "...", "\n", "\r\n", "\n\n", "title: x\n", "date: 2021-12-01\n",
        "a: b\n", '"a": "b",\n', 'a = "b"\n', "{", "}", "[", "]", '{"a": 1}', "- ", ": ", "? ",
        "&a ", "*a", "<<: ", "!!binary ", "!x ", "|\n", ">\n", "'", '"', "#", "\t", "  ",
        "%YAML 1.1\n", "{% x %}", "{{ x }}", "\ufeff", "\u200b", "\u2028", "\x85", "\x0c", "\0",
        "\r", "é", "x", "![x](y.png)", "0x1", "1:1",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=4), max_size=30).map("".join)


@given(TEXTS)
def test_any_text(text: str) -> None:
    """No text raises; the body is the end of the text, from its line on."""
    found = split_front_matter(text)

    assert text.endswith(found.body)
    assert all(isinstance(key, str) for key in found.metadata)
    if found.body:
        assert text[: len(text) - len(found.body)].count("\n") == found.body_line - 1
    for problem in found.problems:
        assert problem.encode()
        assert "\n" not in problem


@given(text=TEXTS, suffix=st.sampled_from([".md", ".html", ".MDX"]))
def test_any_article(text: str, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No file raises, and what is said of it can stand in a manifest."""
    _read(text.encode("utf-8", "surrogatepass"), suffix, tmp_path_factory)


@given(content=st.binary(max_size=60), suffix=st.sampled_from([".md", ".htm"]))
def test_any_bytes(content: bytes, suffix: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No file raises, whatever its encoding."""
    _read(content, suffix, tmp_path_factory)


def _read(content: bytes, suffix: str, folders: pytest.TempPathFactory) -> None:
    path = folders.getbasetemp() / f"post{suffix}"
    path.write_bytes(content)
    (article,) = discover(path)
    post = read(article)

    assert post.content == content
    assert find_references(post).references is not None
    json_codec.to_json((post.title, post.author, post.date, post.url, post.problems))


WORDS = frozenset({"false", "no", "null", "off", "on", "true", "yes"})
"""What YAML 1.1 reads as something else than a text."""
KEYS = st.from_regex(r"[a-z]{1,8}", fullmatch=True).filter(lambda key: key not in WORDS)


@given(
    st.dictionaries(KEYS, st.text("a:{}[]'\"#-\\\n é")),
    TEXTS.filter(lambda text: "\n" not in text[:1]),
)
def test_written_front_matter(metadata: dict[str, str], body: str) -> None:
    """What was written between two lines is read, and the body is untouched."""
    written = "".join(f"{key}: {json_codec.to_json(value)}\n" for key, value in metadata.items())
    found = split_front_matter(f"---\n{written}---\n{body}")

    assert (found.metadata, found.body) == (metadata, body)
    assert found.body_line == len(metadata) + 3
    assert found.problems == ()


def _nested(opening: str, depth: int, closing: str = "") -> str:
    return f"---\ntitle: x\ndeep: {opening * depth}{closing * depth}\n---\nbody"


def _block(line: str) -> str:
    return f"---\ntitle: x\na:\n{''.join(' ' * i + line + chr(10) for i in range(500))}---\nbody"


DEPTH = 10_000
DEEP = {
    "flow sequences": _nested("[", DEPTH, "]"),
    "flow mappings": _nested("{a: ", DEPTH, "}"),
    "unclosed": _nested("[", DEPTH),
    "with brackets in quotes": _nested('["]]", ', DEPTH, "]"),
    "with brackets in comments": _nested("[ # ]]\n ", DEPTH, "]"),
    "a bracket a line": _nested("\n [", DEPTH, "\n ]"),
    "complex keys": _nested("? ", DEPTH),
    "sequences in one line": _nested("- ", DEPTH).replace("deep: ", "deep:\n  "),
    "block mappings": _block("a:"),
    "block sequences": _block("-"),
    "JSON": '{"a": ' + "[" * DEPTH + "]" * DEPTH + "}\nbody",
    "JSON, Hexo's form": ';;;\n"a": ' + "[" * DEPTH + "]" * DEPTH + "\n;;;\nbody",
    "TOML": "+++\na = " + "[" * DEPTH + "]" * DEPTH + "\n+++\nbody",
}  # fmt: skip


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting(text: str) -> None:
    """Nesting that would end the process is a problem of the front matter; the body is whole."""
    found = split_front_matter(text)

    assert found.body.endswith("body")
    (problem,) = found.problems
    assert problem.startswith("broken ")


def test_nesting_that_is_meant() -> None:
    """Many brackets side by side are no nesting."""
    photos = "".join(f"  - {{url: {i}.png, tags: [a, b]}}\n" for i in range(500))
    found = split_front_matter(f"---\nphotos:\n{photos}---\n")

    assert found.problems == ()
    assert len(found.metadata["photos"]) == 500  # type: ignore[arg-type]


def _aliases(template: str, times: int) -> str:
    lines = ["a0: &a0 {x0: 1, x1: 2, x2: 3}\n"]
    for i in range(1, times):
        repeated = ", ".join([f"*a{i - 1}"] * 10)
        lines.append(template.format(i=i, repeated=repeated))
    return f"---\ntitle: x\n{''.join(lines)}---\nbody"


def test_alias_bomb() -> None:
    """Aliases of aliases are shared, not copied, and are not followed without end."""
    found = split_front_matter(_aliases("a{i}: &a{i} [{repeated}]\n", 40))

    assert found.metadata["title"] == "x"
    assert found.body == "body"


def test_merge_bomb() -> None:
    """Merges of merges, which would be copied, are refused; the other keys stay."""
    found = split_front_matter(_aliases("a{i}: &a{i} {{<<: [{repeated}]}}\n", 12))

    assert found.metadata["title"] == "x"
    assert "merges" in found.problems[0]
    assert found.body == "body"


def test_merge() -> None:
    """A merge as people write it is one."""
    found = split_front_matter("---\na: &a {x: 1, y: 2}\nb:\n  <<: *a\n  y: 3\n---\n")

    assert found.metadata["b"] == {"x": 1, "y": 3}
    assert found.problems == ()


def test_recursion() -> None:
    """A value that holds itself ends no process."""
    found = split_front_matter("---\ntitle: x\nimage: &a [*a, y.png]\n---\nbody")

    assert found.metadata["title"] == "x"


def _steps(function: Callable[[str], FrontMatter], text: str) -> int:
    """Return the lines of Python that the call takes: a clock that no machine moves."""
    steps = 0

    def count(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        function(text)
    finally:
        sys.settrace(before)
    return steps


@pytest.mark.parametrize(
    "repeated",
    [
        "---\n", "+++\n", ";;;\n", "a: b\n", "a: [\n", "\n", "- ", "title: x\n\n", '"', "'", "[",
        "{", "a: *b\n", "a: &b c\n", "'a': \"\n", ": ", "? ", "\r", "\t", "{\n", '{"a": ', "...\n",
    ],
)  # fmt: skip
@pytest.mark.parametrize("beginning", ["---\n", "+++\n", ";;;\n", "a: b\n", "{", "\n---\nx: y\n"])
def test_linear(beginning: str, repeated: str) -> None:
    """Twice the text takes no more than about twice the steps."""
    once, twice = (_steps(split_front_matter, beginning + repeated * n) for n in (400, 800))

    assert twice <= 2.2 * once + 2000


def test_too_large(tmp_path: Path) -> None:
    """A file that is no article by its size is not read."""
    path = tmp_path / "a.md"
    with path.open("wb") as file:
        file.truncate(MAX_ARTICLE_BYTES + 1)
    (article,) = discover(path)

    with pytest.raises(UnreadableArticle, match="larger than"):
        read(article)


def test_gone(tmp_path: Path) -> None:
    """An article that is deleted between discovery and reading costs itself."""
    path = tmp_path / "a.md"
    path.touch()
    (article,) = discover(path)
    path.unlink()

    with pytest.raises(UnreadableArticle, match="No such file"):
        read(article)


@pytest.mark.parametrize(
    ("opening", "line", "closing"),
    [
        ("---", "- x", "---"),
        ("---", "a: b", "---"),
        ("+++", "a = 1", "+++"),
        ("---", "k: [", "---"),
    ],
)
def test_endless_front_matter(opening: str, line: str, closing: str) -> None:
    """Of endless front matter the beginning is read; that is a problem, and the body stays."""
    text = "\n".join([opening, "a:", *[line] * 100_000, closing, "![a](a.png)"])
    found = split_front_matter(text)

    assert found.body == "![a](a.png)"
    assert "the rest was not read" in found.problems[0]
