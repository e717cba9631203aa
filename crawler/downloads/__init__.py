"""Fetch images and documents politely and safely: policy, hosts, robots.txt, the transport."""

from __future__ import annotations

from crawler.downloads.fetch import Fetcher
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
    "Wanted",
]
