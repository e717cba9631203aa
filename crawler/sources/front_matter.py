"""Split the front matter from an article and read it; broken front matter never costs the body."""

from __future__ import annotations

import io
import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from frontmatter.default_handlers import BaseHandler

from crawler.sources import safe_yaml

_OPENING = {"---": "yaml", "+++": "toml", ";;;": "json"}
_KEY = re.compile(r"[A-Za-z_][\w-]*[ \t]*:(?:[ \t]|$)")
_BELONGS = re.compile(r"""(?:\w[\w.-]*+|"[^"\n]*+")[ \t]*+:(?:[ \t]|$)|[ \t#]|-(?:[ \t]|$)""")
"""What a line of front matter looks like where nothing says how far it reaches."""
_TELLING_KEYS = frozenset(
    {"title", "date", "layout", "tags", "categories", "category", "author", "permalink"}
)
"""A block without an opening line counts as front matter only if it has one of these: a heading
underlined with dashes may hold a colon too."""
_LONGEST = 128 * 1024
"""Characters of front matter that are read: YAML and TOML take their time. The largest seen among
real posts has some thousands."""
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """An article's text, split."""

    metadata: dict[str, object]
    body: str
    body_line: int
    problems: tuple[str, ...] = ()


class _TomlHandler(BaseHandler):
    """python-frontmatter's own handler needs the retired package ``toml``."""

    FM_BOUNDARY = re.compile(r"^\+{3,}\s*$", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "+++"

    def load(self, fm: str) -> dict[str, Any]:
        return tomllib.loads(fm)


_TOML = _TomlHandler()


def split_front_matter(text: str) -> FrontMatter:
    """Return *text* split into metadata and body.

    Known are ``---`` (YAML) and ``+++`` (TOML) around a block, a JSON object at the beginning,
    blank lines before any of them, and Hexo's forms: ``;;;`` around the inside of a JSON object,
    and a block that is closed but not opened.
    """
    # Only a line feed ends a line here: str.splitlines() knows many more ends than YAML does.
    lines = list(io.StringIO(text))
    first = next((i for i, line in enumerate(lines) if line.strip().strip(_INVISIBLE)), None)
    if first is None:
        return _without(text)
    opening = lines[first].strip().strip(_INVISIBLE)
    if opening.startswith("{"):
        return _json_object(text, lines, first)
    language = _delimiter(opening)
    if language is not None:
        return _delimited(text, lines, first, language)
    return _unopened(text, lines, first)


def _without(text: str, *problems: str) -> FrontMatter:
    return FrontMatter(metadata={}, body=text, body_line=1, problems=problems)


def _delimiter(line: str) -> str | None:
    line = line.rstrip()
    if len(line) < len("---") or line.strip(line[0]):
        return None
    return _OPENING.get(line[:3])


def _delimited(text: str, lines: list[str], first: int, language: str) -> FrontMatter:
    for last in range(first + 1, len(lines)):
        if _delimiter(lines[last]) == language or (
            language == "yaml" and lines[last].rstrip() == "..."
        ):
            found = _parsed("".join(lines[first + 1 : last]), lines, last + 1, language)
            if language == "yaml" and _is_prose(found, lines[first + 1 : last]):
                return _without(text)
            if found.problems and _turns_to_prose(lines[first + 1 : last]):
                break  # the line that seems to close it is a thematic break of the body
            return found
    # Never closed. What stands before the first blank line may still be meant as front matter.
    problem = "the front matter is not closed"
    last = next((i for i in range(first + 1, len(lines)) if not lines[i].strip()), len(lines))
    block = "".join(lines[first + 1 : last])
    if not _KEY.match(block):
        return _without(text) if language == "yaml" else _without(text, problem)
    found = _parsed(block, lines, last, language)
    if found.problems:
        inside = range(first + 1, last)
        last = next((i for i in inside if not _BELONGS.match(lines[i])), last)
        found = _parsed("".join(lines[first + 1 : last]), lines, last, language)
    return FrontMatter(
        metadata=found.metadata,
        body=found.body,
        body_line=found.body_line,
        problems=(problem, *found.problems),
    )


def _is_prose(found: FrontMatter, block: list[str]) -> bool:
    """Return whether *block* stands between two thematic breaks instead, and may hold images."""
    return bool(found.problems) and not found.metadata and not any(map(_KEY.match, block))


def _turns_to_prose(block: list[str]) -> bool:
    """Return whether a line that is no front matter follows a blank one."""
    return any(
        not before.strip() and line.strip() and not _BELONGS.match(line)
        for before, line in pairwise(block)
    )


def _unopened(text: str, lines: list[str], first: int) -> FrontMatter:
    if not _KEY.match(lines[first].strip(_INVISIBLE)) and not lines[first].startswith('"'):
        return _without(text)
    for last in range(first + 1, len(lines)):
        language = _delimiter(lines[last])
        if language is not None and language != "toml":
            found = _parsed("".join(lines[first:last]), lines, last + 1, language)
            telling = _TELLING_KEYS & {key.lower() for key in found.metadata}
            return found if telling else _without(text)
    return _without(text)


def _json_object(text: str, lines: list[str], first: int) -> FrontMatter:
    start = sum(len(line) for line in lines[:first]) + lines[first].index("{")
    try:
        metadata, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        # A Liquid tag or an MDX expression may begin a text too.
        looks_meant = text[start + 1 :].lstrip()[:1] == '"'
        return (
            _without(text, f"broken JSON front matter: {error}") if looks_meant else _without(text)
        )
    line_end = text.find("\n", end)
    body_start = len(text) if line_end < 0 else line_end + 1
    if text[end:body_start].strip():
        return _without(text)
    return FrontMatter(
        metadata=metadata,
        body=text[body_start:],
        body_line=text.count("\n", 0, body_start) + 1,
    )


def _parsed(block: str, lines: list[str], body_index: int, language: str) -> FrontMatter:
    metadata, problems = _LOADERS[language](_bounded(block))
    if len(block) > _LONGEST:
        problems = (f"front matter of more than {_LONGEST} characters, the rest was not read",)
    return FrontMatter(
        metadata=metadata,
        body="".join(lines[body_index:]),
        body_line=body_index + 1,
        problems=problems,
    )


def _bounded(block: str) -> str:
    """Return the first lines of *block*, as many as are read."""
    return block if len(block) <= _LONGEST else block[: block.rfind("\n", 0, _LONGEST) + 1]


def _load_yaml(block: str) -> tuple[dict[str, object], tuple[str, ...]]:
    try:
        return _yaml_mapping(block), ()
    except Exception as error:  # noqa: BLE001 - libyaml's constructors raise whatever they meet
        problem = f"broken YAML front matter: {_one_line(error)}"
    salvaged: dict[str, object] = {}
    for chunk in _chunks(block):
        try:
            salvaged.update(_yaml_mapping(chunk))
        except Exception:  # noqa: BLE001, S112 - the problem is recorded; the other keys still count
            continue
    return salvaged, (problem,)


def _yaml_mapping(block: str) -> dict[str, object]:
    loaded = safe_yaml.load(block)
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ValueError("it is not a mapping")  # noqa: TRY004 - of the document, not of a caller
    return {str(key): value for key, value in loaded.items()}


def _chunks(block: str) -> Iterator[str]:
    """Yield each top-level key of a YAML block with the lines that belong to it."""
    chunk: list[str] = []
    for line in block.splitlines(keepends=True):
        if chunk and line[0] not in " \t-#\r\n":
            yield "".join(chunk)
            chunk = []
        chunk.append(line)
    yield "".join(chunk)


def _load_toml(block: str) -> tuple[dict[str, object], tuple[str, ...]]:
    try:
        return _TOML.load(block), ()
    except (ValueError, RecursionError) as error:
        return {}, (f"broken TOML front matter: {_one_line(error)}",)


def _load_json(block: str) -> tuple[dict[str, object], tuple[str, ...]]:
    try:
        return json.loads("{" + block + "}"), ()
    except (ValueError, RecursionError) as error:
        return {}, (f"broken JSON front matter: {_one_line(error)}",)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


_LOADERS = {"yaml": _load_yaml, "toml": _load_toml, "json": _load_json}
