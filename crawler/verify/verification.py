"""Check an archive step by step, the cheap ones first, and collect all that is found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crawler.common import archive_layout
from crawler.store.archive import hold, unholdable
from crawler.store.catalog import Catalog, not_an_archive
from crawler.verify.bundle_checks import Stage, Walk, Watch
from crawler.verify.catalog_comparison import readable_catalog
from crawler.verify.file_checks import decode_images, hash_files, with_owners
from crawler.verify.file_selection import Depth
from crawler.verify.findings import Checked, Finding, Verification

_WHOLE = Depth()


def unwatched(_stage: Stage, _done: int, _total: int) -> None:
    """Watch nothing."""


def verify(
    root: Path,
    *,
    given: Sequence[str] = (),
    depth: Depth = _WHOLE,
    watch: Watch = unwatched,
) -> Verification:
    """Return all that is wrong with the archive at *root*, or with the bundles *given*.

    Nothing is written. Raises UsageError where there is nothing to check, and ArchiveLockedError
    while a run holds the archive.
    """
    root = root.resolve()
    if not given:
        require_archive(root)
    with held(root):
        return check(root, given=given, depth=depth, watch=watch)


def require_archive(root: Path) -> None:
    """Raise UsageError unless an archive is at *root*, with its catalog or without."""
    if not any(
        (root / name).exists()
        for name in (archive_layout.CATALOG, archive_layout.POSTS, archive_layout.RUNS)
    ):
        raise not_an_archive(
            root, f"it has neither {archive_layout.CATALOG} nor {archive_layout.POSTS}/"
        )


@contextmanager
def held(root: Path, *, writing: bool = False) -> Iterator[None]:
    """Hold the archive at *root*, so that no run writes to it meanwhile.

    Where nothing can be written, nobody else writes either, and there is nothing to hold; but for
    *writing* StorageError is raised.
    """
    try:
        holding = hold(root) if root.is_dir() else ExitStack()
    except OSError as error:
        if writing:
            raise unholdable(root, error) from error
        holding = ExitStack()
    with holding:
        yield


def check(root: Path, *, given: Sequence[str], depth: Depth, watch: Watch) -> Verification:
    """Do what `verify` does in an archive that is held."""
    with readable_catalog(root) as (catalog, faults):
        return check_with(root, catalog, faults, given=given, depth=depth, watch=watch)


def check_with(
    root: Path,
    catalog: Catalog | None,
    faults: Sequence[Finding],
    *,
    given: Sequence[str],
    depth: Depth,
    watch: Watch,
) -> Verification:
    """Do what `verify` does with what can be read of a catalog, whose *faults* are known."""
    walk = Walk(root=root, catalog=catalog, is_sound=not faults, depth=depth, watch=watch)
    if not given:
        walk.findings.extend(faults)
    walk.go(given)
    hashed, hashed_size = hash_files(walk) if depth.hashing else (0, 0)
    decoded = decode_images(walk) if depth.decoding else 0
    return Verification(
        findings=tuple(with_owners(walk.findings)),
        unfinished=tuple(walk.unfinished),
        checked=Checked(
            bundles=len(walk.bundles),
            files=walk.files,
            size=walk.size,
            hashed=hashed,
            hashed_size=hashed_size,
            decoded=decoded,
            alone=walk.alone,
        ),
        depth=depth,
    )
