r"""The cases of ``tests/data/posts``; a new one needs no Python.

A file holds cases of this form; a line with a single full stop separates the parts::

    what the case shows
    suffix: .html
    .
    the article, line for line
    .
    title: x
    body line: 4
    .

Below the title stand options: ``suffix`` (``.md`` unless said), ``encoding`` (``utf-8`` unless
said), ``escapes: yes`` for an article with Python's escapes. Of what is expected, ``problem:`` (how
it begins) counts always, the rest where it is said; the body always is the article from ``body
line`` on, unless ``body`` says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from crawler.common import json_codec
from crawler.models import Post
from crawler.sources import discover, read

DATA = Path(__file__).parent.parent / "data" / "posts"


class Case(NamedTuple):
    """The three parts of a case, cut up."""

    title: str
    options: dict[str, str]
    text: str
    expected: dict[str, str]
    problems: list[str]


def _cases(path: Path) -> Iterator[Case]:
    lines = path.read_text(encoding="utf-8").split("\n")
    ends = [-1, *(i for i, line in enumerate(lines) if line == ".")]
    parts = [lines[start + 1 : end] for start, end in pairwise(ends)]
    assert len(parts) % 3 == 0, f"{path.name}: a case without end"
    for head, text, tail in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        title, *options = [line for line in head if line]
        said = [line.partition(": ")[::2] for line in tail]
        yield Case(
            title=title,
            options=dict(option.split(": ", 1) for option in options),
            text="".join(f"{line}\n" for line in text),
            expected={key: value for key, value in said if key != "problem"},
            problems=[value for key, value in said if key == "problem"],
        )


def _read(case: Case, folder: Path) -> tuple[str, Post]:
    text = case.text
    if case.options.get("escapes"):
        text = text.encode("ascii").decode("unicode_escape")
    path = folder / f"post{case.options.get('suffix', '.md')}"
    path.write_bytes(text.encode(case.options.get("encoding", "utf-8")))
    (article,) = discover(path)
    return text, read(article)


CASES = [
    pytest.param(case, id=f"{path.stem}: {case.title}")
    for path in sorted(DATA.glob("*.md"))
    for case in _cases(path)
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case, tmp_path: Path) -> None:
    """The article of the case is read as the case expects."""
    text, post = _read(case, tmp_path)
    known = {
        "metadata": json.dumps(json_codec.to_builtins(post.metadata)),
        "title": post.title or "none",
        "author": post.author or "none",
        "date": post.date or "none",
        "url": post.url or "none",
        "body": json.dumps(post.body),
        "body line": str(post.body_line),
    }
    said = dict(case.expected)
    if "metadata" in said:
        said["metadata"] = json.dumps(json.loads(said["metadata"]))

    assert {key: known[key] for key in said} == said
    assert len(post.problems) == len(case.problems)
    for problem, beginning in zip(post.problems, case.problems, strict=True):
        assert problem.startswith(beginning)
    if "body" not in said:
        lines = text.removeprefix("\ufeff").split("\n")
        assert post.body == "\n".join(lines[post.body_line - 1 :])
