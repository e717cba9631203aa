"""Images that lie beside the articles; never anything outside the source folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from crawler.common.files import names_in, read_regular
from crawler.common.safe_paths import REPLACED
from crawler.errors import Empty, Forbidden, InvalidReference, NoBaseUrl, NotFound, TooLarge
from crawler.models import Post
from crawler.sources.obsidian_vault import Vault

_SITE_ROOTS = ("", "static", "source", "public")
"""Where site generators keep what is published at ``/``, below the source folder."""


def read_local(
    post: Post, destination: str, max_bytes: int, *, vault: Vault | None = None
) -> bytes:
    """Return the bytes of the image that *post* names by a relative *destination*.

    With a *vault*, the path may also begin at the source folder, and a bare name be anywhere in it.
    Raises NoBaseUrl, InvalidReference, NotFound, Forbidden, TooLarge or Empty. A file that is not
    there may be put there: its absence is not permanent, and looking again costs nobody anything.
    """
    if post.path is None or post.root is None:
        raise NoBaseUrl(destination, "a relative reference of a post that is not on this disk")
    try:
        # https://url.spec.whatwg.org/#path-state: a browser reads a backslash as a slash.
        path = unquote(urlsplit(destination).path.replace("\\", "/"), errors="surrogateescape")
        found = _find(post.path, post.root.resolve(), path, destination, vault)
        if found.stat().st_size > max_bytes:
            raise TooLarge(destination, f"{found.stat().st_size} bytes, limit {max_bytes}")
        payload = read_regular(found, max_bytes)
    except PermissionError as error:
        raise Forbidden(destination, str(error.strerror), permanent=False) from error
    except (OSError, ValueError, RuntimeError) as error:
        # A name that the file system cannot hold, or links in a circle, name no file. What the
        # error says of the path is of this machine only.
        reason = getattr(error, "strerror", None) or "not the name of a file"
        raise NotFound(destination, f"no such file: {reason}", permanent=False) from error
    if not payload:
        raise Empty(destination, "the file is empty")
    return payload


def _find(article: Path, root: Path, path: str, destination: str, vault: Vault | None) -> Path:
    outside = False
    for candidate in _candidates(article, root, path, vault):
        found = _spelled(candidate).resolve()
        if not found.is_relative_to(root):
            outside = True
        elif found.is_file():
            return found
    if outside:
        raise InvalidReference(destination, "it leads out of the source folder")
    if path.startswith("/"):
        reason = "no such file in the source folder, and no --base-url"
        raise NoBaseUrl(destination, reason, permanent=False)
    raise NotFound(destination, "no such file in the source folder", permanent=False)


def _spelled(path: Path) -> Path:
    """Return *path* as the disk has it, where an article that is no UTF-8 names one that is none.

    Whoever read the article has the replacement character for each of the bytes.
    """
    if REPLACED not in str(path):
        return path
    found = Path()
    for part in path.parts:
        found /= _spelled_in(found, part) if REPLACED in part else part
    return found


def _spelled_in(folder: Path, name: str) -> str:
    names = names_in(folder)
    alike = [each for each in names if os.fsencode(each).decode("utf-8", "replace") == name]
    return alike[0] if len(alike) == 1 and name not in names else name


def _candidates(article: Path, root: Path, path: str, vault: Vault | None) -> Iterator[Path]:
    if path.startswith("/"):
        yield from (root / folder / path.lstrip("/") for folder in _SITE_ROOTS)
    else:
        yield article.parent / path
        # Hexo's asset folder has the article's name.
        yield article.with_suffix("") / path
        if vault is not None:
            yield root / path
            bare = None if "/" in path else vault.find(root, path)
            yield from [bare] if bare else []
