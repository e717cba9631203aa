"""From sources to posts with their references: the two first stages in one step."""

from __future__ import annotations

from crawler.intake.articles import read_post
from crawler.intake.found import Reading

__all__ = ["Reading", "read_post"]
