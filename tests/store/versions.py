"""Originals and derivatives without a decoder: to a bundle they are bytes."""

from __future__ import annotations

from crawler.fields import MediaType
from crawler.models import Capture, Derivative, Original, Profile, Version
from crawler.store.bundle import Bundle, BundleWriter
from crawler.store.image_names import Stem

CONVERTED = Profile(name="converted", media_type="image/jpeg", quality=85)
THUMBNAIL = Profile(name="thumbnail-320", media_type="image/jpeg", quality=80, longest_edge=320)
DATE = "2021-12-01T00:11:49Z"


def plain(text: str) -> Stem:
    """Return a stem that carries no digest."""
    return Stem(text=text, qualified=False)


def keep(bundle: Bundle, stem: str, payload: bytes, media_type: MediaType = "image/png") -> Version:
    """Write *payload* with a copy and a thumbnail, as the worker processes do."""
    writer = bundle.writer(plain(stem))
    return Version(
        capture=Capture(via="live", date=DATE, url="https://example.org/x.png"),
        original=(original := _original(writer, payload, media_type)),
        derivatives=tuple(
            _derivative(writer, payload, original, p) for p in (CONVERTED, THUMBNAIL)
        ),
    )


def _original(writer: BundleWriter, payload: bytes, media_type: MediaType) -> Original:
    written = writer.original(payload, media_type)
    return Original(
        path=written.path,
        digest=written.digest,
        size=written.size,
        media_type=media_type,
        width=1,
        height=1,
        frames=1,
        perceptual_hash=None,
    )


def _derivative(
    writer: BundleWriter, payload: bytes, original: Original, profile: Profile
) -> Derivative:
    kept = writer.original(payload, original.media_type)
    written = writer.derivative(b"of " + payload, "image/jpeg", profile, kept)
    return Derivative(
        profile=profile.name,
        path=written.path,
        digest=written.digest,
        size=written.size,
        media_type="image/jpeg",
        width=1,
        height=1,
        frames=1,
    )
