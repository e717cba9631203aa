"""Make derivatives again from originals that are well."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from crawler.common.digests import digest
from crawler.common.files import read_regular, remove
from crawler.errors import ArchiveError, PathError
from crawler.imaging import WorkerPool, profiles_behind
from crawler.models import Derivative, Entry, Manifest, Profile, Version
from crawler.store.bundle import DerivativeWriter
from crawler.store.catalog import Catalog
from crawler.store.checked_files import write_checked_manifest
from crawler.store.manifest import to_document
from crawler.verify.bundle_locations import Place
from crawler.verify.decoding import LIMITS
from crawler.verify.expected_files import manifest_at, manifest_path
from crawler.verify.repair.missing_files import Mender
from crawler.verify.repair.records import Need

_Remade = dict[Derivative, Derivative]


def remake(mender: Mender, needs: Sequence[Need], catalog: Catalog) -> None:
    """Make what *needs* are about; where the bytes come out other than before, say so in manifests.

    Raises StorageError.
    """
    made = asyncio.run(_remake_all(mender, needs))
    bundles: dict[str, tuple[Place, _Remade]] = {}
    for need, derivative in zip(needs, made, strict=True):
        former = need.named.derivative
        if derivative is not None and former is not None and derivative != former:
            _, remade = bundles.setdefault(need.place.name, (need.place, {}))
            remade[former] = derivative
    for place, remade in bundles.values():
        _rewrite(place, remade, catalog)


async def _remake_all(mender: Mender, needs: Sequence[Need]) -> list[Derivative | None]:
    pool = WorkerPool(limits=LIMITS)
    window = asyncio.Semaphore(pool.size + 1)

    async def one(need: Need) -> Derivative | None:
        async with window:
            return await _remake(mender, need, pool)

    try:
        return await asyncio.gather(*map(one, needs))
    finally:
        await pool.close()


async def _remake(mender: Mender, need: Need, pool: WorkerPool) -> Derivative | None:
    former, version = need.named.derivative, need.named.version
    if former is None or version is None:
        return None
    try:
        payload = await asyncio.to_thread(_sound_original, need, version)
        await asyncio.to_thread(mender.set_aside, need)
        made = await _made(need, version, former, payload, pool)
    except OSError as error:
        mender.refuse(need, f"its original {version.original.path}: {error.strerror}")
    except (ArchiveError, PathError) as error:
        mender.refuse(need, str(error))
    else:
        if made.path != former.path:
            # What was there is set aside.
            remove(need.place.folder / former.path, beneath=need.place.base)
        mender.note(need, f"made again from {version.original.path}")
        return made
    return None


def _sound_original(need: Need, version: Version) -> bytes:
    """Return the bytes of an original. Raises OSError, or PathError where they are altered."""
    payload = read_regular(need.place.folder / version.original.path, version.original.size)
    if digest(payload) != version.original.digest:
        raise PathError(f"its original {version.original.path} is altered")
    return payload


async def _made(
    need: Need, version: Version, former: Derivative, payload: bytes, pool: WorkerPool
) -> Derivative:
    """Return the derivative as one of the profiles makes it: byte for byte as before, if any does.

    Raises PathError where none makes it any more.
    """
    likeliest, *others = profiles_behind(former)
    for profile in (likeliest, *others, likeliest):
        made = await _render(need, version, profile, payload, pool)
        if made is not None and made.digest == former.digest:
            return made
    if made is None:
        raise PathError(f"this version makes no {former.profile} of {version.original.path}")
    return made


async def _render(
    need: Need, version: Version, profile: Profile, payload: bytes, pool: WorkerPool
) -> Derivative | None:
    rendition = await pool.render(
        payload,
        subject=need.finding.path,
        profiles=(profile,),
        writer=DerivativeWriter(
            folder=need.place.folder, base=need.place.base, kept=version.original
        ),
    )
    return next(iter(rendition.derivatives), None)


def _rewrite(place: Place, remade: Mapping[Derivative, Derivative], catalog: Catalog) -> None:
    """Let manifest and catalog say what was made. Raises StorageError."""
    manifest = manifest_at(place)
    if manifest is None:
        return
    entries = tuple(_with_remade(entry, remade) for entry in manifest.entries)
    changed: Manifest = replace(manifest, entries=entries)
    path, document = manifest_path(place), to_document(changed)
    write_checked_manifest(catalog, place.name, path, document, beneath=place.base)
    for entry in entries:
        row = catalog.capture(entry.url)
        if row is None or row.version is None or row.bundle != place.name:
            continue
        derivatives = _replaced(row.version.derivatives, remade)
        if derivatives != row.version.derivatives:
            catalog.put_capture(replace(row, version=replace(row.version, derivatives=derivatives)))


def _with_remade(entry: Entry, remade: Mapping[Derivative, Derivative]) -> Entry:
    return replace(
        entry,
        derivatives=_replaced(entry.derivatives, remade),
        earlier=tuple(
            replace(each, derivatives=_replaced(each.derivatives, remade)) for each in entry.earlier
        ),
    )


def _replaced(
    derivatives: Sequence[Derivative], remade: Mapping[Derivative, Derivative]
) -> tuple[Derivative, ...]:
    return tuple(remade.get(each, each) for each in derivatives)
