"""The index over all bundles."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from crawler.common import json_codec, urls
from crawler.errors import StorageError
from crawler.models import Attempt, Capture, Failure, Original, Summary, Version
from crawler.store.catalog import (
    CaptureRow,
    Catalog,
    DocumentRow,
    FreshnessRow,
    HostRow,
    PostRow,
    RobotsRow,
    Standing,
    StandInRow,
)
from crawler.store.catalog.digests import NONE
from crawler.store.catalog.migrations import VERSIONS
from tests.store.manifest.strategies import CAPTURE_ROWS, POST_ROWS


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the catalog is."""
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    """An open catalog; whatever is written, each row has the checksum that it should have."""
    opened = Catalog(path)
    yield opened
    opened.commit()
    assert list(opened.faults()) == []
    opened.close()


FAILURE = Failure(code="gone", detail="HTTP 410", permanent=True)


LOGO = "sha256:" + "0123456789abcdef" * 4


def _of_logo(url: str, digest: str = LOGO) -> CaptureRow:
    original = Original(
        path="images/logo.png",
        digest=digest,
        size=1,
        media_type="image/png",
        width=9,
        height=9,
        frames=1,
        perceptual_hash=None,
    )
    capture = Capture(via="live", date="2026-11-22T07:00:14Z", url=url)
    version = Version(capture=capture, original=original, derivatives=())
    return CaptureRow(
        url=url, bundle="posts/a.md", run="r", state="archived", version=version, failure=None
    )


OF_LOGO = _of_logo("https://cdn.example/0/logo.png")


def _capture(url: str) -> CaptureRow:
    return CaptureRow(
        url=url, bundle="posts/a.md", run="r", state="failed", version=None, failure=FAILURE
    )


