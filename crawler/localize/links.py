"""How a local image is written into an article: which path, from where, with which escapes.

A path is percent-encoded like any URL (RFC 3986), so that neither Markdown nor HTML, CSS, YAML or
the tag of an engine sees anything in it that it would read otherwise. Names of files, which a wiki
and an import of JSX want instead, are written as they are.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Final, Literal
from urllib.parse import quote

from crawler.common import limits
from crawler.common.files import followed, read_regular
from crawler.errors import UsageError
from crawler.models import Reference
from crawler.references.origins import JSX_ATTRIBUTE, MDX_IMPORT

Relative = Literal["auto", "file", "page"]
"""Links lead on from the article's file, or from the page that an engine makes of it."""

_PREFIX: Final = re.compile(r"[A-Za-z0-9._~:/?#@!$*+,;=%-]+")
_UNSAFE_NAME: Final = re.compile(r"""[\[\]|#^"'`\\<>(){}\x00-\x1f]""")
_MODULES: Final = frozenset({JSX_ATTRIBUTE, MDX_IMPORT})
_HEXO: Final = "_config.yml"
_ASSET_FOLDERS: Final = re.compile(rb"^post_asset_folder:[ \t]*true\b", re.MULTILINE)
_HUGO: Final = tuple(
    f"{name}.{ending}" for name in ("hugo", "config") for ending in ("toml", "yaml", "yml", "json")
)
_HUGO_CONTENT: Final = "content"
_LEVELS: Final = 16
"""Folders above an article that are looked at for the configuration of an engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Writes the paths of one bundle's files into one article."""

    start: Path
    """The folder that relative links lead on from."""
    bundle: Path
    root: Path
    """Of the archive."""
    prefix: str | None = None
    """The URL at which the archive is served."""

    def path(self, file: str) -> str:
        """Return the path of *file*, which is relative to the bundle, not yet escaped."""
        start = self.root if self.prefix is not None else self.start
        return PurePosixPath(os.path.relpath(self.bundle / file, start)).as_posix()

    def spell(self, path: str, reference: Reference, behind: str) -> str:
        """Return how *path* is written for *reference*, behind a piece of text.

        >>> links = Links(start=Path("/b"), bundle=Path("/a/it (1)"), root=Path("/a"))
        >>> image = Reference(url="", origin="img-src", location="", destination="")
        >>> links.spell(links.path("images/x.png"), image, '="')
        '../a/it%20%281%29/images/x.png'
        """
        if self.prefix is not None:
            return self.prefix + quote(os.fsencode(path))
        named = behind.endswith("[[") or reference.origin == MDX_IMPORT
        plain = named and not _UNSAFE_NAME.search(path)
        written = path if plain else quote(os.fsencode(path))
        if written[0] in "%~" or (reference.origin in _MODULES and not written.startswith(".")):
            return f"./{written}"
        return written


def checked_prefix(prefix: str | None) -> str | None:
    """Return *prefix* with a slash at its end. Raises UsageError unless it is part of a URL."""
    if prefix is None:
        return None
    if not _PREFIX.fullmatch(prefix):
        raise UsageError(f"--link-prefix {prefix!r} is not the beginning of a URL")
    return f"{prefix.removesuffix('/')}/"


def start_of(article: Path, bundle: Path, relative: Relative) -> Path:
    """Return the folder that relative links of *article* lead on from.

    Engines publish ``name.md`` as ``…/name/``, and what lies in the folder ``name`` beside it there
    too. Source: https://hexo.io/docs/asset-folders, https://gohugo.io/configuration/ugly-urls/
    """
    beside = bundle == article.parent / article.stem
    if beside and (relative == "page" or (relative == "auto" and _is_published(article.parent))):
        return bundle
    return article.parent


@cache
def _is_published(folder: Path) -> bool:
    """Return whether an engine makes a page of each article in *folder*, with its files."""
    below = folder
    for above in [folder, *folder.parents][:_LEVELS]:
        if (above / _HEXO).is_file() and _has_asset_folders(above / _HEXO):
            return True
        if below.name == _HUGO_CONTENT and any((above / name).is_file() for name in _HUGO):
            return True
        below = above
    return False


def _has_asset_folders(configuration: Path) -> bool:
    try:
        return (
            _ASSET_FOLDERS.search(read_regular(followed(configuration), limits.ARTICLE)) is not None
        )
    except OSError:
        return False
