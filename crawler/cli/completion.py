"""What the shell completes: codes, and hosts, posts and images from the catalog.

Only what begins as was typed is read, and not more of it than a person looks through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from crawler.errors import BY_CODE, ImageArchiverError
from crawler.store.catalog import Catalog, open_catalog

_OFFERED = 50

_Offer = Callable[[Catalog, str], Iterable[str]]


class Code(click.ParamType[str]):
    """A failure's code; one that does not exist is refused by who needs it."""

    name = "code"

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - as inherited
        param: click.Parameter,  # noqa: ARG002 - as inherited
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return the codes that begin so, with what each means."""
        return [
            CompletionItem(code, help=(kind.__doc__ or "").partition(".")[0])
            for code, kind in BY_CODE.items()
            if code.startswith(incomplete)
        ]


class Text(click.ParamType[str]):
    """A text that is looked up in the catalog when it is completed, or is a path on this disk."""

    name = "text"

    def __init__(self, *offers: _Offer, paths: bool = False) -> None:
        self._offers = offers
        self._paths = paths

    def shell_complete(
        self,
        ctx: click.Context,
        param: click.Parameter,  # noqa: ARG002 - as inherited
        incomplete: str,
    ) -> list[CompletionItem]:
        """Return what the archive has that begins so; of paths the shell itself knows."""
        paths = [CompletionItem(incomplete, type="file")] if self._paths else []
        root = ctx.params.get("archive") or Path("archive")
        return [*map(CompletionItem, self._found(root, incomplete)), *paths]

    def _found(self, root: Path, incomplete: str) -> list[str]:
        if not self._offers:
            return []
        try:
            catalog = open_catalog(root)
        except ImageArchiverError:
            return []
        try:
            found = [text for offer in self._offers for text in offer(catalog, incomplete)]
        finally:
            catalog.close()
        return found[:_OFFERED]


def _hosts(catalog: Catalog, beginning: str) -> Iterable[str]:
    return [host for host in catalog.hosts() if host.startswith(beginning)]


def _posts(catalog: Catalog, beginning: str) -> Iterable[str]:
    return catalog.posts_below(beginning, _OFFERED)


def _images(catalog: Catalog, beginning: str) -> Iterable[str]:
    return catalog.urls_below(beginning, _OFFERED) if beginning.startswith("http") else []


CODE = Code()
HOST = Text(_hosts)
POST = Text(_posts)
POST_OR_PATH = Text(_posts, paths=True)
PATH = Text(paths=True)
IMAGE = Text(_images)
SUBJECT = Text(_hosts, _posts, _images)
