"""Try images again that failed or are suspect, without any source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.advice import check_codes
from crawler.errors import ManifestError, UsageError
from crawler.models import Entry
from crawler.sources import PostItem
from crawler.sources.archived_post import post_of
from crawler.spiders.base import ArchivingSpider
from crawler.store.manifest import read_manifest


class RetrySpider(ArchivingSpider):
    """``scrapy crawl retry -a only=CODE,... -a host=HOST,...``; without either, all of them.

    Permanent failures too, and those whose next attempt is not due. A post is made again from its
    manifest: nobody looks whether its article changed.
    """

    name = "retry"

    def __init__(
        self,
        only: str | list[str] | None = None,
        host: str | list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401 - Scrapy's signature
    ) -> None:
        super().__init__(**kwargs)
        self.only = _given("only", only)
        self.hosts = {urls.named_host(name) or name for name in _given("host", host)}
        self.given = (
            *(f"only={code}" for code in sorted(self.only)),
            *(f"host={name}" for name in sorted(self.hosts)),
        )
        check_codes(self.only)

    async def posts(self, run: Run) -> AsyncGenerator[PostItem]:
        """Yield the posts that have an image to try again."""
        for row in run.archive.catalog.posts_failing():
            if run.stop.is_set():
                return
            if row.bundle is None or (self.only and not self.only & row.failures.keys()):
                continue
            run.check_limits()
            try:
                path = run.archive.bundle(row.bundle).manifest
                manifest = await asyncio.to_thread(read_manifest, path)
            except ManifestError as error:
                run.problem(row.id, str(error))
                continue
            again = frozenset(e.url for e in manifest.entries if self._wants(e)) if manifest else ()
            if manifest is not None and again:
                yield PostItem(
                    post=post_of(row, manifest),
                    document=row.document,
                    identity=row.identity,
                    only=frozenset(again),
                )

    def _wants(self, entry: Entry) -> bool:
        if entry.failure is None or entry.state in {"archived", "skipped"}:
            return False  # what is archived is asked for again by a refresh
        if urls.scheme(entry.url) == "data":
            return False  # what stands in the article is what it is
        if self.only and entry.failure.code not in self.only:
            return False
        return not self.hosts or urls.is_within(urls.host(entry.url), self.hosts)


def _given(name: str, value: str | list[str] | None) -> set[str]:
    """Return the words of an argument. Raises UsageError for an empty one: it would mean all."""
    given = [each.replace(",", " ").split() for each in _texts(value)]
    if not all(given):
        raise UsageError(f"an empty {name} asks for all: leave it out, or name one")
    return {word for words in given for word in words}


def _texts(value: str | list[str] | None) -> list[str]:
    if isinstance(value, str):
        return [value] if value else []
    return value or []
