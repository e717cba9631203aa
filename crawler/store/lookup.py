"""What a person names of an archive, as its catalog has it; what is not there is refused.

The refusal names what is most like it: a name that was mistyped is no reason to answer that there
is nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

from crawler.common.safe_paths import folded
from crawler.errors import UsageError
from crawler.store.catalog import Catalog
from crawler.store.catalog.rows import PostRow

_COMPARED = 20_000
"""Names of a large archive that are compared with what was typed."""
_NEAR = 5


def find_post(catalog: Catalog, name: str) -> PostRow | None:
    """Return the row of the post with the id *name*, or whose bundle stands there, or None."""
    row = catalog.post(name)
    if row is not None:
        return row
    owner = catalog.owner_of(folded(name.rstrip("/")))
    return catalog.post(owner) if owner is not None else None


def check_digest(catalog: Catalog, beginning: str) -> None:
    """Raise UsageError where no original of *catalog* has a digest with this *beginning*."""
    if not catalog.digests_like(beginning, 1):
        near = get_close_matches(beginning, catalog.digests_like("", _COMPARED), _NEAR)
        raise unknown(f"picture with the digest {beginning}", near)


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """Return what of *known* holds *name*, else what is most like it; not more than a few."""
    compared = list(islice(known, _COMPARED))
    holding = [each for each in compared if name and name in each]
    return holding[:_NEAR] or get_close_matches(name, compared, _NEAR)


def unknown(what: str, near: Iterable[str]) -> UsageError:
    """Return what to raise where the archive knows no *what*, with those that are *near* it."""
    lines = "".join(f"\n  {each}" for each in near)
    like = f"; did you mean one of these?{lines}" if lines else ", nor anything like it"
    return UsageError(f"the archive knows no {what}{like}")


def unknown_post(catalog: Catalog, name: str) -> UsageError:
    """Return what to raise where *name* is no post of *catalog*."""
    return unknown(f"post {name}", nearest(name, (row.id for row in catalog.posts())))
