"""Mend an archive: `repair` says in which order, the other files how."""

from __future__ import annotations

from crawler.verify.repair.records import Fetch, Lost, Repair, Repaired, Restore
from crawler.verify.repair.repair import repair

__all__ = ["Fetch", "Lost", "Repair", "Repaired", "Restore", "repair"]
