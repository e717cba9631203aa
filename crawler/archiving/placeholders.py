"""Pictures that are none: what a server shows in the place of the one that was asked for.

What lies on this disk or in the article is never judged: it is what its author put there.
"""

from __future__ import annotations

from crawler.common import urls
from crawler.errors import Placeholder
from crawler.models import Capture, Failure, Rendition
from crawler.store.catalog import Catalog, StandInRow

_MANY = 5
"""Paths of one host with the same bytes, from which on they are taken for a stand-in."""
_FEW_PIXELS = 4


def looks_empty(rendition: Rendition) -> str | None:
    """Return what is odd about a picture that shows nothing, or None."""
    width, height = rendition.original.width, rendition.original.height
    if rendition.original.perceptual_hash is None or width is None or height is None:
        return None  # a vector image is as large as one likes
    if width * height <= _FEW_PIXELS:
        return f"{width} x {height} pixel{'s' if width * height > 1 else ''}"
    return "one colour only" if rendition.blank else None


def at_many_paths(url: str, digest: str, catalog: Catalog, *, alone: bool = False) -> str | None:
    """Return that the bytes, now at *url* too, stand at many paths of its host, or None.

    *alone* says that no other URL is known to have them, which spares looking for places.
    That a host crosses the threshold is noted, for the sweep over what it answered before.
    """
    host = urls.host(url)
    if not catalog.is_stand_in(digest, host):
        if alone or len(catalog.places_of(digest, host, _MANY) | {urls.path(url)}) < _MANY:
            return None
        catalog.put_stand_in(StandInRow(digest=digest, host=host), swept=False)
    return in_words(host)


def in_words(host: str) -> str:
    """Return what is said of a stand-in of *host*."""
    return f"{host} answers with the same bytes at {_MANY} or more paths"


def suspicion(detail: str, capture: Capture, runs: int) -> Failure:
    """Return why what *capture* brought is suspect."""
    return Failure(
        code=Placeholder.code,
        detail=detail,
        permanent=True,
        runs=runs,
        attempts=capture.attempts,
        tried_referers=(capture.referer,),
    )
