"""What `downloads` must remember from run to run, kept in the catalog."""

from __future__ import annotations

from crawler.archiving.run import SettledItem
from crawler.common import urls
from crawler.downloads import RobotsRecord
from crawler.models import Entry
from crawler.store.archive import Archive
from crawler.store.catalog import CaptureRow, Catalog, HostRow, RobotsRow, Standing


class CatalogRobots:
    """The robots.txt of every origin that was asked for one."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def get(self, origin: str) -> RobotsRecord | None:
        """Return the last record of *origin*, however old, or None."""
        row = self._catalog.robots(origin)
        if row is None:
            return None
        return RobotsRecord(origin=row.origin, date=row.date, status=row.status, body=row.body)

    def put(self, record: RobotsRecord) -> None:
        """Remember *record* in the place of the origin's last."""
        self._catalog.put_robots(
            RobotsRow(
                origin=record.origin, date=record.date, status=record.status, body=record.body
            )
        )


def liked_by(host: str, catalog: Catalog) -> str | None:
    """Return the rung of the Referer ladder that *host* let in before."""
    row = catalog.host(host)
    return row.liked if row else None


def learn(host: str, liked: str | None, catalog: Catalog) -> None:
    """Remember the rung that *host* let in, where something was learned."""
    if liked is not None and liked != liked_by(host, catalog):
        catalog.put_host(HostRow(host=host, liked=liked))


def remember_standings(item: SettledItem, archive: Archive) -> None:
    """Note how a manifest that was just written stands to what the catalog has of its images.

    Where nobody looked what its post asks for, that stays as it was.
    """
    here = archive.relative(item.bundle)
    known = archive.catalog.standings(here)
    for entry in item.entries:
        if urls.scheme(entry.url) not in urls.NETWORK_SCHEMES or entry.state == "skipped":
            continue
        before = known.get(entry.url, Standing(wanted=True, behind=False))
        asked = before.wanted if item.unwanted is None else entry.url not in item.unwanted
        wanted = asked and bool(entry.references)
        # What nobody found out since cannot have left it behind.
        behind = before.behind and _is_behind(entry, archive.catalog.capture(entry.url))
        if (standing := Standing(wanted=wanted, behind=behind)) != before:
            archive.catalog.put_standing(entry.url, here, standing)


def _is_behind(entry: Entry, row: CaptureRow | None) -> bool:
    if row is None or row.version is None or entry.original is None:
        return False
    same = row.version.original.digest == entry.original.digest
    return not same or (row.state, row.failure) != (entry.state, entry.failure)
