"""Hand the report of a run to a person's own command.

The command is the person's, and nothing of ours is put into it: what there is to know comes on its
standard input and in variables of its environment.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
from collections.abc import Mapping

logger = logging.getLogger(__name__)

_STDERR = 2
"""Standard output may be for a JSON document."""


def notify(command: str, document: bytes, about: Mapping[str, str], *, seconds: float) -> None:
    """Run *command* with the shell, *document* on its standard input; say it when it fails.

    After *seconds* it is ended, with all that it has begun. Nothing is raised.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the command is the person's own
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=_STDERR,
            env={**os.environ, **about},
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        logger.warning("the notification command could not be run: %s", error)
        return
    try:
        process.communicate(document, timeout=seconds)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        logger.warning("the notification command took longer than %g s and was ended", seconds)
        return
    if process.returncode:
        logger.warning("the notification command failed: it ended with code %d", process.returncode)
