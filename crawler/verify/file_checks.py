"""The second step and the third: the bytes that were chosen, and the pictures in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from crawler.verify.bundle_checks import Walk
from crawler.verify.bundle_locations import Place, place_at
from crawler.verify.completeness import former_articles, is_kept_earlier
from crawler.verify.decoding import can_decode, decode_all
from crawler.verify.expected_files import Named, finding, manifest_at, named_files
from crawler.verify.findings import Finding, Unfinished
from crawler.verify.fixity import Hashed, Job, hash_all


def hash_files(walk: Walk) -> tuple[int, int]:
    """Compare the digests of what was chosen; return how many files and bytes were read."""
    count = size = done = 0
    for hashed in hash_all(_jobs(walk)):
        done += hashed.job.named.size
        count += 1
        size += hashed.size
        _judge(walk, hashed)
        walk.watch("bytes", done, walk.chosen)
    return count, size


def decode_images(walk: Walk) -> int:
    """Decode the originals among what was chosen; return how many there were."""
    done = 0

    def note(job: Job, reason: str | None) -> None:
        nonlocal done
        done += 1
        if reason is not None:
            walk.findings.append(finding("undecodable", job.place, job.named, reason))
        walk.watch("images", done, walk.pictures)

    decode_all(filter(can_decode, _jobs(walk)), note)
    return done


def _jobs(walk: Walk) -> Iterator[Job]:
    """Yield what is to be read: chosen, and nothing that is found wrong already.

    Manifests are read anew for it: all that they name would not fit into the memory.
    """
    known = {each.path for each in walk.findings} | {each.path for each in walk.unfinished}
    for bundle in walk.bundles:
        place = place_at(walk.root, bundle)
        for named in _files(place):
            if f"{bundle}/{named.path}" not in known and walk.depth.chooses(
                named.digest, named.version
            ):
                yield Job(place=place, named=named)


def _files(place: Place) -> Iterator[Named]:
    manifest = manifest_at(place)
    if manifest is not None:
        yield from named_files(manifest)
        yield from former_articles(place)


def _judge(walk: Walk, hashed: Hashed) -> None:
    place, named = hashed.job.place, hashed.job.named
    if hashed.digest is None:
        detail = f"cannot be read: {hashed.error}"
        walk.findings.append(finding("altered", place, named, detail))
    elif hashed.digest.startswith(named.digest):
        _judge_kind(walk, hashed)
    elif is_kept_earlier(place, named):
        path = f"{place.name}/{named.path}"
        walk.unfinished.append(Unfinished(path=path, detail="is newer than its manifest"))
    else:
        detail = f"has other bytes: {hashed.digest}"
        walk.findings.append(finding("altered", place, named, detail, hashed.digest))


def _judge_kind(walk: Walk, hashed: Hashed) -> None:
    """Hold what the bytes are against what the manifest calls them: a page would open as one."""
    named, sniffed = hashed.job.named, hashed.sniffed
    if named.media_type is None or sniffed is None or named.media_type in sniffed.media_types:
        return
    detail = f"is {sniffed.words}, not {named.media_type} as its manifest says"
    walk.findings.append(finding("undecodable", hashed.job.place, named, detail))


def with_owners(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Yield *findings*; those of files that have the bytes of another one say so."""
    findings = list(findings)
    owners = {each.expected: each.path for each in findings if each.expected}
    for each in findings:
        owner = owners.get(each.found) if each.found else None
        yield replace(each, detail=f"has the bytes of {owner}") if owner else each
