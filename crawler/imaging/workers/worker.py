"""What runs in a worker process: Pillow, the standard library, and nothing of the crawl."""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import wait
from socket import socket

from crawler.errors import ArchiveError, Fault, ImageArchiverError
from crawler.imaging.limits import Limits
from crawler.imaging.workers.channel import frame, read_pieces
from crawler.imaging.workers.hindrances import reason_in_words
from crawler.models import Derivative, Profile, Rendition, Writer

_ORPHANED = 1
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt(3)."""
_KEPT = 64 << 20
"""Bytes that a process keeps between two images: some photos of 1 to 4 megapixels in all forms."""
_LARGEST_KEPT = 32 << 20
"""The most that glibc takes for the size above which it gives each block back at once."""


def prepare(limits: Limits) -> None:
    """Make this process a worker: it dies with its parent, and stops for nobody else."""
    # Ctrl-C and a service manager's SIGTERM reach the whole group; what is in hand gets finished.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _give_way()
    _silence_libraries()
    _close_registry()
    _limit_memory(limits.memory)
    keep_memory()
    threading.Thread(target=_die_with_parent, name="watchdog", daemon=True).start()


def keep_memory() -> None:
    """Have glibc keep what an image took for the next one; other C libraries do as they do.

    Given back and taken again it costs a fault for each page of 4 kB: some 2,500 of them, a fifth
    of the time of a photo of one megapixel.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, _KEPT)


@dataclass(frozen=True, slots=True)
class Ready:
    """What a process sends first."""

    hindrance: str | None = None
    """Why it cannot work, and ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to do with the bytes of one image."""

    subject: str
    profiles: Sequence[Profile]
    writer: Writer
    present: Sequence[Derivative]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a job: the image, what is wrong with it, or what ended the job itself."""

    rendition: Rendition | None = None
    fault: Fault | None = None
    error: Exception | None = None

    def result(self) -> Rendition:
        """Return the image, or raise what is there instead."""
        if self.rendition is not None:
            return self.rendition
        if self.fault is not None:
            # A new one: whoever keeps this outcome does not keep the frames that it goes through.
            raise self.fault.error()
        assert self.error is not None  # noqa: S101 - one of the three is there
        raise self.error


def serve(channel: socket, limits: Limits) -> None:
    """Do the jobs that come over *channel* until it is closed; the main function of a worker."""
    with channel, channel.makefile("rb") as requests:
        ready = _prepared(limits)
        with contextlib.suppress(OSError):  # a short run may be over
            channel.sendall(frame(ready))
        if ready.hindrance is not None:
            return
        pieces = read_pieces(requests)
        for piece, payload in zip(pieces, pieces, strict=False):  # the last may have been cut off
            job = pickle.loads(piece)  # noqa: S301 - our own
            assert isinstance(job, Job)  # noqa: S101 - for the type checker
            channel.sendall(_framed(_outcome(job, payload, limits)))


def _prepared(limits: Limits) -> Ready:
    try:
        prepare(limits)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is why there is no decoder
        return Ready(reason_in_words(error))
    return Ready()


def _outcome(job: Job, payload: bytes, limits: Limits) -> Outcome:
    try:
        return Outcome(rendition=_work(job, payload, limits))
    except ArchiveError as error:
        return Outcome(fault=error.fault)
    except ImageArchiverError as error:
        return Outcome(error=error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the crawl is told
        # The traceback stays behind; whoever has to mend the defect wants its words.
        error.add_note("".join(traceback.format_exception(error)))
        return Outcome(error=error)


def _framed(outcome: Outcome) -> bytes:
    try:
        return frame(outcome)
    except (pickle.PicklingError, TypeError, AttributeError):
        return frame(Outcome(error=RuntimeError(f"{outcome.error!r}")))


def _work(job: Job, payload: bytes, limits: Limits) -> Rendition:
    from crawler.imaging.render import render  # noqa: PLC0415 - Pillow is for the workers alone

    return render(
        payload,
        subject=job.subject,
        profiles=job.profiles,
        limits=limits,
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


def _give_way() -> None:
    """Say that this process computes and waits for nobody (sched(7)); other systems do as they do.

    Then an image that comes for it does not stop the crawl in the middle of its next step.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):  # a container may forbid it
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


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
