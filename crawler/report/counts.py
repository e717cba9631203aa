"""The counts of a run; the keys are stable."""

from __future__ import annotations

from typing import Any

from crawler.archiving.run import Run
from crawler.common import json_codec


def summary(run: Run) -> dict[str, Any]:
    """Return the counts of *run*, over the posts of its sources, as ``--json`` prints them."""
    counted: dict[str, Any] = json_codec.to_builtins(run.counts)
    return {key: value for key, value in counted.items() if value is not None}
