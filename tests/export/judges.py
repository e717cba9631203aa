"""Other people's tools, asked what they think of an export."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def judge(*command: str | Path, cwd: Path | None = None) -> int:
    """Return the exit code of a tool; what it says is shown where a test fails."""
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    print(result.stdout, result.stderr)  # noqa: T201 - for whoever reads a failure
    return result.returncode


def tool(name: str) -> Path:
    """Return a command of the environment that the tests run in."""
    return Path(sys.executable).with_name(name)
