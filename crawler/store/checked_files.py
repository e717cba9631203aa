"""How the files of a bundle are written that nothing else has the digest of.

Those are the manifest and the journal. The catalog has the digest that is to come before the file
gets its name, and forgets the former one only when the name is on the disk. So the file that is
there is always one that the catalog knows, whenever the process dies or the power fails; another
one is damaged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.common import archive_layout
from crawler.common.digests import digest, digest_of_file
from crawler.common.files import sync_folder, write_atomically
from crawler.store.bundle import Bundle
from crawler.store.catalog import Catalog
from crawler.store.catalog.digests import NONE
from crawler.store.localization_journal import Journal, to_document, write_journal


@contextmanager
def changing(catalog: Catalog, bundle: str, path: Path, value: str) -> Iterator[None]:
    """Let the file of *bundle* at *path* become one with the digest *value* inside.

    Whoever writes it calls ``catalog.sync`` before it gets its name. Raises StorageError.
    """
    if not catalog.digests(bundle, path.name):
        # Until then it is what an earlier version wrote, if that did.
        with contextlib.suppress(OSError):
            catalog.confirm_digest(bundle, path.name, digest_of_file(path))
    catalog.intend_digest(bundle, path.name, value)
    catalog.commit()
    yield
    catalog.confirm_digest(bundle, path.name, value)


def write_checked(catalog: Catalog, path: Path, document: bytes, *, beneath: Path) -> None:
    """Write *document* to *path* while it is `recorded`. Any thread may call it. Blocks.

    *beneath* is as for `write_atomically`. Raises StorageError or PathError.
    """
    catalog.sync()
    write_atomically(path, document, beneath=beneath)
    sync_folder(path.parent)


def write_checked_manifest(
    catalog: Catalog, bundle: str, path: Path, document: bytes, *, beneath: Path
) -> None:
    """Write the manifest of *bundle*, which is at *path*. Raises StorageError or PathError."""
    with changing(catalog, bundle, path, digest(document)):
        write_checked(catalog, path, document, beneath=beneath)


def write_checked_journal(catalog: Catalog, name: str, bundle: Bundle, journal: Journal) -> None:
    """Write the journal of *bundle*, called *name* there; or remove it where it says nothing.

    Raises StorageError or PathError.
    """
    document = to_document(journal)
    value = NONE if document is None else digest(document)
    with changing(catalog, name, bundle.folder / archive_layout.JOURNAL, value):
        catalog.sync()
        write_journal(bundle, journal)
