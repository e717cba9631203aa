"""Fetch images and documents politely and safely.

A `Fetcher` asks for one image, step by step, and gives the bytes of each answer to whoever looks at
them; `Fetch` tells what to try next: `routes` says what is sent and accepted at the image's own
server, `referers` with which Referer, `memento` in an archive of the web. `client` sends every
request: `robots` and the guard let it pass, the hosts' limits give it a place, the transport and
the handler make it, which are the two that need Scrapy. The attempt log has what was tried.
"""

from __future__ import annotations

from crawler.downloads.answers import Answer, Transport
from crawler.downloads.fetcher import Fetcher
from crawler.downloads.host_limits import Waiting
from crawler.downloads.image_fetch import Fetch, Step
from crawler.downloads.image_request import Download, ImageRequest, Missed, Validators
from crawler.downloads.retry_policy import Policy
from crawler.downloads.robots import RobotsMemory, RobotsRecord

__all__ = [
    "Answer",
    "Download",
    "Fetch",
    "Fetcher",
    "ImageRequest",
    "Missed",
    "Policy",
    "RobotsMemory",
    "RobotsRecord",
    "Step",
    "Transport",
    "Validators",
    "Waiting",
]
