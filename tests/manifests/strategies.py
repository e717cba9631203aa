"""Any record, within what the schema says of it."""

from __future__ import annotations

from hypothesis import strategies as st

from crawler.bundles.catalog import CaptureRow, PostRow
from crawler.errors import BY_CODE
from crawler.grounds import layout
from crawler.model import (
    STATES,
    ArticleRecord,
    Capture,
    Derivative,
    Entry,
    Failure,
    Manifest,
    Original,
    PostRecord,
    Redirect,
    Reference,
    Summary,
    Version,
)
from crawler.references import ORIGINS

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MAYBE = st.none() | TEXT
COUNT = st.integers(0, 2**63 - 1)
SMALL = st.integers(0, 9)
NAME = st.text("abcé 0-", min_size=1, max_size=6)
DATE = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")
DIGEST = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
MEDIA_TYPE = st.sampled_from(["image/png", "image/svg+xml"])

FAILURES = st.builds(
    Failure,
    code=st.sampled_from(list(BY_CODE)),
    detail=TEXT,
    permanent=st.booleans(),
    runs=COUNT,
    attempts=SMALL,
    tried_referers=st.lists(MAYBE, max_size=3).map(tuple),
    next_attempt=st.none() | DATE,
)
CAPTURES = st.builds(
    Capture,
    via=st.sampled_from(["live", "file", "data", "memento"]),
    date=DATE,
    url=TEXT,
    status=st.none() | COUNT,
    redirects=st.lists(st.builds(Redirect, url=TEXT, status=SMALL), max_size=2).map(tuple),
    referer=MAYBE,
    attempts=SMALL,
    declared_media_type=MAYBE,
    etag=MAYBE,
    last_modified=MAYBE,
    headers=st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple),
)
ORIGINALS = st.builds(
    Original,
    path=NAME.map(lambda name: f"images/{name}.png"),
    digest=DIGEST,
    size=COUNT,
    media_type=MEDIA_TYPE,
    width=st.none() | SMALL,
    height=st.none() | SMALL,
    frames=SMALL,
    perceptual_hash=st.none() | st.binary(min_size=8, max_size=8).map(bytes.hex),
    average_color=st.none() | st.binary(min_size=3, max_size=3).map(lambda raw: f"#{raw.hex()}"),
)
DERIVATIVES = st.builds(
    Derivative,
    profile=st.sampled_from(["converted", "thumbnail-320"]),
    path=NAME.map(lambda name: f"thumbnails/{name}.320.jpg"),
    digest=DIGEST,
    size=COUNT,
    media_type=MEDIA_TYPE,
    width=SMALL,
    height=SMALL,
    frames=SMALL,
)
VERSIONS = st.builds(
    Version,
    capture=CAPTURES,
    original=ORIGINALS,
    derivatives=st.lists(DERIVATIVES, max_size=2).map(tuple),
)


def _references(url: str) -> st.SearchStrategy[tuple[Reference, ...]]:
    reference = st.builds(
        Reference,
        url=st.just(url),
        origin=st.sampled_from(ORIGINS),
        location=TEXT,
        destination=TEXT,
        alt=MAYBE,
        referrer_policy=MAYBE,
        skip=st.none(),
    )
    return st.lists(reference, max_size=3).map(tuple)


def _entry(url: str) -> st.SearchStrategy[Entry]:
    return st.builds(
        Entry,
        url=st.just(url),
        state=st.sampled_from(STATES),
        references=_references(url),
        capture=st.none() | CAPTURES,
        original=st.none() | ORIGINALS,
        derivatives=st.lists(DERIVATIVES, max_size=2).map(tuple),
        failure=st.none() | FAILURES,
        earlier=st.lists(VERSIONS, max_size=2).map(tuple),
    )


ENTRIES = TEXT.flatmap(_entry)
SUMMARIES = st.builds(
    Summary, references=COUNT, entries=COUNT, archived=COUNT, suspect=COUNT, failed=COUNT,
    skipped=COUNT, size=COUNT,
)  # fmt: skip
POSTS = st.builds(
    PostRecord,
    id=TEXT,
    source=TEXT,
    url=MAYBE,
    title=MAYBE,
    author=MAYBE,
    date=st.none() | DATE,
    article=st.builds(
        ArticleRecord, path=st.sampled_from(["article.md", "../a.md"]), digest=DIGEST, size=COUNT
    ),
    problems=st.lists(TEXT, max_size=2).map(tuple),
)
MANIFESTS = st.builds(
    Manifest,
    schema=st.just(layout.SCHEMA),
    agent=TEXT,
    post=POSTS,
    summary=SUMMARIES,
    entries=st.lists(ENTRIES, max_size=3).map(tuple),
)
POST_ROWS = st.builds(
    PostRow,
    id=TEXT,
    path=TEXT,
    size=COUNT,
    mtime_ns=st.integers(-(2**63), 2**63 - 1),
    fingerprint=TEXT,
    settled=st.booleans(),
    due=st.none() | DATE,
    bundle=MAYBE,
    digest=TEXT,
    summary=SUMMARIES,
    failures=st.dictionaries(TEXT, COUNT, max_size=3),
)
CAPTURE_ROWS = st.builds(
    CaptureRow,
    url=TEXT,
    bundle=TEXT,
    run=TEXT,
    state=st.sampled_from(STATES),
    version=st.none() | VERSIONS,
    failure=st.none() | FAILURES,
)
