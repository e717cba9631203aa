"""From the end of a run to all who are to hear of it."""

from __future__ import annotations

import logging

from crawler.archiving.config import Options
from crawler.archiving.run import Run
from crawler.common import json_codec
from crawler.errors import ArchiveLockedError, PathError, StorageError
from crawler.report.document import report_of, report_of_none
from crawler.report.exit_code import exit_of
from crawler.report.metrics import write_metrics
from crawler.report.notification import notify
from crawler.report.records import RunReport

logger = logging.getLogger(__name__)


def begin(options: Options, job: str) -> Run:
    """Return a new run; when it cannot begin, tell those who wait for its end.

    Raises what Run raises.
    """
    try:
        return Run(options)
    except (ArchiveLockedError, StorageError) as error:
        _tell(options, report_of_none(options, job, error), kept="")
        raise


def conclude(run: Run) -> RunReport:
    """Close *run*, its report kept, and return what is to be told of it."""
    report = report_of(run)
    run.close(json_codec.to_document(report))
    # A disk that takes no report is what the run ended with.
    return report_of(run) if report.exit_code != exit_of(run) else report


def tell(run: Run, report: RunReport) -> None:
    """Write the metrics and run the command that a closed run's options ask for.

    What fails of it is said in the log. Blocks for as long as the command takes.
    """
    _tell(run.options, report, kept=str(run.report or ""))


def _tell(options: Options, report: RunReport, *, kept: str) -> None:
    archive = options.archive.absolute()
    if options.metrics is not None:
        try:
            write_metrics(options.metrics, report, archive)
        except (StorageError, PathError) as error:
            logger.warning("the metrics of this run are not written: %s", error)
    if options.notify_command:
        about = {
            "IMAGE_ARCHIVER_ARCHIVE": str(archive),
            "IMAGE_ARCHIVER_EXIT_CODE": str(report.exit_code),
            "IMAGE_ARCHIVER_ENDING": report.ending,
            "IMAGE_ARCHIVER_REPORT": kept,
        }
        document = json_codec.to_document(report)
        notify(options.notify_command, document, about, seconds=options.notify_timeout)
