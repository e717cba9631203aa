"""Read an article as a post."""

from __future__ import annotations

import codecs
from dataclasses import replace

from w3lib.encoding import html_to_unicode

from crawler.common.files import followed, read_regular
from crawler.errors import ImageArchiverError
from crawler.models import Article, Language, Post
from crawler.sources import post_metadata as fields
from crawler.sources.discovery import SUFFIXES
from crawler.sources.front_matter import split_front_matter

MAX_ARTICLE_BYTES = 32 * 1024 * 1024
"""The largest article seen among 15,655 real ones has 2.7 MB."""

_REPLACEMENT = "\ufffd"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class UnreadableArticle(ImageArchiverError):
    """An article that cannot be read at all; it costs this post and no other."""


def read(article: Article, *, base_url: str | None = None) -> Post:
    """Return the post that *article* holds.

    *base_url* is what its relative references resolve against unless the front matter has the
    post's own URL. Raises UnreadableArticle.
    """
    if article.size > MAX_ARTICLE_BYTES:
        raise UnreadableArticle(f"{article.path}: larger than {MAX_ARTICLE_BYTES} bytes")
    try:
        content = read_regular(followed(article.path), MAX_ARTICLE_BYTES)
    except OSError as error:
        raise UnreadableArticle(f"{article.path}: {error.strerror}") from error
    post = read_content(
        content,
        id_=article.id,
        source=article.source,
        suffix=article.path.suffix.lower(),
        base_url=base_url,
    )
    return replace(post, path=article.path, root=article.root)


def read_content(
    content: bytes, *, id_: str, source: str, suffix: str, base_url: str | None = None
) -> Post:
    """Return the post that *content* holds, an article whose file ends with *suffix*.

    *base_url* is as for `read`.
    """
    language = SUFFIXES[suffix]
    text, problem = _decode(content, language)
    split = split_front_matter(text)
    url = fields.url(split.metadata)
    return Post(
        id=id_,
        source=source,
        content=content,
        suffix=suffix,
        language=language,
        metadata=split.metadata,
        body=split.body,
        body_line=split.body_line,
        url=url,
        base=url or base_url,
        title=fields.title(split.metadata),
        author=fields.author(split.metadata),
        date=fields.published(split.metadata),
        problems=tuple(p for p in (problem, *split.problems) if p),
    )


def _decode(content: bytes, language: Language) -> tuple[str, str | None]:
    """Return the text of an article, and what is wrong with its bytes.

    What no decoder takes is replaced; in the encodings of East Asia such bytes may be half of what
    means something in Markdown.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        text = content.decode(encoding, "replace").removeprefix("\ufeff")
        problem = f"not valid {encoding.upper()} at byte {error.start}"
    else:
        return text, unexpected_nul(text)
    if language == "html" and encoding == "utf-8":
        # A page may declare another encoding; without a declaration this is UTF-8 too.
        declared, text = html_to_unicode(None, content, default_encoding="utf-8")
        if declared != "utf-8":
            problem_there = f"not all of it is {declared}"
            return text, problem_there if is_lossy(text, content) else None
    return text, problem


def is_lossy(text: str, content: bytes) -> bool:
    """Return whether bytes of *content* had to be replaced in its *text*."""
    return _REPLACEMENT in text and _REPLACEMENT.encode() not in content


def unexpected_nul(text: str) -> str | None:
    """Return the problem of a *text* with NUL characters: it is not what was written."""
    return "NUL characters: it may be UTF-16 without a mark" if "\0" in text else None
