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

    async def record(self, archived: ArchivedPost) -> None:
        """Write *archived* down and count it. Raises PathError or StorageError."""
        catalog = self._run.archive.catalog
        known = catalog.post(archived.post.id)
        kept = self._kept_article(archived, known)
        manifest = build_manifest(
            archived.post,
            article=kept or article_of(archived.post, storable(archived.bundle.article)),
            entries=archived.entries,
        )
        written = await self._write(archived, manifest, keeps_article=kept is not None)
        self._run.archive.record(self._row(archived, manifest, known))
        self._remember_standings(archived)
        if value := written or archived.digest:
            confirm_manifest(self._run, archived.bundle, value)
        self._count(archived, manifest, changed=written is not None or known is None)

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

    def _kept_article(self, archived: ArchivedPost, known: PostRow | None) -> ArticleRecord | None:
        """Return the record of the article in the bundle, where the post has nothing new for it.

        Pages change by themselves, around the article: a new copy an hour would be no use. Where
        images are tried again, nobody looks at the article.
        """
        if archived.item.only is not None and archived.former is not None:
            return archived.former.post.article
        if archived.post.revision is None or known is None or archived.former is None:
            return None
        there = (archived.bundle.folder / archived.bundle.article).exists()
        return (
            archived.former.post.article
            if there and known.digest == archived.post.revision
            else None
        )

    async def _write(
        self, archived: ArchivedPost, manifest: Manifest, *, keeps_article: bool
    ) -> str | None:
        """Write what is new of article and manifest; return the digest of a new manifest."""
        if not archived.is_recorded:
            return None
        document = await asyncio.to_thread(_prepare, archived, manifest, keeps_article)
        if document is None:
            return None
        return await write_manifest(self._run, archived.bundle, archived.former, manifest, document)

    def _row(self, archived: ArchivedPost, manifest: Manifest, known: PostRow | None) -> PostRow:
        settled = all(entry.state == "skipped" or is_settled(entry) for entry in archived.entries)
        failures = count_failures(archived.entries)
        due = earliest(archived.entries)
        if archived.item.only is not None and known is not None:
            return replace(
                known, settled=settled, due=due, summary=manifest.summary, failures=failures
            )
        article = archived.item.article
        bundle = self._run.archive.relative(archived.bundle) if archived.is_recorded else None
        return PostRow(
            id=archived.post.id,
            path=str(archived.post.path.absolute()) if archived.post.path else archived.post.source,
            document=archived.item.document,
            identity=archived.item.identity,
            size=article.size if article else 0,
            mtime_ns=article.mtime_ns if article else 0,
            fingerprint=self._run.options.fingerprint,
            settled=settled,
            due=due,
            bundle=bundle,
            digest=revision_of(archived.post),
            summary=manifest.summary,
            failures=failures,
            problems=count_costly(archived.post.problems),
        )

    def _remember_standings(self, archived: ArchivedPost) -> None:
        """Note how a manifest that was just written stands to what the catalog has of its images.

        Where nobody looked what its post asks for, that stays as it was.
        """
        archive = self._run.archive
        here = archive.relative(archived.bundle)
        known = archive.catalog.standings(here)
        for entry in archived.entries:
            if urls.scheme(entry.url) not in urls.NETWORK_SCHEMES or entry.state == "skipped":
                continue
            before = known.get(entry.url, Standing(wanted=True, behind=False))
            asked = (
                before.wanted if archived.unwanted is None else entry.url not in archived.unwanted
            )
            wanted = asked and bool(entry.references)
            # What nobody found out since cannot have left it behind.
            behind = before.behind and _is_behind(entry, archive.catalog.capture(entry.url))
            if (standing := Standing(wanted=wanted, behind=behind)) != before:
                archive.catalog.put_standing(entry.url, here, standing)

    def _count(self, archived: ArchivedPost, manifest: Manifest, *, changed: bool) -> None:
        stats = self._run.stats
        problems = count_costly(archived.post.problems)
        stats.add(archived.post.id, manifest.summary, count_failures(archived.entries), problems)
        stats.unchanged_posts += not changed
        stats.add_new(archived.former, archived.entries)
        stats.note_incomplete(archived.former, manifest.post)
        if archived.is_recorded:
            new = stats.note_news(archived.former, manifest)
            stats.note_failures(archived.post.id, archived.entries, new=new)
        if changed and archived.entries:
            counts = ((getattr(manifest.summary, state), state) for state in STATES)
            words = ", ".join(f"{count} {state}" for count, state in counts if count)
            logger.info("%s: %s", archived.post.id, words, extra={"post": archived.post.id})
            _log_failures(archived)
        # What stays as it was is no news for whoever reads warnings.
        level = logging.WARNING if changed else logging.INFO
        for problem in archived.post.problems:
            logger.log(level, "%s: %s", archived.post.id, problem, extra={"post": archived.post.id})


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


def _prepare(archived: ArchivedPost, manifest: Manifest, keeps_article: bool) -> bytes | None:
    """Write what is new of the article; return what the manifest is to be, if it is new. Blocks."""
    if not keeps_article:
        archived.bundle.keep_article(archived.post.content)
    if archived.former is not None and same_but_agent(archived.former, manifest):
        archived.bundle.finish()
        return None
    return to_document(manifest)


def _log_failures(archived: ArchivedPost) -> None:
    for entry in archived.entries:
        if entry.failure is not None and entry.state != "skipped":
            logger.info(
                "%s: %s is %s: %s (%s)",
                *(
                    archived.post.id,
                    entry.url,
                    entry.state,
                    entry.failure.detail,
                    entry.failure.code,
                ),
                extra={"post": archived.post.id, "url": entry.url},
            )


def _is_behind(entry: Entry, row: CaptureRow | None) -> bool:
    if row is None or row.version is None or entry.original is None:
        return False
    same = row.version.original.digest == entry.original.digest
    return not same or (row.state, row.failure) != (entry.state, entry.failure)
