"""Bring together what the constructs of a post name, and resolve it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from crawler.common.urls import resolve, without_credentials
from crawler.errors import BY_CODE
from crawler.fields import ReferrerPolicy
from crawler.models import Failure, Post, Reference
from crawler.references.candidate import NOT_CHOSEN, Mention
from crawler.references.data_urls import parse_data_url
from crawler.references.front_matter import mentions_of_metadata
from crawler.references.html import HtmlExtractor
from crawler.references.markdown import page_of_markdown
from crawler.references.post_html import Page
from crawler.references.template_expansion import page_of_html

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


def find_references(post: Post, *, all_candidates: bool = False) -> Found:
    """Return every image that *post* names. Never raises, whatever the post holds.

    Of the candidates of one image the smaller ones are marked to be skipped, unless *all* count.
    """
    metadata, problems = mentions_of_metadata(post.metadata)
    extractor = HtmlExtractor(_page(post), post.base)
    body = extractor.mentions()
    policy = extractor.referrer_policy
    resolver = _Resolver(all_candidates=all_candidates)
    references = [resolver.reference(mention, post.base, None) for mention in metadata]
    references += [resolver.reference(mention, extractor.base, policy) for mention in body]
    return Found(
        references=tuple(references),
        problems=(*problems, *extractor.problems),
        payloads=MappingProxyType(resolver.payloads),
    )


def text_of(body: str) -> str:
    """Return the *body* of a post as its constructs are looked for in it."""
    return clean(_LINE_END.sub("\n", body) if "\r" in body else body)


def _page(post: Post) -> Page:
    text = text_of(post.body)
    if post.language == "markdown":
        return page_of_markdown(text, post.body_line, mdx=post.suffix == ".mdx")
    return page_of_html(text, post.body_line)


def clean(text: str) -> str:
    """Return *text* without surrogates, which UTF-8 cannot hold, and without NUL."""
    return (
        text
        if text.isascii() and "\0" not in text
        else _SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")
    )


class _Resolver:
    """Makes references of mentions; a destination that comes again is not resolved again."""

    def __init__(self, *, all_candidates: bool) -> None:
        self._all_candidates = all_candidates
        self.payloads: dict[str, bytes] = {}
        self._known: dict[tuple[str, str | None], tuple[str, str]] = {}

    def reference(
        self, mention: Mention, base: str | None, page_policy: ReferrerPolicy | None
    ) -> Reference:
        """Return the reference that *mention* makes."""
        url, destination = self._resolve(mention.destination, base)
        return Reference(
            url=url,
            origin=mention.origin,
            location=clean(self._location(mention, base)),
            destination=destination,
            alt=mention.alt,
            referrer_policy=mention.referrer_policy or page_policy,
            skip=self._failure(mention, base),
        )

    def _failure(self, mention: Mention, base: str | None) -> Failure | None:
        skip, detail = mention.skip, mention.skip and mention.skip.detail
        if skip is None or (skip is NOT_CHOSEN and self._all_candidates):
            return None
        if skip is NOT_CHOSEN:
            detail = f"{self._resolve(mention.chosen or '', base)[0]} is chosen"
        kind = BY_CODE[skip.code]
        return Failure(code=kind.code, detail=detail or "", permanent=kind.is_permanent)

    def _location(self, mention: Mention, base: str | None) -> str:
        # A link around an image says which: both may stand on one line with a hundred others.
        if mention.full_size_of is None:
            return mention.location
        return f"{mention.location}, full size of {self._resolve(mention.full_size_of, base)[0]}"

    def _resolve(self, written: str, base: str | None) -> tuple[str, str]:
        """Return the url and the destination, which differ from what is written for ``data:``."""
        key = (written, base)
        if key not in self._known:
            self._known[key] = self._resolved(clean(written), base)
        return self._known[key]

    def _resolved(self, destination: str, base: str | None) -> tuple[str, str]:
        data = parse_data_url(destination)
        if data is None:
            public = without_credentials(destination)
            return resolve(destination, base) or public, public
        self.payloads[data.url] = data.payload
        return data.url, data.url


def destination_of(written: str) -> str:
    """Return what the reference of a place says where the text has *written*, as `find_references`.

    >>> destination_of("https://me:secret@example.org/a.png"), destination_of("b c.png")
    ('https://example.org/a.png', 'b c.png')
    """
    cleaned = clean(written)
    data = parse_data_url(cleaned)
    return without_credentials(cleaned) if data is None else data.url
