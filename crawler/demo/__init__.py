"""A small site on the loopback address, and articles that name its pictures.

With it a first run needs no network. Nothing is stored: the pictures are drawn when they are asked
for, and are the same each time.
"""

from __future__ import annotations

from crawler.demo.articles import write_posts
from crawler.demo.server import DEFAULT_PORT, Site

__all__ = ["DEFAULT_PORT", "Site", "write_posts"]
