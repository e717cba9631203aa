"""The recipes of the derivatives, as a person chooses them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from crawler.models import Derivative, Profile

Convert = Literal["jpeg", "webp", "avif", "png"]

CONVERTED = {
    "jpeg": Profile(name="converted", media_type="image/jpeg", quality=85),
    "webp": Profile(name="converted", media_type="image/webp", quality=82),
    "avif": Profile(name="converted", media_type="image/avif", quality=65),
    "png": Profile(name="converted", media_type="image/png", quality=100),
}
"""What ``--convert`` offers; the quality of a PNG means nothing."""

_THUMBNAIL_QUALITY = 80


def profiles(
    thumbnails: Sequence[int], convert: Convert | None, *, animated: bool = False
) -> tuple[Profile, ...]:
    """Return the profiles for thumbnails of these longest edges, and the converted copy if any.

    *animated* says whether the thumbnails of what moves move too.

    >>> [profile.name for profile in profiles([320, 1280], "jpeg")]
    ['converted', 'thumbnail-1280', 'thumbnail-320']
    """
    copies = () if convert is None else (CONVERTED[convert],)
    edges = sorted(set(thumbnails), reverse=True)
    return *copies, *(_thumbnail(edge, animated) for edge in edges)


def profiles_behind(derivative: Derivative) -> tuple[Profile, ...]:
    """Return the profiles that may have made *derivative*, the likeliest first."""
    edge = derivative.profile.rpartition("-")[2]
    if edge.isdecimal():
        return (_thumbnail(int(edge), derivative.frames > 1),)
    own = [each for each in CONVERTED.values() if each.media_type == derivative.media_type]
    # A transparent image of which no JPEG can be made becomes a WebP.
    return *own, *([CONVERTED["jpeg"]] if derivative.media_type == "image/webp" else [])


def _thumbnail(edge: int, animated: bool) -> Profile:
    return Profile(
        name=f"thumbnail-{edge}",
        media_type="image/jpeg",
        quality=_THUMBNAIL_QUALITY,
        longest_edge=edge,
        animated=animated,
    )
