"""``image-archiver explain``: every attempt for one image, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crawler.cli.completion import IMAGE
from crawler.cli.console import SafeConsole
from crawler.cli.exits import Exit
from crawler.cli.logs import log_to_stderr
from crawler.cli.options import common_options
from crawler.cli.output import print_document, print_text
from crawler.common import json_codec, urls
from crawler.common.advice import command_of, retry_command, when
from crawler.common.formatting import counted, in_bytes
from crawler.errors import UsageError
from crawler.models import Attempt, Original
from crawler.queries.explain import Explanation, Naming
from crawler.queries.explain import explain as explain_url

_POSTS_LISTED = 10
_UNBOUNDED = 100_000
"""Columns of what is no terminal: nothing is folded there."""
_COLOURS = {"archived": "green", "suspect": "yellow", "failed": "red"}


@click.command(short_help="Tell all about one image: each request, and what to do.")
@click.argument("url", type=IMAGE, metavar="URL")
@common_options
def explain(url: str, archive: Path, *, as_json: bool, quiet: bool, verbose: bool) -> Exit:
    """Tell all about the image at URL: each request, what came of it, and what to do.

    \b
    Example:
      image-archiver explain https://static.example.org/a.png
    """
    log_to_stderr(quiet=quiet, verbose=verbose)
    try:
        found = explain_url(archive, url)
    except UsageError as error:
        if urls.scheme(url) in urls.NETWORK_SCHEMES or "\n" in str(error):
            raise
        raise UsageError(
            f"{error}; an image beside its article is shown by image-archiver status POST"
        ) from error
    if as_json:
        print_document(_plain(found))
        return Exit.ALL_ARCHIVED
    console = SafeConsole(highlight=False)
    if not console.is_terminal:
        console = SafeConsole(highlight=False, width=_UNBOUNDED)
    for part in _parts(found, archive):
        with console.capture() as shown:
            # A line of its own is left to the terminal to fold: what is copied from it is whole.
            console.print(part, soft_wrap=isinstance(part, Text))
        # Tables fill their columns with blanks, which only a terminal has a use for.
        lines = (f"{line.rstrip()}\n" for line in shown.get().splitlines())
        print_text(shown.get() if console.is_terminal else "".join(lines))
    return Exit.ALL_ARCHIVED


def _plain(found: Explanation) -> dict[str, Any]:
    plain: dict[str, Any] = json_codec.to_builtins(found)
    for naming in plain["posts"]:
        for reference in naming["references"]:
            del reference["url"], reference["skip"]
    return plain


def _parts(found: Explanation, archive: Path) -> Iterator[RenderableType]:
    yield Text(found.url, style="bold", overflow="fold")
    yield _verdict(found)
    yield _rows(_facts(found))
    for words, command in _commands(found, archive):
        yield Text(f"  {words.ljust(_LABEL)}{command}")
    if found.attempts:
        yield Text(f"\nThe last try: {counted(len(found.attempts), 'request')}", style="bold")
    asked = found.url
    for number, attempt in enumerate(found.attempts, 1):
        yield from _attempt(number, attempt, of_another=attempt.url != asked)
        asked = attempt.url
    yield Text(f"\nNamed by {counted(found.bundles, 'post')}", style="bold")
    for naming in found.posts[:_POSTS_LISTED]:
        yield from _naming(naming)
    if found.bundles > min(len(found.posts), _POSTS_LISTED):
        yield Text("  … and more (--json)")


_LABEL = 15
"""Columns of what stands before a command."""
LIKED = {
    "policy": "the Referer that a browser sends",
    "none": "requests without a Referer",
    "article": "the URL of the post as Referer",
    "origin": "its own address as Referer",
    "table": "the Referer of --referer",
}
"""What came through at the host, for each rung of the Referer ladder."""
_SHORT = 23
"""Of a digest: its kind and 16 digits."""


def _verdict(found: Explanation) -> Text:
    text = Text(found.state, style=_COLOURS[found.state], overflow="fold")
    if found.failure is not None:
        text.append("; its server answers now" if found.state == "archived" else "")
        text.append(f": {found.failure.code}", style="bold")
        text.append(f" ({found.failure.detail})", style="default")
    return text


def _commands(found: Explanation, archive: Path) -> Iterator[tuple[str, str]]:
    if found.failure is None or found.state == "archived":
        return
    command = retry_command(found.failure.code, archive, urls.host(found.url))
    if command is not None:
        yield "try again", command
    if found.original is not None:
        clearing = ("--only", found.failure.code, "--not-placeholder")
        digest = found.original.digest[:_SHORT]
        yield "if it is right", command_of("retry", archive, *clearing, digest)


def _facts(found: Explanation) -> Iterator[tuple[str, str]]:
    if found.failure is not None and found.state != "archived":
        yield "what to do", found.advice or ""
        yield "tried", _patience(found)
        if found.failure.tried_referers:
            yield "Referers tried", ", ".join(r or "none" for r in found.failure.tried_referers)
    if found.capture is not None:
        yield "fetched", f"{when(found.capture.date)}, {found.capture.via}"
        if found.capture.url != found.url:
            yield "from", found.capture.url
        yield "Referer sent", found.capture.referer or "none"
    yield from _later(found)
    if found.original is not None:
        yield "original", _described(found.original)
        yield "digest", found.original.digest
    if found.liked is not None:
        yield "host lets in", LIKED[found.liked]


def _later(found: Explanation) -> Iterator[tuple[str, str]]:
    """Yield what came of asking again for what is archived."""
    if found.confirmed is not None:
        yield "asked again", when(found.confirmed)
    if found.unconfirmed is not None:
        again = found.unconfirmed.next_attempt
        until = f"; again after {when(again)}" if again else ""
        yield "no answer", f"{found.unconfirmed.code} ({found.unconfirmed.detail}){until}"


def _patience(found: Explanation) -> str:
    failure = found.failure
    if failure is None:
        return ""
    times = f"in {counted(failure.runs, 'run')}" if failure.runs else "not yet"
    if found.state == "suspect":
        return f"{times}; its bytes are kept"
    if failure.permanent:
        return f"{times}; not again by itself"
    if failure.next_attempt is None:
        return f"{times}; again in the next run"
    return f"{times}; again after {when(failure.next_attempt)}"


def _described(original: Original) -> str:
    size = f"{original.width} x {original.height}, " if original.width else ""
    frames = f"{original.frames} frames, " if original.frames > 1 else ""
    return f"{original.media_type}, {size}{frames}{in_bytes(original.size)}"


def _attempt(number: int, attempt: Attempt, *, of_another: bool) -> Iterator[RenderableType]:
    answer = f"HTTP {attempt.status}" if attempt.status else "no answer"
    head = Text(f"\n{number}. {answer}", overflow="fold")
    head.append(f", {attempt.verdict}", style=_COLOURS.get(attempt.verdict, "yellow"))
    detail = attempt.detail if attempt.detail not in {"", answer} else ""
    head.append(f" ({detail})" if detail else "")
    yield head
    yield Padding(
        Text(f"{attempt.date}, {attempt.seconds:.3f} s", style="dim"), (0, 0, 0, 3), expand=False
    )
    if of_another:
        yield Padding(Text(f"GET {attempt.url}", overflow="fold"), (0, 0, 0, 3), expand=False)
    yield _rows(_headers(">", attempt.request_headers), indent=3)
    yield _rows(_headers("<", attempt.response_headers), indent=3)


def _headers(mark: str, headers: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    return ((f"{mark} {name}", value) for name, value in headers)


def _naming(naming: Naming) -> Iterator[RenderableType]:
    line = Text(f"  {naming.post}", overflow="fold")
    line.append(f"  {naming.state}", style=_COLOURS.get(naming.state, "default"))
    yield line
    places = (f"{reference.location} ({reference.origin})" for reference in naming.references)
    where = f"{naming.bundle}/{naming.path}" if naming.path else naming.bundle
    yield _rows([("in", ", ".join(places) or "no longer named"), ("at", where)], indent=4)


def _rows(rows: Iterable[tuple[str, str]], *, indent: int = 2) -> RenderableType:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(name), Text(value))
    return Padding(table, (0, 0, 0, indent), expand=False)
