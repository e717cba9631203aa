"""What runs in a worker process: Pillow, the standard library, and nothing of the crawl."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait

from crawler.imaging.limits import Limits
from crawler.model import Derivative, Profile, Rendition, Writer

_ORPHANED = 1


def prepare(limits: Limits) -> None:
    """Make this process a worker: it dies with its parent, and stops for nobody else."""
    # Ctrl-C and a service manager's SIGTERM reach the whole group; what is in hand gets finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _silence_libraries()
    _close_registry()
    _limit_memory(limits.memory)
    threading.Thread(target=_die_with_parent, name="watchdog", daemon=True).start()


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One image to do."""

    payload: bytes
    subject: str
    profiles: Sequence[Profile]
    limits: Limits
    writer: Writer
    present: Sequence[Derivative]


def work(job: Job) -> Rendition:
    """Do one image."""
    from crawler.imaging.render import render  # noqa: PLC0415 - Pillow is for the workers alone

    return render(
        job.payload,
        subject=job.subject,
        profiles=job.profiles,
        limits=job.limits,
        writer=job.writer,
        present=job.present,
    )


def _close_registry() -> None:
    from crawler.imaging.decode import close_registry  # noqa: PLC0415 - as above

    close_registry()


def _silence_libraries() -> None:
    """Keep C libraries from writing to standard error what they think of an image; libtiff does."""
    sys.stderr = os.fdopen(os.dup(2), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)


def _limit_memory(size: int) -> None:
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - there is none on Windows

    # macOS knows the limit and refuses to set it.
    with contextlib.suppress(OSError, ValueError):
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        bounded = size if most == resource.RLIM_INFINITY else min(size, most)
        resource.setrlimit(resource.RLIMIT_AS, (bounded, most))


def _die_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(_ORPHANED)
