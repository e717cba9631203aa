"""The command line: one file a verb, and no logic of its own."""

from __future__ import annotations

from crawler.cli.main import run_command_line

__all__ = ["run_command_line"]
