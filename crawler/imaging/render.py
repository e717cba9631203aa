"""From the bytes of an image to its facts, its converted copy and its thumbnails."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.errors import Empty, NotAnImage
from crawler.imaging.decode import as_defects, decode
from crawler.imaging.defects import Defect
from crawler.imaging.derive import Looks, Made, derive
from crawler.imaging.limits import Limits
from crawler.imaging.sniff import describe, sniff
from crawler.imaging.svg import measure
from crawler.model import Derivative, Original, Profile, Rendition, Writer, Written

_UNSEEN = Looks()


def render(
    payload: bytes, *, subject: str, profiles: Sequence[Profile], limits: Limits, writer: Writer
) -> Rendition:
    """Keep an image and its derivatives, and return what one decode said of it.

    Nothing is written before all is decoded and made. Raises Empty, NotAnImage, Truncated,
    Undecodable or TooManyPixels about *subject*, and the writer's StorageError.
    """
    if not payload:
        raise Empty(subject, "no bytes")
    media_type = sniff(payload)
    if media_type is None:
        raise NotAnImage(subject, f"looks like {describe(payload)}")
    try:
        if media_type == "image/svg+xml":
            return _keep_vector(payload, writer)
        return _keep(payload, media_type, profiles, limits, writer)
    except Defect as defect:
        raise defect.error(subject, str(defect)) from defect


def _keep_vector(payload: bytes, writer: Writer) -> Rendition:
    size = measure(payload)
    written = writer.original(payload, "image/svg+xml")
    original = _original(written, "image/svg+xml", size)
    return Rendition(original=original, derivatives=())


def _keep(
    payload: bytes, media_type: str, profiles: Sequence[Profile], limits: Limits, writer: Writer
) -> Rendition:
    edges = [each.longest_edge for each in profiles if each.animated and each.longest_edge]
    picture = decode(payload, media_type, limits, reel_edge=max(edges, default=None))
    with as_defects():
        made, looks = derive(picture, profiles)
    written = writer.original(payload, media_type)
    original = _original(written, media_type, picture.size, picture.frames, looks)
    return Rendition(
        original=original,
        derivatives=tuple(_derivative(each, written, writer) for each in made),
        blank=picture.blank,
    )


def _original(
    written: Written,
    media_type: str,
    size: tuple[int | None, int | None],
    frames: int = 1,
    looks: Looks = _UNSEEN,
) -> Original:
    return Original(
        path=written.path,
        digest=written.digest,
        size=written.size,
        media_type=media_type,
        width=size[0],
        height=size[1],
        frames=frames,
        perceptual_hash=looks.likeness,
        average_color=looks.colour,
    )


def _derivative(made: Made, original: Written, writer: Writer) -> Derivative:
    written = writer.derivative(made.payload, made.media_type, made.profile, original)
    width, height = made.size
    return Derivative(
        profile=made.profile.name,
        path=written.path,
        digest=written.digest,
        size=written.size,
        media_type=made.media_type,
        width=width,
        height=height,
        frames=made.frames,
    )
