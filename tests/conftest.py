"""A loopback site, and a workshop: a blog, its archive, and the ways to run."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from crawler.archiving.run import Run
from crawler.common import archive_layout, json_codec, urls
from crawler.common.dates import rfc3339
from crawler.models import Entry, Failure, Manifest
from crawler.report import report_schema
from crawler.runner.crawls import crawl, retry
from crawler.store.archive import Archive
from crawler.store.checked_files import write_checked_manifest
from crawler.store.manifest import from_document, manifest_schema, to_document
from tests.site import LOOPBACK, Site

QUICK = {
    "ARCHIVE_ALLOW_PRIVATE_ADDRESSES": True,
    "ARCHIVE_BACKOFF": 0.001,
    "DOWNLOAD_TIMEOUT": 20.0,
}
"""What the loopback address needs, and no waiting between attempts."""


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:  # noqa: ANN401 - as inherited
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            assert address[0].startswith("127.") or address[0] == "::1", f"connects to {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    for name in (
        "http_proxy",
        "https_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "1")


@pytest.fixture
def site() -> Iterator[Site]:
    """The loopback site."""
    with Site() as running:
        yield running


@dataclass(frozen=True)
class Workshop:
    """A blog, its archive, and the ways to run."""

    folder: Path

    @property
    def blog(self) -> Path:
        """The source."""
        return self.folder / "blog"

    @property
    def archive(self) -> Path:
        """The archive of the blog."""
        return self.folder / "archive"

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file of the blog."""
        path = self.blog / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def run(self, *sources: Path | str, **settings: object) -> Run:
        """Archive the blog in this process; every manifest is held against the schema."""
        run = self.run_unchecked(*sources, **settings)
        check_report(run)
        for path in self.folder.rglob(archive_layout.MANIFEST):
            check_schema(path.read_bytes())
        return run

    def run_unchecked(self, *sources: Path | str, **settings: object) -> Run:
        """Archive the blog in this process, where a manifest is not by the schema on purpose."""
        overrides = {"ARCHIVE": str(self.archive), **QUICK, **settings}
        return crawl([str(source) for source in sources or (self.blog,)], overrides)

    def retry(self, *only: str, hosts: tuple[str, ...] = (), **settings: object) -> Run:
        """Try failures again in this process; every manifest is held against the schema."""
        run = retry(only, hosts, {"ARCHIVE": str(self.archive), **QUICK, **settings})
        check_report(run)
        for path in self.folder.rglob(archive_layout.MANIFEST):
            check_schema(path.read_bytes())
        return run

    def manifest(self, post_id: str) -> Manifest:
        """Return the manifest of a post."""
        path = self.archive / archive_layout.POSTS / post_id / archive_layout.MANIFEST
        return from_document(path.read_bytes())

    def entry(self, post_id: str) -> Entry:
        """Return the only entry of a post."""
        (entry,) = self.manifest(post_id).entries
        return entry

    def bundle(self, post_id: str) -> Path:
        """Return the bundle of a post."""
        return self.archive / archive_layout.POSTS / post_id

    def let_pass(self, time: timedelta) -> None:
        """Let everything that an archive remembers be so much longer ago."""
        archive = Archive(self.archive)
        catalog = archive.catalog
        for path in self.folder.rglob(archive_layout.MANIFEST):
            manifest = from_document(path.read_bytes())
            entries = tuple(replace(e, failure=_earlier(e.failure, time)) for e in manifest.entries)
            document = to_document(replace(manifest, entries=entries))
            bundle = os.path.relpath(path.parent, self.archive)
            write_checked_manifest(catalog, bundle, path, document, beneath=path.parent)
        for row in list(catalog.posts()):
            archive.record(replace(row, due=_moved(row.due, time)))
        for url, _ in list(catalog.states()):
            capture = catalog.capture(url)
            assert capture is not None
            catalog.put_capture(replace(capture, failure=_earlier(capture.failure, time)))
            fresh = catalog.freshness(url)
            if fresh is not None:
                date, failure = _moved(fresh.date, time) or "", _earlier(fresh.failure, time)
                catalog.put_freshness(replace(fresh, date=date, failure=failure))
            robots = catalog.robots(urls.origin(url))
            if robots is not None:
                catalog.put_robots(replace(robots, date=_moved(robots.date, time) or ""))
        archive.close()

    def command(
        self, *arguments: object, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line in a process of its own, in the workshop's folder."""
        return subprocess.run(
            self.command_line(*arguments),
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=90,
        )

    @staticmethod
    def command_line(*arguments: object) -> list[str]:
        """Return the command line as a process takes it."""
        return [sys.executable, "-m", "crawler", *map(str, arguments)]


def put_manifest(archive: Path, bundle: str, document: bytes) -> None:
    """Write *document* as the manifest of a bundle: as this program would, so that it is known."""
    with closing(Archive(archive)) as opened:
        path = archive / bundle / archive_layout.MANIFEST
        write_checked_manifest(opened.catalog, bundle, path, document, beneath=archive)


def _earlier(failure: Failure | None, time: timedelta) -> Failure | None:
    return failure and replace(failure, next_attempt=_moved(failure.next_attempt, time))


def _moved(moment: str | None, time: timedelta) -> str | None:
    return rfc3339(datetime.fromisoformat(moment) - time) if moment else None


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """An empty workshop."""
    made = Workshop(tmp_path)
    made.blog.mkdir()
    return made


@cache
def _validator(schema: Callable[[], dict[str, Any]]) -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=FormatChecker())


def check_report(run: Run) -> None:
    """Raise jsonschema's ValidationError unless the report of *run* is one by the schema."""
    if run.report is not None:
        report = json_codec.PLAIN.from_json(run.report.read_bytes())
        _validator(report_schema).validate(report)


def check_schema(document: bytes) -> None:
    """Raise jsonschema's ValidationError unless *document* is a manifest by the schema."""
    _validator(manifest_schema).validate(json_codec.PLAIN.from_json(document))


def image(url: str, alt: str = "") -> str:
    """Return Markdown that shows *url*."""
    return f"![{alt}]({url})\n"


def archived(manifest: Manifest) -> list[str]:
    """Return the URLs that are archived."""
    return [entry.url for entry in manifest.entries if entry.state == "archived"]


def snapshot(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mtime and bytes of every file below *folder*."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


__all__ = ["LOOPBACK", "Workshop", "archived", "check_schema", "image", "put_manifest", "snapshot"]
