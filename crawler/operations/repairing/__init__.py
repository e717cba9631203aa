"""Mend an archive: `repair` says in which order, the other files how."""

from __future__ import annotations

from crawler.operations.repairing.records import Fetch, Lost, Repair, Repaired, Restore
from crawler.operations.repairing.repair import repair

__all__ = ["Fetch", "Lost", "Repair", "Repaired", "Restore", "repair"]
