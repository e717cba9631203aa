"""Make the derivatives of a picture: what the profiles ask for and the picture has use for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image

from crawler.fields import MediaType
from crawler.imaging.animation import Reel
from crawler.imaging.average_color import average_color
from crawler.imaging.colour import plain, to_srgb, upright
from crawler.imaging.decode import Picture
from crawler.imaging.encode import encode_animation, encode_image
from crawler.imaging.formats.webp import open_webp
from crawler.imaging.needed_derivatives import ANOTHER_NAME
from crawler.imaging.perceptual_hash import perceptual_hash
from crawler.imaging.resize import shrunk
from crawler.models import Derivative, Profile

_CARRIES_ALPHA = frozenset({"image/png", "image/webp", "image/avif"})
_SHOWN_EVERYWHERE = frozenset({"image/png", "image/apng", "image/webp", "image/gif"})
"""Formats of transparent images of which an opaque format's copy would be no gain."""
_LONGEST_EDGE = {"image/webp": 16_383, "image/jpeg": 65_500, "image/avif": 65_536}
"""The most that a format can hold; of what is longer no such copy is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A derivative, encoded but not yet written."""

    profile: Profile
    media_type: MediaType
    payload: bytes
    size: tuple[int, int]
    frames: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What a glance at a picture tells."""

    likeness: str | None = None
    """The perceptual hash."""
    colour: str | None = None
    """The average, as ``#rrggbb``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recipe:
    """A profile as it applies to one picture."""

    profile: Profile
    media_type: MediaType
    longest_edge: int | None = None
    lossless: bool = False
    animated: bool = False

    def made(self, derivative: Derivative) -> bool:
        """Return whether *derivative* is what this makes, by its name, format and movement."""
        return (
            derivative.profile == self.profile.name
            and derivative.media_type == self.media_type
            and (derivative.frames > 1) == self.animated
        )


def derive(
    picture: Picture, profiles: Sequence[Profile], present: Sequence[Derivative] = ()
) -> tuple[tuple[Made | Derivative, ...], Looks]:
    """Return the derivatives, largest first, and how the picture looks.

    Where one of *present* is what would be made, it is returned instead.
    """
    image = plain(picture.image)
    recipes = _recipes(picture, image, profiles)
    there = {recipe: each for recipe in recipes for each in present if recipe.made(each)}
    missing = [recipe for recipe in recipes if recipe not in there]
    if missing and missing[0].longest_edge:
        # Nothing is made at full size: what is left to do costs less on fewer pixels.
        image = shrunk(image, missing[0].longest_edge)
    image = to_srgb(image, picture.image.info.get("icc_profile"))
    image = upright(image, picture.orientation)
    made, reel = dict[_Recipe, Made | Derivative](there), picture.reel
    for recipe in missing:
        if recipe.longest_edge:
            image = shrunk(image, recipe.longest_edge)
        if recipe.animated and recipe.longest_edge and reel:
            reel = reel.shrunk(recipe.longest_edge)
            made[recipe] = _animate(recipe, reel)
        else:
            made[recipe] = _make(recipe, image)
    looks = Looks(likeness=perceptual_hash(image), colour=average_color(image))
    return tuple(made[recipe] for recipe in recipes), looks


def _recipes(picture: Picture, image: Image.Image, profiles: Sequence[Profile]) -> list[_Recipe]:
    """Return what is to be made, largest first."""
    transparent = image.mode == "RGBA"
    whole = max(image.size)
    wanted = (
        _thumbnail(profile, transparent, picture)
        if profile.longest_edge
        else _copy(profile, transparent, picture)
        for profile in profiles
    )
    edges = {recipe: recipe.longest_edge or whole for recipe in wanted if recipe}
    fitting = [
        each for each, edge in edges.items() if edge <= _LONGEST_EDGE.get(each.media_type, edge)
    ]
    return sorted(fitting, key=lambda recipe: -edges[recipe])


def _thumbnail(profile: Profile, transparent: bool, picture: Picture) -> _Recipe | None:
    """Return no recipe where the thumbnail would be an enlargement or a mere copy."""
    if profile.longest_edge is None or profile.longest_edge >= max(picture.size):
        return None
    animated = profile.animated and picture.reel is not None
    media_type = profile.media_type
    if animated or (transparent and media_type not in _CARRIES_ALPHA):
        media_type = "image/webp"
    return _Recipe(
        profile=profile,
        media_type=media_type,
        longest_edge=profile.longest_edge,
        animated=animated,
    )


def _copy(profile: Profile, transparent: bool, picture: Picture) -> _Recipe | None:
    """Return no recipe for what moves, has the format already, or would lose its transparency."""
    source = picture.media_type
    if picture.is_animated or ANOTHER_NAME.get(source, source) == profile.media_type:
        return None
    recipe = _Recipe(profile=profile, media_type=profile.media_type)
    if not transparent or profile.media_type in _CARRIES_ALPHA:
        return recipe
    if source in _SHOWN_EVERYWHERE:
        return None
    return replace(recipe, media_type="image/webp", lossless=True)


def _make(recipe: _Recipe, image: Image.Image) -> Made:
    return Made(
        profile=recipe.profile,
        media_type=recipe.media_type,
        payload=encode_image(
            image, recipe.media_type, quality=recipe.profile.quality, lossless=recipe.lossless
        ),
        size=image.size,
    )


def _animate(recipe: _Recipe, reel: Reel) -> Made:
    payload = encode_animation(
        reel.frames, reel.durations, plays=reel.plays, quality=recipe.profile.quality
    )
    return Made(
        profile=recipe.profile,
        media_type=recipe.media_type,
        payload=payload,
        size=reel.frames[0].size,
        frames=open_webp(payload).n_frames,
    )
