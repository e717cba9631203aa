"""What is to be made of a picture, as far as its facts tell without decoding it."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.models import Derivative, Original, Profile

ANIMATED = frozenset({"image/apng", "image/gif", "image/webp", "image/avif"})
"""Of these, frames are moments in time; of the others they are pages."""
ANOTHER_NAME = {"image/apng": "image/png"}


def in_line(
    original: Original, present: Sequence[Derivative], profiles: Sequence[Profile]
) -> tuple[Derivative, ...] | None:
    """Return *present* as it is to be listed if nothing of *profiles* is missing there.

    Those that the profiles ask for come first, the older ones after them. None where only decoding
    tells.
    """
    wanted = []
    for profile in profiles:
        if _is_idle(profile, original):
            continue
        found = next((each for each in present if _serves(each, profile, original)), None)
        if found is None:
            return None
        wanted.append(found)
    return listed(wanted, present)


def listed(wanted: Sequence[Derivative], present: Sequence[Derivative]) -> tuple[Derivative, ...]:
    """Return *wanted*, and behind them what else is there."""
    paths = {each.path for each in wanted}
    return *wanted, *(each for each in present if each.path not in paths)


def _is_idle(profile: Profile, original: Original) -> bool:
    """Return whether the profile makes nothing of the original, whatever it looks like."""
    if original.width is None or original.height is None or original.perceptual_hash is None:
        return True  # a vector image
    if profile.longest_edge is not None:
        return profile.longest_edge >= max(original.width, original.height)
    source = original.media_type
    return _moves(original) or ANOTHER_NAME.get(source, source) == profile.media_type


def _serves(made: Derivative, profile: Profile, original: Original) -> bool:
    if made.profile != profile.name:
        return False
    if profile.animated and _moves(original):
        return made.frames > 1
    # A thumbnail in WebP that does not move is one of a transparent picture.
    fitting = {profile.media_type} | ({"image/webp"} if profile.longest_edge else set())
    return made.frames == 1 and made.media_type in fitting


def _moves(original: Original) -> bool:
    return original.frames > 1 and original.media_type in ANIMATED
