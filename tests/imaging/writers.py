"""Writers for the tests; worker processes import this module, so it stays light."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from crawler.common.digests import digest
from crawler.errors import StorageError
from crawler.models import Profile, Written


@dataclass
class MemoryWriter:
    """Keeps what it is given, by name."""

    files: dict[str, bytes] = field(default_factory=dict)

    def original(self, payload: bytes, media_type: str) -> Written:
        """Keep an original."""
        del media_type
        return self._keep(self._name(), payload)

    def derivative(
        self, payload: bytes, media_type: str, profile: Profile, original: Written
    ) -> Written:
        """Keep a derivative."""
        del media_type, original
        return self._keep(profile.name, payload)

    def _keep(self, name: str, payload: bytes) -> Written:
        self.files[name] = payload
        return Written(path=name, digest=digest(payload), size=len(payload))

    def _name(self) -> str:
        return "original"


class FullDisk(MemoryWriter):
    """Has no room."""

    def _name(self) -> str:
        raise StorageError("the disk is full")


@dataclass
class Decoders(MemoryWriter):
    """Names as its path what Pillow's registry opens in this process, and the plug-ins loaded."""

    def _name(self) -> str:
        registered = sorted(sys.modules["PIL.Image"].OPEN)
        plug_ins = (name for name in sys.modules if name.endswith("ImagePlugin"))
        names = sorted(name[4:].removesuffix("ImagePlugin") for name in plug_ins)
        return f"{' '.join(registered)};{' '.join(names)}"


@dataclass
class Mortal(MemoryWriter):
    """Takes its process with it the first time, and names the process the second time."""

    mark: Path = Path()

    def _name(self) -> str:
        if self.mark.exists():
            return str(os.getpid())
        self.mark.write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


class Suicide(MemoryWriter):
    """Takes its process with it, as a decoder does that runs into a defect of its own."""

    def _name(self) -> str:
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


@dataclass
class Hanging(MemoryWriter):
    """Says its process id into a named pipe, if any, and comes back no more."""

    pipe: Path | None = None

    def _name(self) -> str:
        if self.pipe:
            self.pipe.write_text(str(os.getpid()))
        while True:
            signal.pause()


@dataclass
class Gate(MemoryWriter):
    """Says its process id into a named pipe, and waits for a word from another."""

    pipe: Path = Path()
    gate: Path = Path()

    def _name(self) -> str:
        self.pipe.write_text(str(os.getpid()))
        return self.gate.read_text()


@dataclass
class Modules(MemoryWriter):
    """Names as its path which of these modules the process has imported."""

    of_interest: Iterable[str] = ()

    def _name(self) -> str:
        return " ".join(sorted(set(self.of_interest) & set(sys.modules)))


class Pid(MemoryWriter):
    """Names as its path the process id."""

    def _name(self) -> str:
        return str(os.getpid())
