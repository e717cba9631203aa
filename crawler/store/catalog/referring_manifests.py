"""Which manifests have a URL, and since when its server was not heard of."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from crawler.common import json_codec
from crawler.models import Attempt
from crawler.store.catalog.captures import FAILURE, Captures
from crawler.store.catalog.database import as_text
from crawler.store.catalog.migrations import Value
from crawler.store.catalog.rows import FreshnessRow, Standing

_SELECT_DUE = (
    "SELECT url FROM holders JOIN freshness USING (url) WHERE bundle = ?1 AND wanted"
    " AND (behind OR (date <= ?2 AND coalesce(next_attempt, '') <= ?3))"
)


class Holders(Captures):
    """How manifests stand to captures, and how fresh those are."""

    def holders(self, url: str) -> list[str]:
        """Return the bundles whose manifests have a URL, that of its capture first."""
        own = self.bundle_of(url)
        others = self._read("SELECT bundle FROM holders WHERE url = ? ORDER BY bundle", url)
        return list(
            dict.fromkeys(filter(None, chain([own], (as_text(bundle) for (bundle,) in others))))
        )

    def is_holder(self, url: Value, bundle: Value) -> bool:
        """Return whether the manifest of *bundle* has a URL."""
        found = self._read("SELECT 1 FROM holders WHERE url = ? AND bundle = ?", url, bundle)
        return any(True for _ in found)

    def standings(self, bundle: str) -> dict[str, Standing]:
        """Return how the manifest of *bundle* stands to each image of the network that it has."""
        found = self._read("SELECT url, wanted, behind FROM holders WHERE bundle = ?", bundle)
        return {
            url: Standing(wanted=bool(wanted), behind=bool(behind)) for url, wanted, behind in found
        }

    def is_any_behind(self) -> bool:
        """Return whether a manifest does not say yet what became of an image since."""
        return any(True for _ in self._read("SELECT 1 FROM holders WHERE behind LIMIT 1"))

    def put_holder(self, url: str, bundle: str) -> None:
        """Note that the manifest of *bundle* has a URL; it waits for others."""
        self._insert_holder(url, bundle)
        self._commit_some()

    def put_standing(self, url: str, bundle: str, standing: Standing) -> None:
        """Note how the manifest of *bundle* stands to an image that it has; it waits for others."""
        self._put("holders", (url, bundle, standing.wanted, standing.behind))
        self._commit_some()

    def due_in(self, bundle: str, *, before: str, now: str) -> frozenset[str]:
        """Return the images of *bundle* whose servers were last heard of *before* that time.

        Without those that are to be left alone beyond *now*; with those that its manifest is behind
        of. Both times are RFC 3339.
        """
        return frozenset(url for (url,) in self._read(_SELECT_DUE, bundle, before, now))

    def freshness(self, url: str) -> FreshnessRow | None:
        """Return when the server of an archived image was last heard of it."""
        return next(self._rows("freshness", freshness_row, " WHERE url = ?", url), None)

    def put_freshness(self, row: FreshnessRow, trace: Sequence[Attempt] = ()) -> None:
        """Write when the server of an archived image was last heard of it; it waits for others."""
        self._put(
            "freshness",
            (
                *(row.url, row.date, row.etag, row.last_modified),
                row.failure.next_attempt if row.failure else None,
                json_codec.to_json(row.failure) if row.failure else None,
            ),
        )
        self._put_trace(row.url, trace)
        self._commit_some()


def freshness_row(row: Sequence[Any]) -> FreshnessRow:
    """Return a row of ``freshness`` as its record. Raises RecordError."""
    return FreshnessRow(
        url=row[0],
        date=row[1],
        etag=row[2],
        last_modified=row[3],
        failure=FAILURE.from_json(row[5]) if row[5] else None,
    )
