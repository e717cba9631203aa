"""One request and its answer, whoever sends it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered, its body decoded from Content-Encoding."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next(iter(self.values(name)), None)

    def values(self, name: str) -> list[str]:
        """Return all values of a header."""
        lowered = name.lower()
        return [value for key, value in self.headers if key.lower() == lowered]


class Transport(Protocol):
    """Sends one request; follows and repeats nothing."""

    received: int
    """Bytes of bodies as they came, those of answers that were refused or broke off too."""

    async def get(
        self, url: str, headers: Mapping[str, str], *, max_bytes: int, seconds: float, verify: bool
    ) -> Answer:
        """Return the answer, whatever its status. Raises ArchiveError.

        It is complete within *seconds*. Without *verify*, any certificate will do.
        """
