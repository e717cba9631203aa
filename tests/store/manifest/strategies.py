"""Any record, within what the schema says of it."""

from __future__ import annotations

from typing import Final, get_args

from hypothesis import strategies as st

from crawler.common import archive_layout
from crawler.common.media_types import EXTENSIONS
from crawler.common.rules import broken_rules
from crawler.common.safe_paths import safe_path
from crawler.errors import BY_CODE
from crawler.fields import ReferrerPolicy
from crawler.models import (
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
from crawler.store.catalog import CaptureRow, PostRow

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
MAYBE = st.none() | TEXT
SIZE = st.integers(0, 2**53 - 1)
COUNT = st.integers(0, 2**31 - 1)
SMALL = st.integers(0, 9)
PIXELS = st.integers(1, 2**53 - 1)
STATUS = st.integers(100, 999)
NAME = st.text("abcé 0-", min_size=1, max_size=6)
ID = st.lists(st.text("abÉ中é %=-.", min_size=1, max_size=6), min_size=1, max_size=3).map(
    lambda parts: safe_path("/".join(parts))
)
HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\0\r\n"), max_size=8)
FIELD = st.text("abAB-", min_size=1, max_size=8)
URL = st.text("abé/?=&#.%", max_size=8).map(lambda path: f"https://a.example/{path}")
DATE = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat() + "Z")
DIGEST = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
MEDIA_TYPE = st.sampled_from(sorted(EXTENSIONS))

_FOLDERS: Final = {"converted": "converted", "thumbnail-320": "thumbnails"}

FAILURES = st.builds(
    Failure,
    code=st.sampled_from(list(BY_CODE)),
    detail=TEXT,
    permanent=st.booleans(),
    runs=COUNT,
    attempts=SMALL,
    tried_referers=st.lists(st.none() | HEADER, max_size=3).map(tuple),
    next_attempt=st.none() | DATE,
)
CAPTURES = st.builds(
    Capture,
    via=st.sampled_from(["live", "file", "data", "memento"]),
    date=DATE,
    url=URL,
    status=st.none() | STATUS,
    redirects=st.lists(st.builds(Redirect, url=URL, status=STATUS), max_size=2).map(tuple),
    referer=st.none() | HEADER,
    attempts=SMALL,
    declared_media_type=st.none() | HEADER,
    etag=st.none() | HEADER,
    last_modified=st.none() | HEADER,
    headers=st.lists(st.tuples(FIELD, HEADER), max_size=3).map(tuple),
)
ORIGINALS = st.builds(
    lambda path, media_type, **facts: Original(
        path=f"images/{path}.{EXTENSIONS[media_type]}", media_type=media_type, **facts
    ),
    path=NAME,
    digest=DIGEST,
    size=SIZE,
    media_type=MEDIA_TYPE,
    width=st.none() | PIXELS,
    height=st.none() | PIXELS,
    frames=st.integers(1, 9),
    perceptual_hash=st.none() | st.binary(min_size=8, max_size=8).map(bytes.hex),
    average_color=st.none() | st.binary(min_size=3, max_size=3).map(lambda raw: f"#{raw.hex()}"),
)
DERIVATIVES = st.builds(
    lambda profile, path, media_type, **facts: Derivative(
        profile=profile,
        path=f"{_FOLDERS[profile]}/{path}.{EXTENSIONS[media_type]}",
        media_type=media_type,
        **facts,
    ),
    profile=st.sampled_from(sorted(_FOLDERS)),
    path=NAME,
    digest=DIGEST,
    size=SIZE,
    media_type=MEDIA_TYPE,
    width=PIXELS,
    height=PIXELS,
    frames=st.integers(1, 9),
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
        referrer_policy=st.none() | st.sampled_from(get_args(ReferrerPolicy)),
        skip=st.none(),
    )
    return st.lists(reference, max_size=3).map(tuple)


@st.composite
def _entry(draw: st.DrawFn, url: str) -> Entry:
    state = draw(st.sampled_from(STATES))
    version = draw(VERSIONS) if state in {"archived", "suspect"} else None
    return Entry(
        url=url,
        state=state,
        references=draw(_references(url)),
        capture=version.capture if version else None,
        original=version.original if version else None,
        derivatives=version.derivatives if version else (),
        failure=draw(st.none() | FAILURES if state == "archived" else FAILURES),
        earlier=tuple(draw(st.lists(VERSIONS, max_size=2))),
    )


ENTRIES = TEXT.flatmap(_entry)
SUMMARIES = st.builds(
    Summary, references=COUNT, entries=COUNT, archived=COUNT, suspect=COUNT, failed=COUNT,
    skipped=COUNT, size=SIZE,
)  # fmt: skip
POSTS = st.builds(
    PostRecord,
    id=ID,
    source=TEXT,
    url=st.none() | URL,
    title=MAYBE,
    author=MAYBE,
    date=st.none() | DATE,
    article=st.builds(
        ArticleRecord, path=st.sampled_from(["article.md", "../a.md"]), digest=DIGEST, size=SIZE
    ),
    problems=st.lists(TEXT, max_size=2).map(tuple),
)
MANIFESTS = st.builds(
    Manifest,
    schema=st.just(archive_layout.SCHEMA),
    agent=TEXT,
    post=POSTS,
    summary=SUMMARIES,
    entries=st.lists(ENTRIES, max_size=3, unique_by=lambda entry: entry.url).map(tuple),
).filter(lambda manifest: not any(broken_rules(manifest)))
POST_ROWS = st.builds(
    PostRow,
    id=TEXT,
    path=TEXT,
    size=SIZE,
    mtime_ns=st.integers(-(2**63), 2**63 - 1),
    fingerprint=TEXT,
    settled=st.booleans(),
    due=st.none() | DATE,
    bundle=MAYBE,
    digest=TEXT,
    summary=SUMMARIES,
    failures=st.dictionaries(TEXT, COUNT, max_size=3),
    problems=st.none() | st.dictionaries(TEXT, COUNT, max_size=3),
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
