"""Write the pages that are made from the code; ``--check`` only tells which are stale."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click

from crawler import settings
from crawler.cli.main import image_archiver
from crawler.errors import BY_CODE
from crawler.grounds import records
from crawler.manifests.schema import manifest_schema

_DOCS = Path(__file__).parent
_ROOT = _DOCS.parent


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
    return "\n".join(parts) + "\n"


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
        "| code | means | permanent | what to do |",
        "|---|---|---|---|",
    ]
    for code, kind in BY_CODE.items():
        meaning = " ".join((kind.__doc__ or "").split("\n\n")[0].split()).replace("``", "`")
        permanent = "yes" if kind.permanent else "no"
        parts.append(f"| `{code}` | {meaning} | {permanent} | {kind.advice} |")
    return "\n".join(parts) + "\n"


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
        _DOCS / "settings.md": settings_page(),
        _ROOT / "crawler" / "manifests" / "manifest-1.schema.json": records.to_document(
            manifest_schema()
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
