r"""The cases of ``tests/data/references``; a new one needs no Python.

A file holds cases of this form; a line with a single full stop separates the parts::

    what the case shows
    language: html
    base: https://example.org/posts/
    .
    <img src=a.png alt="">
    .
    img-src, line 1: https://example.org/posts/a.png
        alt:
        destination: a.png
    .

Below the title stand options: ``language`` (``markdown`` unless said, ``html``, or ``yaml`` for
front matter), ``suffix`` (``.md`` unless said), ``base`` (the one above unless said; ``none`` for
no base), ``escapes: yes`` for an input with Python's escapes, ``all-candidates: yes``. Every
reference is expected, in its order. An indented line says more of it; what is not said is not
compared, except ``skip``, which counts always. A line that begins with ``problem:`` is a bound that
was hit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from crawler.models import Reference
from crawler.references import ORIGINS, Found, find_references
from tests.references.posts import BASE, post

DATA = Path(__file__).parent.parent / "data" / "references"


class Case(NamedTuple):
    """The three parts of a case, the first one cut up."""

    title: str
    options: dict[str, str]
    text: str
    expected: str


def _cases(path: Path) -> Iterator[Case]:
    part: list[str] = []
    parts: list[str] = []
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line != ".":
            part.append(line)
            continue
        parts.append("\n".join(part).strip("\n"))
        part = []
        if len(parts) == 3:
            title, *options = parts[0].split("\n")
            yield Case(title, dict(option.split(": ", 1) for option in options), *parts[1:])
            parts = []
    assert not parts, f"{path.name}: a case without end"


def _find(case: Case) -> Found:
    text = case.text
    if case.options.get("escapes"):
        text = text.encode("ascii").decode("unicode_escape")
    base: str | None = case.options.get("base", BASE)
    base = None if base == "none" else base
    language = case.options.get("language", "markdown")
    if language == "yaml":
        return find_references(post("", metadata=yaml.safe_load(text), base=base))
    subject = post(text, language="html" if language == "html" else "markdown", base=base)
    subject = replace(subject, suffix=case.options.get("suffix", subject.suffix))
    return find_references(subject, all_candidates="all-candidates" in case.options)


def _described(reference: Reference, keys: set[str]) -> str:
    place, _, thumbnail = reference.location.partition(", full size of ")
    described = {
        "alt": reference.alt and reference.alt.replace("\n", "\\n"),
        "destination": reference.destination,
        "full-size-of": thumbnail,
        "policy": reference.referrer_policy,
        "skip": reference.skip and f"{reference.skip.code}, {reference.skip.detail}",
    }
    if reference.skip:
        keys = keys | {"skip"}
    lines = [f"    {key}: {described[key]}".rstrip() for key in described if key in keys]
    return "\n".join([f"{reference.origin}, {place}: {reference.url}", *lines])


def _keys(expected: str) -> list[set[str]]:
    keys: list[set[str]] = []
    for line in expected.split("\n"):
        if line.startswith("    "):
            keys[-1].add(line.strip().partition(":")[0])
        else:
            keys.append(set())
    return keys


def _outcome(found: Found, expected: str) -> str:
    wanted = _keys(expected)
    wanted += [set()] * (len(found.references) - len(wanted))
    lines = [_described(*pair) for pair in zip(found.references, wanted, strict=False)]
    return "\n".join([*lines, *(f"problem: {problem}" for problem in found.problems)])


CASES = [
    pytest.param(case, id=f"{path.stem}: {case.title}")
    for path in sorted(DATA.glob("*.md"))
    for case in _cases(path)
]


@pytest.mark.parametrize("case", CASES)
def test_case(case: Case) -> None:
    """The post of the case names exactly the images that the case expects."""
    found = _find(case)

    assert _outcome(found, case.expected) == case.expected
    assert {reference.origin for reference in found.references} <= set(ORIGINS)


def test_every_origin_has_a_case() -> None:
    """No construct is without a document."""
    named = {line.partition(",")[0] for param in CASES for line in _lines(param.values[0])}

    assert set(ORIGINS) <= named


def _lines(case: object) -> list[str]:
    assert isinstance(case, Case)
    return case.expected.split("\n")
