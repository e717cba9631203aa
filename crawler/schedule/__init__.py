"""What lets a job run by itself: units of systemd, a line of a crontab, a call of Scrapyd."""

from crawler.schedule.cron import crontab
from crawler.schedule.job import NAMED, Job
from crawler.schedule.scrapyd import ScrapydJob, job_script
from crawler.schedule.systemd import Manner, Units, units

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
