"""What was learned of hosts: Referers, robots.txt, stand-ins."""

from __future__ import annotations

from crawler.store.catalog.database import Database
from crawler.store.catalog.rows import HostRow, RobotsRow, StandInRow

_SELECT_STAND_INS = "SELECT digest FROM stand_ins WHERE host = ?"


class Hosts(Database):
    """What is known of hosts."""

    def host(self, name: str) -> HostRow | None:
        """Return what was learned of a host."""
        rows = self._remembered("SELECT host, liked FROM hosts WHERE host = ?", name)
        return HostRow(host=rows[0][0], liked=rows[0][1]) if rows else None

    def put_host(self, row: HostRow) -> None:
        """Write what was learned of a host; it waits for others."""
        self._put("hosts", (row.host, row.liked))
        self._memory.clear()
        self._commit_some()

    def robots(self, origin: str) -> RobotsRow | None:
        """Return what an origin last answered when it was asked for its robots.txt."""
        statement = "SELECT origin, date, status, body FROM robots WHERE origin = ?"
        row = next(self._read(statement, origin), None)
        return RobotsRow(origin=row[0], date=row[1], status=row[2], body=row[3]) if row else None

    def put_robots(self, row: RobotsRow) -> None:
        """Write what an origin answered; it waits for others."""
        self._put("robots", (row.origin, row.date, row.status, row.body))
        self._commit_some()

    def is_stand_in(self, digest: str, host: str) -> bool:
        """Return whether many paths of *host* were seen to answer with these bytes."""
        return (digest,) in self._remembered(_SELECT_STAND_INS, host)

    def has_stand_ins(self, host: str) -> bool:
        """Return whether *host* was seen to answer many paths with the same bytes."""
        return bool(self._remembered(_SELECT_STAND_INS, host))

    def is_no_placeholder(self, digest: str) -> bool:
        """Return whether a person said that these bytes are the true picture."""
        return (digest,) in self._remembered("SELECT digest FROM not_placeholders")

    def stand_ins_to_sweep(self) -> list[StandInRow]:
        """Return the stand-ins whose earlier captures have not been looked at yet."""
        found = self._read("SELECT digest, host FROM stand_ins WHERE NOT swept")
        return [StandInRow(digest=digest, host=host) for digest, host in found]

    def not_placeholders_to_sweep(self) -> list[str]:
        """Return the digests that a person cleared, and whose captures may still be suspect."""
        return [
            value for (value,) in self._read("SELECT digest FROM not_placeholders WHERE NOT swept")
        ]

    def put_stand_in(self, row: StandInRow, *, swept: bool) -> None:
        """Write that many paths of a host answer with the same bytes; it waits for others."""
        self._put("stand_ins", (row.digest, row.host, swept))
        self._memory.clear()
        self._commit_some()

    def put_not_placeholder(self, digest: str, *, swept: bool) -> None:
        """Write that a person cleared these bytes, whatever many paths answer with them."""
        self._write("DELETE FROM stand_ins WHERE digest = ?", (digest,))
        self._put("not_placeholders", (digest, swept))
        self._memory.clear()
        self.commit()
