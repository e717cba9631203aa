"""What is shown of one host, one post or one image."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from crawler.cli.options import say_on, tell, tell_command
from crawler.cli.output import print_document
from crawler.common.advice import command_of, retry_command, when
from crawler.common.formatting import counted, in_bytes
from crawler.errors import BY_CODE
from crawler.models import Entry, Original
from crawler.queries.explain import explain
from crawler.queries.subjects import HostStatus, PostStatus, Subject, host_status, post_status

_COLOURS = {"archived": "green", "suspect": "yellow", "failed": "red", "skipped": "dim"}
_STATE = 9
"""Columns of the longest state and a blank."""


def show(archive: Path, subject: Subject, *, as_json: bool) -> None:
    """Show what *archive* has of *subject*, for people or as a document."""
    _SHOWING[subject.kind](archive, subject.name, as_json)


def _host(archive: Path, name: str, as_json: bool) -> None:
    found = host_status(archive, name)
    if as_json:
        print_document({"host": found.host, **found.states, "failures": found.failures,
                   "size": found.size, "liked": found.liked})  # fmt: skip
        return
    _say_host(found, archive, say_on(as_json=False))


def _say_host(found: HostStatus, archive: Path, console: Console) -> None:
    images = counted(sum(found.states.values()), "image")
    states = ", ".join(f"{count:,} {state}" for state, count in found.states.items() if count)
    tell(console, f"[bold]{escape(found.host)}: {images}, {states}.[/bold]")
    tell(console, f"Originals: {in_bytes(found.size)}.")
    if found.liked is not None:
        tell(console, f"It lets in: the Referer {escape(repr(found.liked))}.")
    for code, count in found.failures.items():
        console.print()
        tell(console, f"[red]{code}[/red] ({count:,}): {escape(BY_CODE[code].advice)}")
        command = command_of("status", archive, "--failed", "--only", code, "--host", found.host)
        tell_command(console, "each of them", command)
        again = retry_command(code, archive, found.host)
        if again is not None:
            tell_command(console, "to try again", again, style="dim")


def _post(archive: Path, name: str, as_json: bool) -> None:
    found = post_status(archive, name)
    if as_json:
        print_document({"post": found.id, "bundle": found.bundle, "manifest": found.manifest})
        return
    _say_post(found, archive, say_on(as_json=False))


def _say_post(found: PostStatus, archive: Path, console: Console) -> None:
    manifest = found.manifest
    if found.bundle is None or manifest is None:
        tell(console, f"[bold]{escape(found.id)}[/bold] names no image.")
        return
    title = f" ({escape(manifest.post.title)})" if manifest.post.title else ""
    summary = manifest.summary
    images = f"{counted(summary.entries, 'image')} in {counted(summary.references, 'place')}"
    tell(console, f"[bold]{escape(found.id)}[/bold]{title}: {images}.")
    console.print(f"In {escape(str(archive / found.bundle))}")
    for problem in manifest.post.problems:
        tell(console, f"[yellow]{escape(problem)}[/yellow]")
    for entry in manifest.entries:
        colour = _COLOURS[entry.state]
        state = entry.state.ljust(_STATE)
        console.print(f"[{colour}]{state}[/{colour}]{escape(entry.url)}")
        tell(console, escape(_fate(entry)), indent=_STATE)


def _fate(entry: Entry) -> str:
    """Return what became of an image: its file, or why there is none."""
    kept = f"{entry.original.path}, {_described(entry.original)}" if entry.original else ""
    failed = f"{entry.failure.code}: {entry.failure.detail}" if entry.failure else ""
    return "; ".join(filter(None, (kept, failed)))


def _described(original: Original) -> str:
    size = f"{original.width} x {original.height}, " if original.width else ""
    return f"{size}{in_bytes(original.size)}"


def _image(archive: Path, url: str, as_json: bool) -> None:
    found = explain(archive, url)
    if as_json:
        print_document({
            "url": found.url, "state": found.state, "failure": found.failure,
            "original": found.original, "posts": [naming.post for naming in found.posts],
        })  # fmt: skip
        return
    console = say_on(as_json=False)
    colour = _COLOURS[found.state]
    console.print(f"[bold]{escape(found.url)}[/bold]")
    why = f": {found.failure.code}, {found.failure.detail}" if found.failure else ""
    tell(console, f"[{colour}]{found.state}[/{colour}]{escape(why)}")
    if found.capture is not None:
        tell(console, f"Fetched {when(found.capture.date)}, {found.capture.via}.")
    for naming in found.posts:
        path = f"/{naming.path}" if naming.path else ""
        tell(console, escape(f"{naming.post}, in {archive / naming.bundle}{path}"), indent=2)
    explaining = command_of("explain", archive, found.url)
    tell_command(console, "each request", explaining, indent=0, style="dim")


_SHOWING: dict[str, Callable[[Path, str, bool], None]] = {
    "host": _host,
    "post": _post,
    "image": _image,
}
