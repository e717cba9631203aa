"""Lines of a log, as JSON objects for machines."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from crawler.common import json_codec

_KNOWN = ("post", "url", "ending", "exit_code")
"""What a line may be about, beside its words."""


class JsonLines(logging.Formatter):
    """One object a line: time, level, message, and what the line is about where it is known."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "time": moment.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().encode(errors="replace").decode(),
        }
        about = record.args if isinstance(record.args, dict) else {}
        line |= {key: about[key] for key in _KNOWN if key in about}
        line |= {key: getattr(record, key) for key in _KNOWN if hasattr(record, key)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json_codec.to_json(line)
