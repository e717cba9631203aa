"""Write what became of a post, as far as it is new: article, manifest, the catalog's row."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace

from crawler.archiving.manifest_files import confirm_manifest, learn_digests, write_manifest
from crawler.archiving.posts import ArchivedPost
from crawler.archiving.run import Run
from crawler.common import urls
from crawler.common.problems import count_costly
from crawler.common.safe_paths import storable
from crawler.errors import ManifestError
from crawler.models import STATES, ArticleRecord, Entry, Manifest
from crawler.store.catalog import CaptureRow, PostRow, Standing
from crawler.store.manifest import (
    article_of,
    build_manifest,
    count_failures,
    earliest,
    is_settled,
    read_manifest,
    revision_of,
    same_but_agent,
    to_document,
)

logger = logging.getLogger(__name__)


class PostRecorder:
    """Records posts for the whole of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    async def record(self, post: ArchivedPost) -> None:
        """Write *post* down and count it. Raises PathError or StorageError."""
        catalog = self._run.archive.catalog
        known = catalog.post(post.post.id)
        kept = self._kept_article(post, known)
        manifest = build_manifest(
            post.post,
            article=kept or article_of(post.post, storable(post.bundle.article)),
            entries=post.entries,
        )
        written = await self._write(post, manifest, keeps_article=kept is not None)
        self._run.archive.record(self._row(post, manifest, known))
        self._remember_standings(post)
        if value := written or post.digest:
            confirm_manifest(self._run, post.bundle, value)
        self._count(post, manifest, changed=written is not None or known is None)

    async def pass_over(self, row: PostRow) -> None:
        """Count a post that is as it was."""
        stats = self._run.stats
        stats.add(row.id, row.summary, row.failures, row.problems)
        stats.unchanged_posts += 1
        if row.bundle is not None and not self._run.knows_all_manifests:
            await learn_digests(self._run, row.bundle)
        if row.bundle is not None and stats.has_place_for(row):
            path = self._run.archive.bundle(row.bundle).manifest
            with contextlib.suppress(ManifestError):
                # There may be hundreds of them, one right after the other.
                if (manifest := await asyncio.to_thread(read_manifest, path)) is not None:
                    stats.note_failures(row.id, manifest.entries)
                    stats.note_incomplete(manifest, manifest.post)

    def _kept_article(self, post: ArchivedPost, known: PostRow | None) -> ArticleRecord | None:
        """Return the record of the article in the bundle, where the post has nothing new for it.

        Pages change by themselves, around the article: a new copy an hour would be no use. Where
        images are tried again, nobody looks at the article.
        """
        if post.item.only is not None and post.former is not None:
            return post.former.post.article
        if post.post.revision is None or known is None or post.former is None:
            return None
        there = (post.bundle.folder / post.bundle.article).exists()
        return post.former.post.article if there and known.digest == post.post.revision else None

    async def _write(
        self, post: ArchivedPost, manifest: Manifest, *, keeps_article: bool
    ) -> str | None:
        """Write what is new of article and manifest; return the digest of a new manifest."""
        if not post.is_recorded:
            return None
        document = await asyncio.to_thread(_prepare, post, manifest, keeps_article)
        if document is None:
            return None
        return await write_manifest(self._run, post.bundle, post.former, manifest, document)

    def _row(self, post: ArchivedPost, manifest: Manifest, known: PostRow | None) -> PostRow:
        settled = all(entry.state == "skipped" or is_settled(entry) for entry in post.entries)
        failures = count_failures(post.entries)
        due = earliest(post.entries)
        if post.item.only is not None and known is not None:
            return replace(
                known, settled=settled, due=due, summary=manifest.summary, failures=failures
            )
        article = post.item.article
        bundle = self._run.archive.relative(post.bundle) if post.is_recorded else None
        return PostRow(
            id=post.post.id,
            path=str(post.post.path.absolute()) if post.post.path else post.post.source,
            document=post.item.document,
            identity=post.item.identity,
            size=article.size if article else 0,
            mtime_ns=article.mtime_ns if article else 0,
            fingerprint=self._run.options.fingerprint,
            settled=settled,
            due=due,
            bundle=bundle,
            digest=revision_of(post.post),
            summary=manifest.summary,
            failures=failures,
            problems=count_costly(post.post.problems),
        )

    def _remember_standings(self, post: ArchivedPost) -> None:
        """Note how a manifest that was just written stands to what the catalog has of its images.

        Where nobody looked what its post asks for, that stays as it was.
        """
        archive = self._run.archive
        here = archive.relative(post.bundle)
        known = archive.catalog.standings(here)
        for entry in post.entries:
            if urls.scheme(entry.url) not in urls.NETWORK_SCHEMES or entry.state == "skipped":
                continue
            before = known.get(entry.url, Standing(wanted=True, behind=False))
            asked = before.wanted if post.unwanted is None else entry.url not in post.unwanted
            wanted = asked and bool(entry.references)
            # What nobody found out since cannot have left it behind.
            behind = before.behind and _is_behind(entry, archive.catalog.capture(entry.url))
            if (standing := Standing(wanted=wanted, behind=behind)) != before:
                archive.catalog.put_standing(entry.url, here, standing)

    def _count(self, post: ArchivedPost, manifest: Manifest, *, changed: bool) -> None:
        stats = self._run.stats
        problems = count_costly(post.post.problems)
        stats.add(post.post.id, manifest.summary, count_failures(post.entries), problems)
        stats.unchanged_posts += not changed
        stats.add_new(post.former, post.entries)
        stats.note_incomplete(post.former, manifest.post)
        if post.is_recorded:
            new = stats.note_news(post.former, manifest)
            stats.note_failures(post.post.id, post.entries, new=new)
        if changed and post.entries:
            logger.info("%s: %s", post.post.id, _in_words(manifest), extra={"post": post.post.id})
            _log_failures(post)
        # What stays as it was is no news for whoever reads warnings.
        level = logging.WARNING if changed else logging.INFO
        for problem in post.post.problems:
            logger.log(level, "%s: %s", post.post.id, problem, extra={"post": post.post.id})


