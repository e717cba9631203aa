"""Bring back files from wherever their bytes still are, proved by their digests.

A file that is in the way is set aside first; the right one comes under the name by a rename.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from crawler.common.digests import digest, digest_of_file
from crawler.common.files import link_or_copy, write_atomically
from crawler.errors import ManifestError, PathError
from crawler.store.catalog import Catalog
from crawler.store.quarantine import Aside
from crawler.verify.bundle_checks import Watch
from crawler.verify.bundle_locations import Place
from crawler.verify.expected_files import manifest_at, named_files
from crawler.verify.repair.local_sources import bytes_from_source
from crawler.verify.repair.records import Need


class Mender:
    """Puts right bytes in the place of wrong ones."""

    def __init__(self, root: Path, aside: Aside, needs: Iterable[Need], watch: Watch) -> None:
        self._root = root
        self._aside = aside
        self._watch = watch
        self.left: dict[str, list[Need]] = {}
        """What is still needed, by digest."""
        self.done: dict[str, str] = {}
        """How each path was mended."""
        self.refused: dict[str, str] = {}
        """Why a path could not be written."""
        for need in needs:
            self.left.setdefault(need.named.digest, []).append(need)
        self._wanted = sum(map(len, self.left.values()))
        self._kept: dict[str, Path] = {}
        """What is set aside already, by where it was."""

    def from_mix_ups(self) -> None:
        """Take bytes from files that have those of others."""
        wrong = [need for needs in self.left.values() for need in needs]
        for need in wrong:
            if need.finding.found in self.left:
                self.set_aside(need)
        for need in wrong:
            kept = self._kept.get(need.finding.path)
            if kept is not None and need.finding.found is not None:
                self.put_file(need.finding.found, kept, f"the bytes were at {need.finding.path}")

    def from_twins(self, places: Iterable[Place]) -> None:
        """Take bytes from other files of the archive that have them."""
        wrong = {need.finding.path for needs in self.left.values() for need in needs}
        for place in places:
            if not self.left:
                return
            for path, value in _files(place):
                name = f"{place.name}/{path}"
                if value in self.left and name not in wrong:
                    self.put_file(value, place.folder / path, f"from {name}")

    def from_sources(self, catalog: Catalog | None) -> None:
        """Take articles and local images from where they were archived from."""
        for value, needs in list(self.left.items()):
            payload = bytes_from_source(needs[0], catalog)
            if payload is not None:
                self.put_bytes(value, payload, "from its source on this disk")

    def put_file(self, value: str, source: Path, how: str) -> None:
        """Let all that need these bytes have those at *source*, if it has them."""
        try:
            if digest_of_file(source) != value:
                return
        except OSError:
            return
        for need in self.left.pop(value, ()):
            self._replace(need, source, how)

    def put_bytes(self, value: str, payload: bytes, how: str) -> None:
        """Let all that need these bytes have *payload*, if it is what they need."""
        if value not in self.left or digest(payload) != value:
            return
        first, *others = self.left.pop(value)
        path = first.place.folder / first.named.path
        with self._noting(first, how):
            self.set_aside(first)
            write_atomically(path, payload, beneath=first.place.base)
        for need in others:
            self._replace(need, path, how)

    def _replace(self, need: Need, source: Path, how: str) -> None:
        with self._noting(need, how):
            self.set_aside(need)
            target = need.place.folder / need.named.path
            link_or_copy(source, target, beneath=need.place.base)

    def set_aside(self, need: Need) -> None:
        """Keep what is in the way of *need*, once. Raises StorageError or PathError."""
        name, path = need.finding.path, need.place.folder / need.named.path
        if name not in self._kept and os.path.lexists(path):
            self._kept[name] = self._root / self._aside.keep(path, name, beneath=need.place.base)

    def note(self, need: Need, how: str) -> None:
        """Note how a file was mended."""
        self.done[need.finding.path] = how
        self._tell()

    def refuse(self, need: Need, why: str) -> None:
        """Note why a file could not be mended."""
        self.refused[need.finding.path] = why
        self._tell()

    def _tell(self) -> None:
        self._watch("mending", len(self.done) + len(self.refused), self._wanted)

    @contextmanager
    def _noting(self, need: Need, how: str) -> Iterator[None]:
        """Note how a file is mended, or why it cannot be; a full disk ends the repair."""
        try:
            yield
        except (PathError, FileNotFoundError) as error:
            self.refuse(need, str(error))
        else:
            self.note(need, how)


def _files(place: Place) -> Iterator[tuple[str, str]]:
    """Yield path and digest of each file that a bundle should have."""
    with suppress(ManifestError):
        manifest = manifest_at(place)
        for named in named_files(manifest) if manifest else ():
            yield named.path, named.digest
