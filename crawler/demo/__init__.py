"""A small site on the loopback address, and articles that name its pictures.

With it a first run needs no network. The pictures are drawings of our own, kept in `images/`.
"""

from __future__ import annotations

from crawler.demo.articles import write_posts
from crawler.demo.server import DEFAULT_PORT, Site

__all__ = ["DEFAULT_PORT", "Site", "write_posts"]