def revise(run: Run, bundle: str, manifest: Manifest, former: Manifest) -> None:
    """Bring catalog and counts in line with a manifest that was *former* until now."""
    row = run.archive.catalog.post(manifest.post.id)
    if row is None or row.bundle != bundle:
        return
    failures = count_failures(manifest.entries)
    revised = replace(row, summary=manifest.summary, failures=failures)
    run.archive.record(revised)
    if run.stats.has(row.id):
        run.stats.revise(row, revised)
        changed = [entry for entry in manifest.entries if entry not in former.entries]
        run.stats.note_failures(row.id, changed, new=run.stats.note_news(former, manifest))


def _prepare(post: ArchivedPost, manifest: Manifest, keeps_article: bool) -> bytes | None:
    """Write what is new of the article; return what the manifest is to be, if it is new. Blocks."""
    if not keeps_article:
        post.bundle.keep_article(post.post.content)
    if post.former is not None and same_but_agent(post.former, manifest):
        post.bundle.finish()
        return None
    return to_document(manifest)


def _log_failures(post: ArchivedPost) -> None:
    for entry in post.entries:
        if entry.failure is not None and entry.state != "skipped":
            logger.info(
                "%s: %s is %s: %s (%s)",
                *(post.post.id, entry.url, entry.state, entry.failure.detail, entry.failure.code),
                extra={"post": post.post.id, "url": entry.url},
            )


def _in_words(manifest: Manifest) -> str:
    summary = manifest.summary
    counts = ((getattr(summary, state), state) for state in STATES)
    return ", ".join(f"{count} {state}" for count, state in counts if count)


def _is_behind(entry: Entry, row: CaptureRow | None) -> bool:
    if row is None or row.version is None or entry.original is None:
        return False
    same = row.version.original.digest == entry.original.digest
    return not same or (row.state, row.failure) != (entry.state, entry.failure)