@given(row=POST_ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_post(row: PostRow, catalog: Catalog) -> None:
    """A post's row comes back as it went in; the last one stands."""
    catalog.put_post(row, folded=None)

    assert catalog.post(row.id) == row
    assert row in catalog.posts()


@given(row=CAPTURE_ROWS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_capture(row: CaptureRow, catalog: Catalog) -> None:
    """A capture comes back as it went in, and is found by the digest of its original."""
    catalog.put_capture(row)

    assert catalog.capture(row.url) == row
    if row.version is not None:
        twin = catalog.twin_of(row.version.original.digest)
        assert twin is not None
        assert twin.version is not None
        assert twin.version.original.digest == row.version.original.digest


def test_unknown(catalog: Catalog) -> None:
    """What is not there is None."""
    found = (catalog.post("a"), catalog.capture("a"), catalog.twin_of("a"), catalog.owner_of("a"))

    assert found == (None, None, None, None)
    assert [*catalog.posts(), *catalog.states()] == []


def _ids(path: Path) -> list[str]:
    """Return the posts that others see."""
    with closing(Catalog(path, read_only=True)) as other:
        return [row.id for row in other.posts()]


def _posts(first: int, end: int) -> list[PostRow]:
    nothing = Summary(references=0, entries=0, archived=0, suspect=0, failed=0, skipped=0, size=0)
    return [
        PostRow(
            id=f"{number:03}.md",
            path="/blog",
            document=None,
            size=1,
            mtime_ns=1,
            fingerprint="f",
            settled=True,
            due=None,
            bundle=None,
            digest="d",
            summary=nothing,
            failures={},
            problems={},
        )
        for number in range(first, end)
    ]


def _post(number: int) -> PostRow:
    return _posts(number, number + 1)[0]


def test_batches(path: Path) -> None:
    """Rows of posts reach the disk fifty at a time, and the rest when the catalog closes."""
    catalog = Catalog(path)
    for row in _posts(0, 49):
        catalog.put_post(row, folded=None)
    before = _ids(path)
    catalog.put_post(_post(49), folded=None)
    after = _ids(path)
    catalog.put_post(_post(50), folded=None)
    catalog.close()

    assert before == []
    assert after == [row.id for row in _posts(0, 50)]
    assert len(_ids(path)) == 51


def test_capture_is_written_with_the_batch(catalog: Catalog, path: Path) -> None:
    """A capture waits for a commit, with what waited before it."""
    catalog.put_post(_post(0), folded=None)
    catalog.put_capture(_capture("https://example.org/x.png"))
    before = _ids(path)
    catalog.commit()

    assert before == []
    assert _ids(path) == ["000.md"]
    with closing(Catalog(path, read_only=True)) as other:
        assert list(other.states()) == [("https://example.org/x.png", "failed")]


def test_reads_see_writes(catalog: Catalog) -> None:
    """Whoever writes sees it before it is on the disk."""
    catalog.put_post(_post(0), folded="posts/000.md")

    assert catalog.post("000.md") is not None
    assert catalog.owner_of("posts/000.md") == "000.md"


def test_many_posts_are_read_while_others_are_written(catalog: Catalog) -> None:
    """Iterating over the posts is no obstacle to writing."""
    for row in _posts(0, 120):
        catalog.put_post(row, folded=None)
    seen = 0
    for row in catalog.posts():
        catalog.put_post(row, folded=None)
        seen += 1

    assert seen == 120


def test_read_only(catalog: Catalog, path: Path) -> None:
    """A reader changes nothing, and makes none where there is none."""
    catalog.commit()
    with closing(Catalog(path, read_only=True)) as reader, pytest.raises(StorageError):
        reader.put_post(_post(0), folded=None)
    with pytest.raises(StorageError, match="cannot read"):
        Catalog(path.with_name("missing"), read_only=True)

    assert not path.with_name("missing").exists()


@pytest.mark.parametrize("name", ["a?mode=rw&x=1", "a%20b#c", "空间站"])
def test_odd_path(name: str, tmp_path: Path) -> None:
    """The path is a path, whatever it has in common with a URI."""
    path = tmp_path / name / "catalog.sqlite"
    path.parent.mkdir()
    Catalog(path).close()
    Catalog(path, read_only=True).close()

    assert path.exists()


@pytest.mark.parametrize("read_only", [True, False])
def test_newer(read_only: bool, path: Path) -> None:
    """A catalog of a newer version is left alone."""
    Catalog(path).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version"):
        Catalog(path, read_only=read_only)

    assert path.read_bytes() == before
    assert not list(path.parent.glob("damaged-*"))


@pytest.mark.parametrize(
    "content", [b"not a database at all" * 99, b"SQLite format 3\0" + b"x" * 99]
)
def test_damaged(content: bytes, path: Path) -> None:
    """What is no catalog is kept under another name; a reader leaves it where it is."""
    path.write_bytes(content)
    with pytest.raises(StorageError, match="verify --repair"):
        Catalog(path, read_only=True)
    Catalog(path).close()
    (kept,) = path.parent.glob("damaged-*")

    assert kept.read_bytes() == content
    assert _ids(path) == []


def test_empty_file(path: Path) -> None:
    """An empty file becomes a catalog."""
    path.touch()
    Catalog(path).close()

    assert _ids(path) == []


def test_damaged_inside(path: Path) -> None:
    """Damage that shows only when a row is read is said in words, with what to do."""
    catalog = Catalog(path)
    for row in _posts(0, 200):
        catalog.put_post(row, folded=None)
    catalog.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    path.write_bytes(content)
    with closing(Catalog(path)) as damaged, pytest.raises(StorageError, match="verify --repair"):
        damaged.post("000.md")


def test_document(path: Path) -> None:
    """A document is found again with its validators, and with the posts that it held."""
    row = DocumentRow(
        url="https://blog.example/feed",
        etag='"1"',
        last_modified=None,
        announced="2026-11-22",
        fingerprint="f",
        content="c",
    )
    with closing(Catalog(path)) as catalog:
        catalog.put_document(row)
        for number in range(3):
            document = row.url if number else None
            catalog.put_post(replace(_post(number), document=document), folded=None)

    with closing(Catalog(path)) as catalog:
        assert catalog.document(row.url) == row
        assert catalog.document("https://blog.example/") is None
        assert [post.id for post in catalog.posts_of(row.url)] == ["001.md", "002.md"]


def _make_first_version(path: Path) -> None:
    """Write a catalog as the first version of the tables had it, with one post."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSIONS[0] + "PRAGMA user_version = 1;")
        summary = json_codec.to_json(_post(0).summary)
        connection.execute(
            "INSERT INTO posts (id, path, size, mtime_ns, fingerprint, settled, bundle, folded,"
            " digest, summary, failures) VALUES ('a.md', '/a.md', 1, 1, 'f', 1, NULL, NULL, 'd', ?,"
            " '{}')",
            (summary,),
        )
        connection.execute(
            "INSERT INTO captures VALUES ('https://a.example/b.png?c', 'posts/a.md', 'r', 'failed',"
            " NULL, NULL, ?)",
            (json_codec.to_json(FAILURE),),
        )
        connection.execute(
            "INSERT INTO captures VALUES (?, 'posts/a.md', 'r', 'archived', ?, ?, NULL)",
            (OF_LOGO.url, LOGO, json_codec.to_json(OF_LOGO.version)),
        )
        connection.commit()


def test_older_catalog_is_brought_up_to_date(path: Path) -> None:
    """A catalog of an earlier version keeps its rows and gets the tables that it lacks."""
    _make_first_version(path)
    with closing(Catalog(path)) as catalog:
        (post,) = catalog.posts()

        assert (post.id, post.document, post.due) == ("a.md", None, None)
        assert catalog.capture(OF_LOGO.url) == OF_LOGO
        assert catalog.places_of(LOGO, "cdn.example", 9) == {"/0/logo.png"}
        assert len(list(catalog.states())) == 2
        assert catalog.due_in("posts/a.md", before="9", now="9") == {OF_LOGO.url}
        assert list(catalog.posts_of("https://blog.example/feed")) == []
        assert list(catalog.faults()) == []


def test_dot_at_the_end_of_a_host(path: Path) -> None:
    """A host that an earlier version kept with the dot at its end is the one without."""
    dotted = _of_logo("https://cdn.example./0/logo.png")
    with closing(sqlite3.connect(path)) as connection:
        for name, function in (("host_of", urls.host), ("path_of", urls.path)):
            connection.create_function(name, 1, function)
        connection.executescript("".join(VERSIONS[:3]) + "PRAGMA user_version = 3;")
        connection.execute(
            "INSERT INTO captures VALUES (?, 'posts/a.md', 'r', 'archived', ?, ?, NULL,"
            " 'cdn.example.', '/0/logo.png')",
            (dotted.url, LOGO, json_codec.to_json(dotted.version)),
        )
        connection.execute("INSERT INTO stand_ins VALUES (?, 'cdn.example.', 1)", (LOGO,))
        connection.commit()
    with closing(Catalog(path)) as catalog:
        assert list(catalog.captures_of("cdn.example")) == [dotted]
        assert catalog.is_stand_in(LOGO, "cdn.example")


def test_older_catalog_can_be_read(path: Path) -> None:
    """Who only reads sees an earlier version's rows, and leaves the file as it is."""
    _make_first_version(path)
    before = path.read_bytes()

    assert _ids(path) == ["a.md"]
    assert path.read_bytes() == before


def test_due(catalog: Catalog) -> None:
    """An image is due by its last answer, not before its next attempt, and where it is wanted."""
    assert OF_LOGO.version is not None
    url, captured = OF_LOGO.url, OF_LOGO.version.capture.date
    fresh = FreshnessRow(url=url, date=captured)
    later = FreshnessRow(url=url, date="2027-01-01T00:00:00Z")
    waits = replace(fresh, failure=replace(FAILURE, next_attempt="2027-01-01T00:00:00Z"))

    def due(before: str = captured, now: str = "2026-12-01T00:00:00Z") -> bool:
        return bool(catalog.due_in(OF_LOGO.bundle, before=before, now=now))

    catalog.put_capture(OF_LOGO)
    assert catalog.freshness(url) == fresh
    assert due()
    assert not due("2000-01-01T00:00:00Z")
    catalog.put_freshness(later)
    catalog.put_capture(OF_LOGO)
    assert catalog.freshness(url) == later
    assert not due()
    catalog.put_freshness(waits)
    assert not due()
    assert due(now="2027-01-01T00:00:00Z")
    catalog.put_capture(OF_LOGO, is_news=True)
    assert due("2000-01-01T00:00:00Z")
    catalog.put_standing(url, OF_LOGO.bundle, Standing(wanted=False, behind=True))
    assert not due()


def test_trace(catalog: Catalog) -> None:
    """The requests of the last try are kept with the capture, until another try makes some."""
    requests = tuple(
        Attempt(
            url=OF_LOGO.url,
            date="2026-11-22T07:00:14Z",
            seconds=0.25,
            request_headers=(("Accept", "*/*"),),
            response_headers=(("Content-Type", "image/png"),),
            status=status,
        )
        for status in (500, 200)
    )
    catalog.put_capture(OF_LOGO, requests)
    catalog.put_capture(OF_LOGO)

    assert catalog.trace(OF_LOGO.url) == requests
    assert catalog.trace("https://cdn.example/other.png") == ()


def test_holders(catalog: Catalog) -> None:
    """Every bundle that has a URL is known, that of the capture first, also when it changes."""
    catalog.put_capture(OF_LOGO)
    for bundle in ("posts/c.md", "posts/b.md", "posts/b.md"):
        catalog.put_holder(OF_LOGO.url, bundle)
    before = catalog.holders(OF_LOGO.url)
    catalog.put_capture(replace(OF_LOGO, bundle="posts/c.md"))

    assert before == ["posts/a.md", "posts/b.md", "posts/c.md"]
    assert catalog.holders(OF_LOGO.url) == ["posts/c.md", "posts/a.md", "posts/b.md"]
    assert catalog.holders("https://cdn.example/other.png") == []


def test_places(catalog: Catalog) -> None:
    """Paths count, not URLs; not more are looked for than are asked for."""
    for number in range(7):
        catalog.put_capture(_of_logo(f"https://cdn.example/{number % 4}/logo.png?{number}"))
    catalog.put_capture(_of_logo("https://other.example/9/logo.png"))
    catalog.put_capture(_of_logo("https://cdn.example/9/logo.png", "sha256:" + "f" * 64))

    assert catalog.places_of(LOGO, "cdn.example", 9) == {f"/{n}/logo.png" for n in range(4)}
    assert len(catalog.places_of(LOGO, "cdn.example", 3)) == 3
    assert catalog.places_of(LOGO, "nobody.example", 3) == set()
    assert catalog.hosts_of(LOGO) == ["cdn.example", "other.example"]


def test_copies_are_read_while_they_are_written(catalog: Catalog) -> None:
    """Every capture of the same bytes comes once, though each is written meanwhile."""
    known = {f"https://cdn.example/{n % 7}/logo.png?{n}" for n in range(1100)}
    for url in known:
        catalog.put_capture(_of_logo(url))
    seen = []
    for page in catalog.copies_of(LOGO, "cdn.example"):
        for row in page:
            seen.append(row.url)
            catalog.put_capture(replace(row, state="suspect", failure=FAILURE))

    assert len(seen) == len(known)
    assert set(seen) == known
    assert {state for _, state in catalog.states()} == {"suspect"}


def test_digests_like(catalog: Catalog) -> None:
    """A digest is found by how it begins; two that begin so are both found."""
    others = [f"sha256:0123{mark * 60}" for mark in "ef"]
    for number, digest in enumerate((LOGO, *others)):
        catalog.put_capture(_of_logo(f"https://cdn.example/{number}.png", digest))

    assert catalog.digests_like(LOGO[:16], 2) == [LOGO]
    assert catalog.digests_like("sha256:0123e", 2) == others[:1]
    assert len(catalog.digests_like("sha256:0123", 2)) == 2
    assert catalog.digests_like("sha256:9", 2) == []


def test_stand_ins(catalog: Catalog) -> None:
    """A stand-in is one of its host, until a person clears it; what is swept is not noted."""
    here, there = (StandInRow(digest=LOGO, host=host) for host in ("a.example", "b.example"))
    catalog.put_stand_in(here, swept=False)
    catalog.put_stand_in(there, swept=False)
    catalog.put_stand_in(there, swept=True)
    noted = catalog.stand_ins_to_sweep()
    known = [catalog.is_stand_in(LOGO, name) for name in ("a.example", "b.example", "c.example")]
    hosts = [catalog.has_stand_ins(name) for name in ("a.example", "c.example")]
    catalog.put_not_placeholder(LOGO, swept=False)

    assert noted == [here]
    assert (known, hosts) == ([True, True, False], [True, False])
    assert not catalog.is_stand_in(LOGO, "a.example")
    assert catalog.is_no_placeholder(LOGO)
    assert catalog.not_placeholders_to_sweep() == [LOGO]
    catalog.put_not_placeholder(LOGO, swept=True)
    assert (catalog.is_no_placeholder(LOGO), catalog.not_placeholders_to_sweep()) == (True, [])


def test_hosts_and_robots(catalog: Catalog) -> None:
    """What was learned of a host, and its robots.txt byte for byte, are found again."""
    host = HostRow(host="a.example", liked="article")
    robots = RobotsRow(
        origin="https://a.example", date="2026-11-22T07:00:14Z", status=200, body=b"\xff\0"
    )
    catalog.put_host(host)
    catalog.put_robots(robots)

    assert (catalog.host("a.example"), catalog.host("b.example")) == (host, None)
    assert (catalog.robots(robots.origin), catalog.robots("http://a.example")) == (robots, None)


def test_posts_failing(catalog: Catalog) -> None:
    """Posts that have failures are found without the others."""
    for row in _posts(0, 3):
        failing = {"gone": 1} if row.id == "001.md" else {}
        catalog.put_post(replace(row, failures=failing, due="2026-11-22T07:00:14Z"), folded=None)
    (found,) = catalog.posts_failing()

    assert (found.id, found.due) == ("001.md", "2026-11-22T07:00:14Z")


def test_failing_posts_are_worked_on(catalog: Catalog, path: Path) -> None:
    """However many are worked on in one go, what SQLite writes ahead is taken over meanwhile."""
    for row in _posts(1000, 4000):
        catalog.put_post(replace(row, failures={"gone": 1}), folded=None)
    log = path.with_name(f"{path.name}-wal")
    seen = 0
    for row in catalog.posts_failing():
        catalog.put_post(row, folded=None)
        catalog.commit()
        seen += 1

    assert seen == 3000
    assert log.stat().st_size < 6_000_000


def test_next_attempts(catalog: Catalog) -> None:
    """Of failures that may pass, the time of the next attempt is known."""
    may_pass = replace(FAILURE, permanent=False, next_attempt="2026-11-22T08:00:14Z")
    failures = (FAILURE, may_pass, replace(may_pass, next_attempt=None))
    for number, failure in enumerate(failures):
        row = _capture(f"https://a.example/{number}.png")
        catalog.put_capture(replace(row, failure=failure))
    catalog.put_capture(OF_LOGO)

    assert list(catalog.next_attempts()) == ["2026-11-22T08:00:14Z", None]


def test_urls_below(catalog: Catalog) -> None:
    """URLs that begin alike are found in their order, not more than are asked for."""
    for url in ("https://a.example/2", "https://a.example/1", "https://b.example/1"):
        catalog.put_capture(_capture(url))

    assert catalog.urls_below("https://a.example", 9) == [
        "https://a.example/1",
        "https://a.example/2",
    ]
    assert catalog.urls_below("https://", 1) == ["https://a.example/1"]


def test_digests(catalog: Catalog) -> None:
    """Of a file that is being written both digests count, then the new one alone, then none."""
    file = ("posts/a.md", "manifest.json")
    told: list[dict[str, bool]] = [catalog.digests(*file)]
    catalog.confirm_digest(*file, "sha256:1")
    told.append(catalog.digests(*file))
    catalog.intend_digest(*file, "sha256:2")
    catalog.intend_digest(*file, "sha256:1")
    told.append(catalog.digests(*file))
    catalog.confirm_digest(*file, "sha256:2")
    told.append(catalog.digests(*file))
    catalog.intend_digest(*file, NONE)
    told.append(catalog.digests(*file))
    catalog.confirm_digest(*file, NONE)
    told.append(catalog.digests(*file))

    assert told == [
        {},
        {"sha256:1": True},
        {"sha256:1": True, "sha256:2": False},
        {"sha256:2": True},
        {"sha256:2": True, NONE: False},
        {},
    ]


def test_posts_without_digests(catalog: Catalog) -> None:
    """It is known whether there is a manifest whose digest is not."""
    row = replace(_post(0), bundle="posts/000.md")
    catalog.put_post(_post(1), folded=None)
    none = catalog.knows_all_manifests()
    catalog.put_post(row, folded="posts/000.md")
    one = catalog.knows_all_manifests()
    catalog.confirm_digest("posts/000.md", "localized.json", "sha256:1")
    journal = catalog.knows_all_manifests()
    catalog.confirm_digest("posts/000.md", "manifest.json", "sha256:2")

    assert (none, one, journal, catalog.knows_all_manifests()) == (True, False, False, True)


def test_each_value_is_in_the_checksum(path: Path) -> None:
    """A value that is another one, or of another type, or none, is found in whatever column."""
    with closing(Catalog(path)) as catalog:
        catalog.put_capture(OF_LOGO, is_news=True)
        catalog.put_host(HostRow(host="a.example", liked="origin"))
        catalog.put_robots(RobotsRow(origin="o", date="d", status=200, body=b"b"))
        catalog.put_post(replace(_post(0), due="2026"), folded=None)
    content = path.read_bytes()
    for table, column in (
        *(("captures", name) for name in ("bundle", "run", "digest", "version", "host", "path")),
        *(("holders", name) for name in ("wanted", "behind")),
        *(("freshness", name) for name in ("date", "etag", "next_attempt")),
        *(("hosts", name) for name in ("host", "liked")),
        *(("robots", name) for name in ("date", "status", "body")),
        *(("posts", name) for name in ("path", "document", "mtime_ns", "settled", "due", "folded")),
    ):
        for value in ("7", 7, b"7"):
            path.write_bytes(content)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute(f"UPDATE {table} SET {column} = ?", (value,))  # noqa: S608 - names of ours
                connection.commit()
            with closing(Catalog(path, read_only=True)) as catalog:
                (fault,) = catalog.faults()

            assert fault.startswith(f"rows of {table} are not as they were written"), column
