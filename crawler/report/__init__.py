"""What is said of a run when it has ended: a report, an exit code, metrics, a word to a command.

Nothing here changes what was archived, nor what is said of it elsewhere.
"""

from crawler.report.conclusion import begin, conclude, tell
from crawler.report.counts import summary
from crawler.report.exit_code import exit_of, lack_of_run
from crawler.report.records import RunReport
from crawler.report.schema import report_schema

__all__ = [
    "RunReport",
    "begin",
    "conclude",
    "exit_of",
    "lack_of_run",
    "report_schema",
    "summary",
    "tell",
]
