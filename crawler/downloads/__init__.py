"""Fetch images politely and safely: policy, hosts, robots.txt, referers, the transport."""

from __future__ import annotations

from crawler.downloads.fetch import Download, Fetcher, Wanted
from crawler.downloads.policy import Policy
from crawler.downloads.transport import Answer, ScrapyTransport, Transport

__all__ = ["Answer", "Download", "Fetcher", "Policy", "ScrapyTransport", "Transport", "Wanted"]
