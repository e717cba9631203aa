"""Dates, in the forms in which blogs write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources import post_metadata
from crawler.sources.front_matter import split_front_matter

MIDNIGHT = "2021-12-01T00:00:00Z"
MINUTE = "2021-12-01T00:11:00Z"
SECOND = "2021-12-01T00:11:49Z"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2021-12-01T00:11:49Z", SECOND),
        ("2021-12-01T00:11:49.123456Z", SECOND),
        ("2021-12-01T08:11:49+08:00", SECOND),
        ("2021-12-01 00:11:49", SECOND),
        ("2021-12-01 08:11:49 +0800", SECOND),
        ("2021-12-01 08:11 +0800", MINUTE),
        ("2021-12-01 00:11", MINUTE),
        ("2021-12-01", MIDNIGHT),
        ("2021-12", MIDNIGHT),
        ("20211201", MIDNIGHT),
        ("2021/12/01 00:11:49", SECOND),
        ("2021/12/01 08:11:49 +0800", SECOND),
        ("2021/12/01 00:11", MINUTE),
        ("2021/12/1", MIDNIGHT),
        ("2021.12.01", MIDNIGHT),
        ("Wed, 01 Dec 2021 00:11:49 GMT", SECOND),
        ("Wed, 01 Dec 2021 08:11:49 +0800", SECOND),
        ("1 December 2021", MIDNIGHT),
        ("1 Dec 2021", MIDNIGHT),
        ("December 1, 2021", MIDNIGHT),
        ("Dec 1, 2021", MIDNIGHT),
        ("  2021-12-01  00:11:49 ", SECOND),
        (datetime(2021, 12, 1, 8, 11, 49, tzinfo=timezone(timedelta(hours=8))), SECOND),
        (datetime(2021, 12, 1, 0, 11, 49, 999999, tzinfo=UTC), SECOND),
        (date(2021, 12, 1), MIDNIGHT),
        (1638317509, SECOND),
        (1638317509.5, SECOND),
        (20211201, MIDNIGHT),
        (date(1, 1, 1), "0001-01-01T00:00:00Z"),
    ],
)
def test_date(written: object, expected: str) -> None:
    """Each form says the same moment; one without a zone is in UTC."""
    assert post_metadata.published({"date": written}) == expected


@pytest.mark.parametrize(
    "written",
    [
        "yesterday", "", " ", "2021-13-45", "2021", 2021, 0, -1, True, False, [], {}, [2021], None,
        float("nan"), float("inf"), 10**30, "9" * 5000, "0001-01-01T00:00:00+23:00",
        "Wed, 99999999999999999999 Dec 2021 00:00:00 GMT",
        "Wed, 01 Dec 2021 00:00:00 +99999999999999", "{{ page.date }}",
    ],
)  # fmt: skip
def test_no_date(written: object) -> None:
    """What is no date is none, whatever it is."""
    assert post_metadata.published({"date": written}) is None


@given(st.text(alphabet="0123456789-:/., +TZGMWedDc\x00é", max_size=40))
def test_any_date(written: str) -> None:
    """No text raises; a date that is found can be read back."""
    found = post_metadata.published({"date": written})

    assert found is None or post_metadata.published({"date": found}) == found


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.datetimes()
    | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
KEYS = st.sampled_from(["title", "author", "authors", "date", "published", "url", "Permalink"])


@given(st.dictionaries(KEYS, VALUES))
def test_any_metadata(given_metadata: dict[str, object]) -> None:
    """Whatever stands under the keys, what is read can stand in a manifest."""
    for read in (
        post_metadata.title,
        post_metadata.author,
        post_metadata.published,
        post_metadata.url,
    ):
        found = read(given_metadata)

        assert found is None or found.encode()
        assert found != ""


def test_numbers_without_end() -> None:
    """A number that takes long to read or cannot be printed is a text, or nothing."""
    hexadecimal = "0x" + "f" * 5000
    sexagesimal = "1" + ":1" * 50_000
    yaml = split_front_matter(f"---\ntitle: {hexadecimal}\nauthor: {sexagesimal}\n---\n")
    toml = split_front_matter(f"+++\ntitle = {hexadecimal}\n+++\n")

    assert post_metadata.title(yaml.metadata) == hexadecimal
    assert post_metadata.author(yaml.metadata) == sexagesimal
    assert post_metadata.title(toml.metadata) is None
