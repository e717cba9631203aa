"""What came of one image in this run."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.models import Attempt, Failure, State, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A version, or why there is none; both where the version is suspect, or gone elsewhere."""

    version: Version | None = None
    failure: Failure | None = None
    stands: bool = False
    """Whether the version is no less than archived for its failure: that is what its server says
    now."""
    doubt: str | None = None
    """Why the version may be a stand-in, before it is judged."""
    trace: tuple[Attempt, ...] = ()
    """The requests that were made."""
    insecure: tuple[str, ...] = ()
    """The hosts among those asked whose TLS was not verified."""

    @property
    def state(self) -> State:
        """The state of the entry that it makes."""
        if self.version is None:
            return "failed"
        return "archived" if self.failure is None or self.stands else "suspect"
