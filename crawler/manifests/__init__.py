"""The record of a bundle: its schema, reading and writing it."""

from __future__ import annotations

from crawler.manifests.build import build_manifest, count_failures, failure_of, is_settled
from crawler.manifests.codec import from_document, read_manifest, same_but_agent, to_document
from crawler.manifests.schema import manifest_schema

__all__ = [
    "build_manifest",
    "count_failures",
    "failure_of",
    "from_document",
    "is_settled",
    "manifest_schema",
    "read_manifest",
    "same_but_agent",
    "to_document",
]
