"""Writers for the tests; worker processes import this module, so it stays light."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crawler.errors import StorageError
from crawler.grounds.digests import digest
from crawler.model import Profile, Written


def _written(name: str, payload: bytes) -> Written:
    return Written(path=name, digest=digest(payload), size=len(payload))


@dataclass
class MemoryWriter:
    """Keeps what it is given, by name."""

    files: dict[str, bytes] = field(default_factory=dict)

    def original(self, payload: bytes, media_type: str) -> Written:
        del media_type
        self.files["original"] = payload
        return _written("original", payload)

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        del media_type, original
        self.files[profile.name] = payload
        return _written(profile.name, payload)


class FullDisk(MemoryWriter):
    """Has no room."""

    def original(self, payload: bytes, media_type: str) -> Written:
        del payload, media_type
        raise StorageError("the disk is full")


class Suicide(MemoryWriter):
    """Takes its process with it, as a decoder does that runs into a defect of its own."""

    def original(self, payload: bytes, media_type: str) -> Written:
        del payload, media_type
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass
class Hanging(MemoryWriter):
    """Says its process id into a named pipe, and comes back no more."""

    pipe: Path | None = None

    def original(self, payload: bytes, media_type: str) -> Written:
        del payload, media_type
        if self.pipe:
            self.pipe.write_text(str(os.getpid()))
        while True:
            signal.pause()


@dataclass
class Gate(MemoryWriter):
    """Says its process id into a named pipe, and waits for a word from another."""

    pipe: Path = Path()
    gate: Path = Path()

    def original(self, payload: bytes, media_type: str) -> Written:
        del media_type
        self.pipe.write_text(str(os.getpid()))
        return _written(self.gate.read_text(), payload)


@dataclass
class Modules(MemoryWriter):
    """Names as its path which of these modules the process has imported."""

    of_interest: Iterable[str] = ()

    def original(self, payload: bytes, media_type: str) -> Written:
        del media_type
        return _written(" ".join(sorted(set(self.of_interest) & set(sys.modules))), payload)


class Pid(MemoryWriter):
    """Names as its path the process id."""

    def original(self, payload: bytes, media_type: str) -> Written:
        del media_type
        return _written(str(os.getpid()), payload)
