"""Bring together what the constructs of a post name, and resolve it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crawler.errors import BY_CODE
from crawler.grounds.urls import resolve, without_credentials
from crawler.model import Failure, Post, Reference
from crawler.references.data_urls import parse_data_url
from crawler.references.front_matter import mentions_of_metadata
from crawler.references.html import HtmlExtractor
from crawler.references.markdown import page_of_markdown
from crawler.references.mention import Mention
from crawler.references.page import Page, Piece

_LINE_END: Final = re.compile(r"\r\n?")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a post names."""

    references: tuple[Reference, ...]
    """Those of the front matter, then those of the body, each in the order of the text."""
    problems: tuple[str, ...]
    """The bounds that were hit; what was found until then is among the references."""
    payloads: Mapping[str, bytes]
    """What the ``data:`` URLs hold, by the short form that is their url."""


def find_references(post: Post) -> Found:
    """Return every image that *post* names. Never raises, whatever the post holds."""
    metadata, problems = mentions_of_metadata(post.metadata)
    extractor = HtmlExtractor(_page(post))
    body = extractor.mentions()
    base = post.base
    if extractor.base is not None:
        base = resolve(_clean(extractor.base), base) or base
    resolver = _Resolver()
    references = [resolver.reference(mention, post.base, None) for mention in metadata]
    references += [resolver.reference(mention, base, extractor.referrer_policy) for mention in body]
    return Found(
        references=tuple(references),
        problems=(*problems, *extractor.problems),
        payloads=MappingProxyType(resolver.payloads),
    )


def _page(post: Post) -> Page:
    text = _clean(_LINE_END.sub("\n", post.body) if "\r" in post.body else post.body)
    if post.language == "markdown":
        return page_of_markdown(text, post.body_line)
    return Page(text=text, pieces=(Piece(0, post.body_line),))


def _clean(text: str) -> str:
    """Return *text* without surrogates, which UTF-8 cannot hold, and without NUL."""
    return (
        text
        if text.isascii() and "\0" not in text
        else _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")
    )


class _Resolver:
    """Makes references of mentions; a destination that comes again is not resolved again."""

    def __init__(self) -> None:
        self.payloads: dict[str, bytes] = {}
        self._known: dict[tuple[str, str | None], tuple[str, str]] = {}

    def reference(self, mention: Mention, base: str | None, page_policy: str | None) -> Reference:
        """Return the reference that *mention* makes."""
        url, destination = self._resolve(mention.destination, base)
        return Reference(
            url=url,
            origin=mention.origin,
            location=_clean(mention.location),
            destination=destination,
            alt=mention.alt,
            referrer_policy=mention.referrer_policy or page_policy,
            skip=self._failure(mention, base),
        )

    def _failure(self, mention: Mention, base: str | None) -> Failure | None:
        if mention.skip is None:
            return None
        detail = mention.skip.detail
        if mention.chosen is not None:
            detail = f"{self._resolve(mention.chosen, base)[0]} is chosen"
        kind = BY_CODE[mention.skip.code]
        return Failure(code=kind.code, detail=detail, permanent=kind.permanent)

    def _resolve(self, written: str, base: str | None) -> tuple[str, str]:
        """Return the url and the destination, which differ from what is written for ``data:``."""
        key = (written, base)
        if key not in self._known:
            self._known[key] = self._resolved(_clean(written), base)
        return self._known[key]

    def _resolved(self, destination: str, base: str | None) -> tuple[str, str]:
        data = parse_data_url(destination)
        if data is None:
            public = without_credentials(destination)
            return resolve(destination, base) or public, public
        self.payloads[data.url] = data.payload
        return data.url, data.url
