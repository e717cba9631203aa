"""What `downloads` must remember from run to run, kept in the catalog."""

from __future__ import annotations

from crawler.bundles.catalog import Catalog, HostRow, RobotsRow
from crawler.downloads import RobotsRecord


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
