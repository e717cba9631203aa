"""The record of a bundle: its schema, reading and writing it."""

from __future__ import annotations

from crawler.store.manifest.build import (
    article_of,
    build_failure,
    build_manifest,
    copies_article,
    count_failures,
    is_settled,
    revision_of,
    summarize,
)
from crawler.store.manifest.codec import (
    from_document,
    read_checked,
    read_manifest,
    same_but_agent,
    to_document,
)
from crawler.store.manifest.retry_schedule import earliest, is_due, scheduled
from crawler.store.manifest.schema import manifest_schema

__all__ = [
    "article_of",
    "build_failure",
    "build_manifest",
    "copies_article",
    "count_failures",
    "earliest",
    "from_document",
    "is_due",
    "is_settled",
    "manifest_schema",
    "read_checked",
    "read_manifest",
    "revision_of",
    "same_but_agent",
    "scheduled",
    "summarize",
    "to_document",
]
