"""One run over an archive: what it was asked, what it holds, when and how it ends."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from crawler.archiving.config import Options
from crawler.archiving.stats import Counts, Problem, Stats
from crawler.common import archive_layout
from crawler.common.dates import rfc3339
from crawler.common.digests import digest
from crawler.common.stop_signal import StopFlag
from crawler.common.urls import without_credentials_inside
from crawler.downloads import Fetcher, Waiting
from crawler.errors import PathError, StorageError, WrongSetting
from crawler.sources.source_arguments import source_key
from crawler.store.archive import Archive
from crawler.store.catalog import SourceRow
from crawler.store.previous_reports import MESSAGES_KEPT, last_runs, problems_before

logger = logging.getLogger(__name__)

_NOT_PLACEHOLDERS = "ARCHIVE_NOT_PLACEHOLDERS"


class Ending(Enum):
    """How a run ended, before its counts are looked at."""

    FINISHED = "finished"
    LIMIT = "limit"
    STORAGE = "storage"
    NO_DECODER = "no-decoder"
    INTERRUPTED = "interrupted"


class Run:
    """Opens the archive, and holds it until `close`.

    Raises UsageError, ArchiveLockedError or StorageError when it cannot begin.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.archive = Archive(options.archive)
        self.began = datetime.now(UTC)
        self.name = self.archive.name_run(self.began)
        """What its files in ``runs/`` are called."""
        self.is_behind = self.archive.catalog.is_any_behind()
        """Whether manifests are to be brought in line with what earlier runs found out."""
        self.knows_all_manifests = self.archive.catalog.knows_all_manifests()
        """Whether the catalog has the digests of the manifests of all posts."""
        self.token = secrets.token_hex(8)
        """Tells this run from others in the catalog."""
        self.stop = StopFlag()
        self.ending = Ending.FINISHED
        self.reason = ""
        self.limit: str | None = None
        """The setting that ended the run, if its ending is `LIMIT`."""
        self.stats = Stats()
        self.fetcher: Fetcher | None = None
        """Set when the crawl opens; counts its requests and bytes."""
        self.job = ""
        self.sources: tuple[str, ...] = ()
        """As they were given, without credentials."""
        self.report: Path | None = None
        """Where the report is, once it is written."""
        self._problems_before: frozenset[str] | None = None
        self._clock = time.monotonic()
        self._closed = False
        self._source_keys: frozenset[str] = frozenset()
        try:
            self._clear(options.not_placeholders)
        except BaseException:
            self.archive.close()
            raise

    @property
    def problems(self) -> list[Problem]:
        """What could not be archived at all, the first thousand."""
        return self.stats.named_problems

    @property
    def counts(self) -> Counts:
        """The counts as they are now, over the posts of the run's sources."""
        return self.stats.counts(
            requests=self.fetcher.requests if self.fetcher else 0,
            received=self.received,
            seconds=self.seconds,
            with_refreshed=self.options.refresh is not None,
        )

    @property
    def seconds(self) -> float:
        """How long the run has lasted."""
        return time.monotonic() - self._clock

    @property
    def is_overtime(self) -> bool:
        """Whether ``--max-time`` has passed."""
        return 0 < self.options.max_time <= self.seconds

    @property
    def received(self) -> int:
        """How many bytes of bodies came over the network."""
        return self.fetcher.downloaded_bytes if self.fetcher else 0

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """The hosts that are asked for no image at the moment; any thread may look."""
        return self.fetcher.waiting if self.fetcher else ()

    @property
    def confirmed_before(self) -> str:
        """What was last confirmed after this time (RFC 3339) is not asked again; empty: nothing."""
        age = self.options.refresh
        return "" if age is None else rfc3339(self.began - age)

    def due_in(self, bundle: str) -> frozenset[str]:
        """Return the images of *bundle* that this run is to refresh, or to bring in line.

        Without ``--refresh``, those that an earlier run refreshed and its manifest does not know of
        yet: that run was killed, or had other sources.
        """
        if self.options.refresh is None and not self.is_behind:
            return frozenset()
        return self.archive.catalog.due_in(
            bundle, before=self.confirmed_before, now=rfc3339(self.began)
        )

    def commit(self) -> None:
        """Have the catalog outlive this process as it is now; a disk that refuses ends the run."""
        try:
            self.archive.catalog.commit()
        except StorageError as error:
            self.end(Ending.STORAGE, str(error))

    @property
    def ended(self) -> str:
        """How the run ended, as its report says it."""
        return "defect" if self.stats.defects else self.ending.value

    def begin_sources(self, given: Iterable[str]) -> None:
        """Have the catalog know what this run goes over, before its end is known.

        A run that is killed leaves it so: nobody knows then what its sources hold.
        """
        given, name = list(given), self.options.name or ""
        catalog = self.archive.catalog
        if not catalog.sources():
            catalog.put_sources(last_runs(self.archive.root / archive_layout.RUNS))
        for source in given:
            # Reports have a source as it was written.
            catalog.forget_source(without_credentials_inside(source), name)
        self._source_keys = frozenset(map(source_key, given))
        self._put_sources(None)

    def note_ending(self) -> None:
        """Have the catalog know how this run ended, as far as that is clear by now."""
        try:
            self._put_sources(self.ended)
        except StorageError as error:
            self.end(Ending.STORAGE, str(error))

    def _put_sources(self, ending: str | None) -> None:
        self.archive.catalog.put_sources(
            SourceRow(
                source=key,
                name=self.options.name or "",
                run=self.name,
                ending=ending,
                unread=self.stats.problems,
                messages=tuple(each.message for each in self.problems[:MESSAGES_KEPT]),
            )
            for key in sorted(self._source_keys)
        )

    def end(self, ending: Ending, reason: str) -> None:
        """Let the run come to its end; the first reason stands."""
        if self.ending is Ending.FINISHED:
            self.ending = ending
            self.reason = reason
            self.stop.set()
            logger.warning("%s: finishing what is in hand", reason)

    def check_limits(self) -> None:
        """End the run if one of its limits is reached."""
        most, least = self.options.max_run_bytes, self.options.min_free
        if most and self.received >= most:
            reason = f"the run has received {self.received} bytes, and may receive {most}"
            self.stop_at("ARCHIVE_MAX_RUN_BYTES", reason)
        elif least and (free := shutil.disk_usage(self.archive.root).free) < least:
            reason = f"{free} bytes are free on the disk, and {least} are to stay free"
            self.stop_at("ARCHIVE_MIN_FREE", reason)

    def stop_at(self, setting: str, reason: str) -> None:
        """End the run because the limit of a *setting* is reached."""
        if self.ending is Ending.FINISHED:
            self.limit = setting
        self.end(Ending.LIMIT, reason)

    def admit(self) -> None:
        """Let another file of an image begin; raises RunStopped where the run ends."""
        self.check_limits()
        self.stop.check()

    def problem(self, source: str, message: str) -> None:
        """Note an article that could not be archived at all."""
        if self._problems_before is None:
            runs = self.archive.root / archive_layout.RUNS
            self._problems_before = problems_before(runs, self.job, self.sources)
        new = source not in self._problems_before
        logger.info("%s is not archived: %s", source, message)
        self.stats.note_problem(Problem(source=source, message=message, new=new))

    def close(self, report: bytes | None) -> None:
        """Write the report, if there is one, and let go of the archive, once."""
        if self._closed:
            return
        self._closed = True
        try:
            if report is not None:
                self.report = self.archive.write_report(self.name, report)
        except (PathError, StorageError) as error:
            self.end(Ending.STORAGE, str(error))
        finally:
            self.note_ending()
            self._let_go()

    def _let_go(self) -> None:
        """Close the archive; what it could not write any more is unfinished."""
        try:
            self.archive.close()
        except StorageError as error:
            self.end(Ending.STORAGE, str(error))

    def _clear(self, given: Iterable[str]) -> None:
        """Remember the pictures that a person says are no placeholders. Raises WrongSetting."""
        catalog = self.archive.catalog
        for text in given:
            found = catalog.digests_like(text, 2)
            if len(found) > 1:
                raise WrongSetting(
                    _NOT_PLACEHOLDERS, text, "more of it: several originals begin so"
                )
            if not found and len(text) < len(digest(b"")):
                raise WrongSetting(_NOT_PLACEHOLDERS, text, "the beginning of an original's digest")
            value = found[0] if found else text
            if not catalog.is_no_placeholder(value):
                catalog.put_not_placeholder(value, swept=False)
