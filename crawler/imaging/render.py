"""From the bytes of an image to its facts, its converted copy and its thumbnails."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.common.digests import digest
from crawler.common.files import written_together
from crawler.errors import Empty, NotAnImage
from crawler.fields import MediaType
from crawler.imaging.decode import as_defects, decode
from crawler.imaging.defects import Defect
from crawler.imaging.derive import Looks, Made, derive
from crawler.imaging.formats.svg import measure
from crawler.imaging.limits import Limits
from crawler.imaging.needed_derivatives import listed
from crawler.imaging.sniff import describe, sniff
from crawler.models import Derivative, Original, Profile, Rendition, Writer, Written

_UNSEEN = Looks()


def render(  # noqa: PLR0913 - all of one image
    payload: bytes,
    *,
    subject: str,
    profiles: Sequence[Profile],
    limits: Limits,
    writer: Writer,
    present: Sequence[Derivative] = (),
) -> Rendition:
    """Keep an image and its derivatives, and return what one decode said of it.

    Nothing is written before all is decoded and made. Derivatives that are *present* are not made
    again; those that *profiles* do not ask for are listed behind the others. Raises Empty,
    NotAnImage, Truncated, Undecodable or TooManyPixels about *subject*, and the writer's
    StorageError.
    """
    if not payload:
        raise Empty(subject, "no bytes")
    media_type = sniff(payload)
    if media_type is None:
        raise NotAnImage(subject, f"looks like {describe(payload)}")
    try:
        if media_type == "image/svg+xml":
            return _keep_vector(payload, writer)
        edges = [each.longest_edge for each in profiles if each.animated and each.longest_edge]
        picture = decode(payload, media_type, limits, reel_edge=max(edges, default=None))
        with as_defects():
            made, looks = derive(picture, profiles, present)
    except Defect as defect:
        raise defect.error(subject, str(defect)) from defect
    with written_together():
        written = writer.original(payload, media_type)
        kept = [_kept(each, written, present, writer) for each in made]
    return Rendition(
        original=_original(written, media_type, picture.size, picture.frames, looks),
        derivatives=listed(kept, present),
        blank=picture.blank,
    )


def _keep_vector(payload: bytes, writer: Writer) -> Rendition:
    size = measure(payload)
    written = writer.original(payload, "image/svg+xml")
    original = _original(written, "image/svg+xml", size)
    return Rendition(original=original, derivatives=())


def _original(
    written: Written,
    media_type: MediaType,
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


def _kept(
    made: Made | Derivative, original: Written, present: Sequence[Derivative], writer: Writer
) -> Derivative:
    if isinstance(made, Derivative):
        return made
    for each in present:
        if (each.profile, each.digest) == (made.profile.name, digest(made.payload)):
            return each
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
