"""What lets a job run by itself: units of systemd, a line of a crontab, a call of Scrapyd."""

from crawler.operations.scheduling.cron import crontab
from crawler.operations.scheduling.job import NAMED, Job
from crawler.operations.scheduling.scrapyd import ScrapydJob, job_script
from crawler.operations.scheduling.systemd import Manner, Units, units

__all__ = [
    "NAMED",
    "Job",
    "Manner",
    "ScrapydJob",
    "Units",
    "crontab",
    "job_script",
    "units",
]
