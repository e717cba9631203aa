"""Fetch images and documents politely and safely.

`fetcher` looks for one image wherever it may be had: `referers` tells what to send, `memento` asks
an archive of the web. `client` sends every request: `robots` and `address_guard` let it pass,
`host_limits` gives it a place, `transport` and `download_handler` make it, `response_checks` reads
what HTTP says of the answer. `attempt_log` keeps the books of one image, `retry_policy` has the
limits, `image_request` the records.
"""

from __future__ import annotations

from crawler.downloads.fetcher import Fetcher
from crawler.downloads.host_limits import Waiting
from crawler.downloads.image_request import Download, Fetched, Validators, Wanted
from crawler.downloads.retry_policy import Policy
from crawler.downloads.robots import RobotsMemory, RobotsRecord
from crawler.downloads.transport import Answer, ScrapyTransport, Transport

__all__ = [
    "Answer",
    "Download",
    "Fetched",
    "Fetcher",
    "Policy",
    "RobotsMemory",
    "RobotsRecord",
    "ScrapyTransport",
    "Transport",
    "Validators",
    "Waiting",
    "Wanted",
]
