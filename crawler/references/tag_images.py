"""What images a template's tag shows, told from its name and its arguments.

Every site may have tags of its own; therefore the tables hold words rather than tags. A tag whose
name speaks of images shows what its arguments name. Any other tag shows what stands under a
parameter that is called after an image and ends like one: a card, a notice, a player.
Source: https://hexo.io/docs/tag-plugins#Image, https://gohugo.io/shortcodes/figure/,
https://jekyllrb.com/docs/includes/, and what real posts write.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from crawler.fields import Origin
from crawler.references.image_urls import ends_like_image, is_network_url, may_name_image
from crawler.references.insertion import Markup, image_tag
from crawler.references.origins import LIQUID_INCLUDE
from crawler.references.tag_arguments import Argument, parse_arguments
from crawler.references.template_expressions import is_computed

_IMAGE_WORDS: Final = ("figure", "galler", "image", "img", "lightbox", "photo", "picture", "thumb")
"""A tag whose name holds one of these is about images."""
_IMAGE_NAMES: Final = frozenset(
    {"asset", "carousel", "fi", "fig", "lq", "pic", "pics", "screenshot"}
)

_WRITING_URLS: Final = ("_path", "_url")
"""``image_path`` writes a URL, and shows nothing."""

_PARAMETERS: Final = frozenset(
    {
        "after", "avatar", "background", "backgroundimage", "banner", "before", "bgimage",
        "cover", "dark", "darksrc", "figure",
        "icon", "image", "imagename", "imagepath", "images", "imagesrc", "imageurl", "img",
        "imgpath", "imgsrc", "imgurl", "large", "light", "lightsrc", "logo", "photo", "pic",
        "picture", "poster", "screenshot", "small", "src", "srcl", "srcs", "thumb", "thumbnail",
    }
)  # fmt: skip
_VAGUE_PARAMETERS: Final = frozenset({"file", "filename", "full", "href", "link", "name", "path",
                                      "source", "url"})  # fmt: skip
"""They hold an image only in a tag about images, and there the page behind it as often."""
_FOLDERS: Final = frozenset({"album", "dir", "directory", "folder", "glob", "match", "pattern"})
_RESOURCES: Final = frozenset({"asset_img", "figure", "image", "img", "imgproc", "picture"})
"""They name their image first; without an ending it is a resource that the engine looks for."""

_ABOUT_ALL: Final = ("galler", "lightbox", "carousel")
"""Every argument of such a tag may be an image."""
_QUOTED_PAIR: Final = re.compile(r"""["']([^"']*+)["']\s++["']([^"']*+)["']""")
_NUMBER: Final = re.compile(r"\d++(?:px|%)?")
_UNTIL_COMMA: Final = re.compile(r"\balt=([^,\"']++)")


class Shown(NamedTuple):
    """What a tag shows."""

    markup: tuple[Markup, ...] = ()
    computed: bool = False


def shown_by(name: str, written: str, origin: Origin) -> Shown:
    """Return what the tag *name* with the arguments *written* shows."""
    arguments = parse_arguments(written)
    if origin == LIQUID_INCLUDE:
        if not arguments:
            return Shown()
        name, arguments = arguments[0].value, arguments[1:]
    sure = _about_images(name.lower())
    named, unknown = _named(arguments, sure=sure, variables=origin == LIQUID_INCLUDE)
    positional = _positional(name.lower(), arguments) if sure and not named else []
    sources = list(dict.fromkeys([*named, *positional]))
    unnamed = any(not argument.name for argument in arguments)
    unknown |= not sources and unnamed and name.lower() in _RESOURCES
    return Shown(_markup(sources, arguments, written, origin, sure=sure), unknown)


def _about_images(name: str) -> bool:
    if name.endswith(_WRITING_URLS):
        return False
    stem = name.rpartition("/")[2].partition(".")[0]
    return stem in _IMAGE_NAMES or any(word in name for word in _IMAGE_WORDS)


def _named(arguments: list[Argument], *, sure: bool, variables: bool) -> tuple[list[str], bool]:
    """Return the images under names, and whether one is named that cannot be known."""
    found: list[str] = []
    vague: list[str] = []
    unknown = False
    for name, value, quoted in arguments:
        plain = name.rstrip("0123456789")
        if plain in _FOLDERS:
            unknown |= sure
        elif plain not in _PARAMETERS and not (sure and plain in _VAGUE_PARAMETERS):
            continue
        elif is_computed(value) or (variables and not quoted):
            # What a page's own variable holds stands in its front matter, and is found there.
            unknown |= sure and not value.startswith("page.")
        elif ends_like_image(value) or (sure and plain in _PARAMETERS and may_name_image(value)):
            if plain not in {"link", "href"}:
                found.append(value)
            else:
                vague.insert(0, value)
        elif sure and plain not in {"link", "href"} and may_name_image(value):
            vague.append(value)
    return found or vague[:1], unknown


def _positional(name: str, arguments: list[Argument]) -> list[str]:
    found = [
        argument.value
        for argument in arguments
        if not (argument.name or is_computed(argument.value))
        and (ends_like_image(argument.value) or _is_location(argument.value))
    ]
    return found if any(word in name for word in _ABOUT_ALL) else found[:1]


def _is_location(value: str) -> bool:
    """Return whether Hexo's ``img`` takes *value* for the URL rather than a class."""
    return is_network_url(value) or (value.startswith("/") and may_name_image(value))


def _markup(
    sources: list[str], arguments: list[Argument], written: str, origin: Origin, *, sure: bool
) -> tuple[Markup, ...]:
    alt = _alternative(sources, arguments, written)
    images = tuple(Markup(image_tag({"src": src, "alt": alt}), origin) for src in sources)
    link = next((a.value for a in arguments if a.name in {"link", "href"} and a.quoted), None)
    if not (sure and images and link and link not in sources):
        return images
    return (Markup(image_tag({"href": link}, "a"), None), *images, Markup("</a>", None))


def _alternative(sources: list[str], arguments: list[Argument], written: str) -> str | None:
    for name, value, quoted in arguments:
        if name == "alt":
            until_comma = None if quoted else _UNTIL_COMMA.search(written)
            return until_comma[1].strip() if until_comma else value
    values = [value for _, value, quoted in arguments if quoted or not _NUMBER.fullmatch(value)]
    if not sources or sources[0] not in values:
        return None
    quoted_after = [
        a.value for a in arguments if a.quoted and not a.name and a.value not in sources
    ]
    if len(quoted_after) == 1 and (pair := _QUOTED_PAIR.fullmatch(quoted_after[0])):
        return pair[2]
    return quoted_after[1] if len(quoted_after) > 1 else None
