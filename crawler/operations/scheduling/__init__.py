"""What lets a job run by itself: units of systemd, a line of a crontab, calls of Scrapyd."""

from crawler.operations.scheduling.cron import crontab
from crawler.operations.scheduling.job import NAMED, Job
from crawler.operations.scheduling.scrapyd import ScrapydJob, calls, write_egg
from crawler.operations.scheduling.systemd import Manner, Units, units

__all__ = [
    "NAMED",
    "Job",
    "Manner",
    "ScrapydJob",
    "Units",
    "calls",
    "crontab",
    "units",
    "write_egg",
]
