"""Fetch images and documents politely and safely.

`fetch` looks for one image wherever it may be had: `referers` tells what to send, `memento` asks
an archive of the web. `guest` sends every request: `robots` and `guard` let it pass, `hosts` gives
it a place, `transport` and `handler` make it, `acceptance` reads what HTTP says of the answer.
`errand` keeps the books of one image, `policy` has the limits, `wanted` the records.
"""

from __future__ import annotations

from crawler.downloads.fetch import Fetcher
from crawler.downloads.hosts import Waiting
from crawler.downloads.policy import Policy
from crawler.downloads.robots import RobotsMemory, RobotsRecord
from crawler.downloads.transport import Answer, ScrapyTransport, Transport
from crawler.downloads.wanted import Download, Fetched, Validators, Wanted

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
