"""Write the pages that are made from the code; ``--check`` only tells which are stale."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
from drawing import flow

from crawler import settings
from crawler.cli.main import image_archiver
from crawler.common import json_codec
from crawler.common.advice import retry_command
from crawler.common.problems import PROBLEM_KINDS
from crawler.errors import BY_CODE
from crawler.report import report_schema
from crawler.store.manifest.schema import manifest_schema

_DOCS = Path(__file__).parent
_ROOT = _DOCS.parent
_NAMED = 6
"""Values of a list that a table has room for."""


def commands() -> str:
    """Return the page of the commands: their help texts."""
    parts = ["# Commands", "", "The help texts, as `--help` prints them."]
    context = click.Context(image_archiver, info_name="image-archiver", max_content_width=100)
    for name in ("", *image_archiver.list_commands(context)):
        command = image_archiver.get_command(context, name) if name else image_archiver
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context) if name else context
        title = f"image-archiver {name}".strip()
        parts += ["", f"## {title}", "", "```text", command.get_help(inner), "```"]
        if name and isinstance(command, click.Group):
            parts += _kinds(command, inner, title)
    return "\n".join(parts) + "\n"


def _kinds(group: click.Group, context: click.Context, title: str) -> Iterator[str]:
    """Yield the help texts of a verb's own verbs."""
    for name, command in group.commands.items():
        inner = click.Context(command, info_name=name, parent=context)
        yield from ("", f"### {title} {name}", "", "```text", command.get_help(inner), "```")


def failures() -> str:
    """Return the page of the failure codes."""
    parts = [
        "# Failure codes",
        "",
        "Each entry of a manifest that is not archived says why in `failure.code`.",
        "What is permanent is not asked for again by itself, only by `image-archiver retry`.",
        "The others are tried again by the first run after an hour, then after six hours, a day,",
        "three days, seven days, and every thirty days; `host-not-found` in every run.",
        "",
        "| code | means | permanent | what to do | what to type |",
        "|---|---|---|---|---|",
    ]
    for code, kind in BY_CODE.items():
        meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")
        permanent = "yes" if kind.is_permanent else "no"
        command = retry_command(code)
        type_this = f"`{command}`" if command else ""
        parts.append(f"| `{code}` | {meaning} | {permanent} | {kind.advice} | {type_this} |")
    return "\n".join([*parts, *_problems()]) + "\n"


def _problems() -> Iterator[str]:
    """Yield the lines about the problems that a post may have."""
    yield from (
        "",
        "## Problems of a post",
        "",
        "What was odd about an article stands in `post.problems` of its manifest, in words. Some",
        "of it may have cost images: nobody knows whether the post names more than were found.",
        "Such a post has a manifest even when no image was found in it. It is counted as",
        "`incomplete_posts`, named in the summary and in the report, makes the exit code 1, and",
        "keeps `status` and the gallery from saying that nothing is missing, until its article is",
        "mended and read again. `image-archiver status --failed` lists them all.",
        "",
        "The kind is told from the words, so that every version understands the manifests of all",
        "others. What another version has noted, and this one does not know, counts too.",
        "",
        "| kind | means | may have cost images | what to do |",
        "|---|---|---|---|",
    )
    for problem in PROBLEM_KINDS:
        costs = "yes" if problem.costs_images else "no"
        yield f"| `{problem.name}` | {problem.meaning} | {costs} | {problem.advice} |"


def manifest() -> str:
    """Return the page of the manifest: every key of its schema."""
    schema = manifest_schema()
    parts = [
        "# The manifest",
        "",
        "One JSON document in each bundle, `manifest.json`: UTF-8, two spaces, keys in this order.",
        "An unchanged run leaves it untouched to the byte. This page is made from the schema,",
        "[manifest-1.schema.json](../crawler/store/manifest/manifest-1.schema.json) (JSON Schema",
        "2020-12), which forbids keys that it does not name. A reader refuses a newer version",
        "rather than guess. What breaks the schema, or contradicts itself, is damage, and is never",
        "followed, whoever wrote it. No path of a machine, no password of a URL and no cookie",
        "stands in it.",
        "",
        "An entry, archived at the first attempt:",
        "",
        "```json",
        (_DOCS / "entry.json").read_text(encoding="utf-8").rstrip(),
        "```",
        "",
        "An image that one post names twice is one entry with two references. `archived` means",
        "that its original is here; `suspect` that it is here and looks like a stand-in; `failed`",
        "that it is not; `skipped` that it was left out on purpose. The last three have a",
        "`failure`.",
    ]
    for name, definition in schema["$defs"].items():
        parts += ["", f"## {name}", "", definition["description"], ""]
        parts += ["| key | holds | means |", "|---|---|---|"]
        required = set(definition["required"])
        for key, value in definition["properties"].items():
            holds = _kind(value) + ("" if key in required else ", optional")
            parts.append(f"| `{key}` | {holds} | {value['description']} |")
    return "\n".join(parts) + "\n"


def _kind(value: dict[str, Any]) -> str:
    """Return in words what a schema lets a key hold."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in value:
        return " or ".join(map(_kind, value["anyOf"]))
    values = [value["const"]] if "const" in value else value.get("enum", [])
    if 0 < len(values) <= _NAMED:
        return ", ".join(f"`{each}`" for each in values)
    kind = str(value.get("type", "string"))
    if kind == "array":
        return f"list of {_kind(value['items'])}" if value.get("items") else "pair of texts"
    return "text" if kind == "string" else kind


def settings_page() -> str:
    """Return the page of the settings that this project reads."""
    parts = [
        "# Settings",
        "",
        "`scrapy crawl posts` and `image-archiver archive` take these with `-s NAME=VALUE`.",
        "Scrapy's own settings keep their meaning.",
        "",
        "| setting | default | what it does |",
        "|---|---|---|",
    ]
    for name, words in _documented(Path(settings.__file__)):
        value = getattr(settings, name)
        parts.append(f"| `{name}` | `{value!r}` | {words} |")
    return "\n".join(parts) + "\n"


def _documented(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each assignment of a module that has a string under it."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    for statement, following in pairwise(body):
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
        ):
            yield statement.targets[0].id, " ".join(str(following.value.value).split())


def pages() -> dict[Path, str]:
    """Return every page with its content."""
    return {
        _DOCS / "commands.md": commands(),
        _DOCS / "failures.md": failures(),
        _DOCS / "manifest.md": manifest(),
        _DOCS / "pictures" / "flow.svg": flow(),
        _DOCS / "settings.md": settings_page(),
        _ROOT / "crawler" / "store" / "manifest" / "manifest-1.schema.json": json_codec.to_document(
            manifest_schema()
        ).decode(),
        _ROOT / "crawler" / "report" / "run-1.schema.json": json_codec.to_document(
            report_schema()
        ).decode(),
    }


def main() -> int:
    """Write the pages, or with ``--check`` name those that differ; return the exit code."""
    stale = [
        path
        for path, content in pages().items()
        if not path.exists() or path.read_text(encoding="utf-8") != content
    ]
    for path in stale:
        sys.stdout.write(f"{path.relative_to(_ROOT)} is made anew\n")
        if "--check" not in sys.argv:
            path.write_text(pages()[path], encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    raise SystemExit(main())
