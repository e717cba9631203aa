"""The article of a bundle as it was, made safe, with its local pictures in their places."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path, PurePosixPath
from typing import Final

from markupsafe import Markup

from crawler.common.files import read_regular, stored_at
from crawler.common.urls import NETWORK_SCHEMES, scheme
from crawler.errors import ManifestError
from crawler.gallery.post_images import Depicted, Picture
from crawler.gallery.sanitiser import Sanitiser
from crawler.models import Manifest, Post
from crawler.references.html_rewriting import depict
from crawler.references.limits import SHOWN_LENGTH
from crawler.references.markdown_rendering import rendered
from crawler.sources.article_file import MAX_ARTICLE_BYTES, read_content
from crawler.sources.pages.page import read_page
from crawler.store.localization_journal import as_written

_TAG: Final = re.compile(r"</?[a-zA-Z!][^<>]*+>")
_COMPOSED: Final = b"<!DOCTYPE html>\n<html>\n<head>\n"
"""How the page begins that `posts.composing` makes around the content of a feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownArticle:
    """An article as a page shows it."""

    html: Markup
    shown: frozenset[int]
    """The numbers of the pictures that stand in it."""
    rest: str
    """What comes behind that, as plain text, where it is too long or too intricate."""
    complete: bool
    """Whether all of it is shown."""


def show_article(
    folder: Path,
    manifest: Manifest,
    pictures: tuple[Picture, ...],
    sanitiser: Sanitiser,
    check: Callable[[], None],
) -> ShownArticle | None:
    """Return the article of the bundle in *folder*; None where it is not there any more.

    *check* is called again and again, and may raise what ends the work.
    """
    path = stored_at(folder, manifest.post.article.path)
    try:
        content = read_regular(path, MAX_ARTICLE_BYTES)
        post = _post(as_written(folder, content), manifest)
    except (OSError, ManifestError):
        return None
    check()
    body = rendered(post, check=check)
    depicted = Depicted(pictures, post.base)
    html, more = depict(body.html[:SHOWN_LENGTH], depicted.show, check=check)
    clean, left = sanitiser.clean(
        html, files=depicted.files, numbers=depicted.numbers, link=depicted.link, check=check
    )
    words = _words(left + more + body.html[SHOWN_LENGTH:]) + body.rest
    return ShownArticle(
        html=clean,
        shown=frozenset(depicted.shown),
        rest=words[:SHOWN_LENGTH],
        complete=body.complete and not words,
    )


def _words(html: str) -> str:
    """Return *html* without its tags.

    >>> _words("<p class=a>1 &lt; 2<br>")
    '1 < 2'
    """
    return unescape(_TAG.sub("", html))


def _post(content: bytes, manifest: Manifest) -> Post:
    record = manifest.post
    suffix = PurePosixPath(record.article.path).suffix.lower()
    is_page = scheme(record.source) in NETWORK_SCHEMES and suffix.startswith(".htm")
    if is_page and record.url and not content.startswith(_COMPOSED):
        return read_page(
            content, id_=record.id, source=record.source, url=record.url, media_type_header=None
        )
    return read_content(
        content, id_=record.id, source=record.source, suffix=suffix, base_url=record.url
    )
