"""What a person calls the difference between two states of an image."""

from __future__ import annotations

import pytest
from hypothesis import given

from crawler.models import Manifest
from crawler.store.manifest.changes import Change, Kind, Seen, changes_between, kind_of
from tests.store.manifest.strategies import MANIFESTS

HERE = Seen(state="archived", digest="sha256:1")
OTHER = Seen(state="archived", digest="sha256:2")
GONE = Seen(state="archived", digest="sha256:1", code="gone")
FORBIDDEN = Seen(state="archived", digest="sha256:1", code="forbidden")
SUSPECT = Seen(state="suspect", digest="sha256:1", code="placeholder")
FAILED = Seen(state="failed", code="not-found")
SKIPPED = Seen(state="skipped", code="excluded")


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (None, HERE, "new-image"),
        (SKIPPED, HERE, "new-image"),
        (HERE, OTHER, "changed-image"),
        (GONE, OTHER, "changed-image"),
        (HERE, GONE, "gone-upstream"),
        (GONE, HERE, "recovered"),
        (FAILED, HERE, "recovered"),
        (SUSPECT, OTHER, "recovered"),
        (SUSPECT, HERE, "recovered"),
        (None, FAILED, "newly-failed"),
        (None, SUSPECT, "newly-failed"),
        (HERE, SUSPECT, "newly-failed"),
        (HERE, FAILED, "newly-failed"),
        (SKIPPED, FAILED, "newly-failed"),
        (GONE, FORBIDDEN, None),
        (FAILED, SUSPECT, None),
        (None, SKIPPED, None),
        (FAILED, SKIPPED, None),
        (HERE, HERE, None),
    ],
)
def test_kind(before: Seen | None, after: Seen, kind: Kind | None) -> None:
    """Each pair of states has one name, or none where it is no news."""
    change = Change(post="a.md", url="https://a.example/x.png", before=before, after=after)

    assert kind_of(change) == kind


@given(manifest=MANIFESTS)
def test_same(manifest: Manifest) -> None:
    """A manifest differs in nothing from itself; as the first, it is a new post."""
    (post, *_) = changes_between(None, manifest)

    assert list(changes_between(manifest, manifest)) == []
    assert kind_of(post) == "new-post"
