"""Write the report of a run from what it counted."""

from __future__ import annotations

from typing import cast

from crawler import AGENT
from crawler.archiving.config import Options
from crawler.archiving.run import Run
from crawler.archiving.stats import Counts, News
from crawler.common.dates import now, rfc3339
from crawler.common.exit_codes import Exit
from crawler.errors import BY_CODE, ArchiveLockedError, ImageArchiverError
from crawler.report.exit_code import exit_of
from crawler.report.records import SCHEMA, Ended, MissingImage, RunReport, UnreadPost
from crawler.report.request import asked_of


def report_of(run: Run) -> RunReport:
    """Return the report of *run*, which ends now."""
    return RunReport(
        schema=SCHEMA,
        agent=AGENT,
        job=run.job,
        sources=run.sources,
        options=asked_of(run.options, Options.default()),
        began=rfc3339(run.began),
        ended=now(),
        ending=cast("Ended", run.ended),
        reason=next(iter((*run.stats.named_defects, run.reason)), None) or None,
        exit_code=exit_of(run),
        summary=run.counts,
        news=run.stats.news(),
        failures=tuple(
            MissingImage(
                post=post_id,
                url=entry.url,
                state=entry.state,
                code=entry.failure.code,
                detail=entry.failure.detail,
                new=(post_id, entry.url) in run.stats.newly_failed,
                next_attempt=entry.failure.next_attempt,
                advice=BY_CODE[entry.failure.code].advice,
            )
            for post_id, entry in run.stats.failed
            if entry.failure is not None
        ),
        incomplete=tuple(run.stats.incomplete),
        problems=tuple(
            UnreadPost(source=each.source, message=each.message, new=each.new)
            for each in run.problems
        ),
    )


def report_of_none(options: Options, job: str, error: ImageArchiverError) -> RunReport:
    """Return the report of a run that *error* did not let begin; nobody keeps it."""
    locked = isinstance(error, ArchiveLockedError)
    return RunReport(
        schema=SCHEMA,
        agent=AGENT,
        job=job,
        sources=(),
        options=asked_of(options, Options.default()),
        began=now(),
        ended=now(),
        ending="not-begun",
        reason=str(error),
        exit_code=Exit.LOCKED if locked else Exit.STOPPED,
        summary=Counts(),
        news=News(),
        failures=(),
        incomplete=(),
        problems=(),
    )
