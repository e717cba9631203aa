"""Start worker processes that know nothing of the program which starts them."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from types import ModuleType

_main = threading.Lock()


_PRELOADED = (
    "crawler.imaging.workers.preload",
    "crawler.imaging.workers.worker",
    "crawler.imaging.render",
)


@cache
def context() -> BaseContext:
    """Return forkserver where there is one, with the worker's modules imported once; else spawn."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    chosen = multiprocessing.get_context("forkserver")
    chosen.set_forkserver_preload(list(_PRELOADED))
    return chosen


def start_server(*modules: str) -> None:
    """Start the process that workers are forked from, ahead of need.

    It imports Pillow, and *modules* that the writers need, on another core while the caller imports
    what it needs itself. Where there is no such process, nothing is done.
    """
    if context().get_start_method() != "forkserver":
        return
    forkserver.set_forkserver_preload([*_PRELOADED, *modules])
    # Where it cannot be started, whoever needs it says so.
    with _some_folder(), contextlib.suppress(OSError):
        forkserver.ensure_running()


def launch(main: Callable[..., None], *arguments: object) -> BaseProcess:
    """Return a new process that runs *main*. Blocks, so call it in a thread.

    Raises an Exception that `hindrances` explains.
    """
    if multiprocessing.current_process().daemon:
        raise ChildProcessError(
            "a daemonic process of multiprocessing may start no others;"
            " start this program from one that is not daemonic"
        )
    # The stub knows no Process of a context that is not named.
    process: BaseProcess = context().Process(target=main, args=arguments, daemon=True)  # type: ignore[attr-defined]
    with _anonymous_main(), _some_folder():
        process.start()
    return process


@contextlib.contextmanager
def _some_folder() -> Iterator[None]:
    """Be in a folder that exists, if the working folder was removed, while a process starts.

    multiprocessing tells each new process where to go, and raises where that is nowhere. No other
    thread has a use for a path that is relative to a folder that is not there.
    """
    try:
        os.getcwd()  # noqa: PTH109 - only whether there is one
    except FileNotFoundError:
        former = os.open(".", os.O_RDONLY)
    else:
        yield
        return
    try:
        os.chdir("/")
        yield
    finally:
        os.fchdir(former)
        os.close(former)


@contextlib.contextmanager
def _anonymous_main() -> Iterator[None]:
    """Hide where the caller's ``__main__`` came from, while a process starts.

    multiprocessing has every new process import it again: Scrapy, the command line and all. The
    stand-in has the same content, so that nobody who looks meanwhile sees a difference.
    """
    with _main, warnings.catch_warnings():
        # That its helper has died is no news to whoever hears that no process could be started.
        warnings.filterwarnings("ignore", module="multiprocessing.resource_tracker")
        main = sys.modules["__main__"]
        stand_in = ModuleType("__main__")
        stand_in.__dict__.update(main.__dict__)
        stand_in.__spec__ = None
        stand_in.__dict__.pop("__file__", None)
        sys.modules["__main__"] = stand_in
        try:
            yield
        finally:
            sys.modules["__main__"] = main
