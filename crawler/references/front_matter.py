"""Find images in front matter: by the value under any key, by the key where it is a known one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from crawler.references.candidate import Mention
from crawler.references.image_urls import is_image_url, may_name_image
from crawler.references.limits import METADATA_DEPTH, METADATA_NODES, LimitReached
from crawler.references.markdown_dialects import linked_image
from crawler.references.origins import FRONT_MATTER
from crawler.references.template_expressions import resolve_expressions

IMAGE_KEYS: Final = frozenset(
    {
        "avatar", "background", "backgroundimage", "banner", "bannerimage", "bannerimg", "bg",
        "bgimage", "card", "cardimage", "cover", "coverimage", "coverimg", "coverphoto",
        "feature", "featured", "featuredimage", "featureimage", "featureimg", "gallery",
        "header", "headerimage", "headerimg", "headimage", "headimg", "hero", "heroimage",
        "icon", "image", "images", "img", "imgs", "imgurl", "indeximage", "indeximg",
        "leadimage", "logo", "mainimage", "ogimage", "overlayimage", "photo", "photos", "pic",
        "pics", "picture", "pictures", "postimage", "postimg", "poster", "preview",
        "previewimage", "screenshot", "screenshots", "shareimage", "shareimg", "socialimage",
        "splash", "teaser", "teaserimage", "thumb", "thumbnail", "thumbnailimage", "thumbnails",
        "thumbs", "titleimage", "topimg", "twitterimage",
    }
)  # fmt: skip
"""Keys whose values may be relative; ``-`` and ``_`` and case aside."""

INNER_KEYS: Final = frozenset(
    {"file", "filename", "full", "href", "large", "original", "path", "src", "source", "url", "uri"}
)
"""Keys that name the image inside of a mapping that stands under one of `IMAGE_KEYS`."""

_SEPARATORS: Final = str.maketrans("", "", "-_ ")


class _Node(NamedTuple):
    value: object
    path: str
    depth: int
    names_image: bool
    """Whether an image is expected here."""
    inside: bool
    """Whether this is part of what stands under one of `IMAGE_KEYS`."""


def mentions_of_metadata(metadata: Mapping[str, object]) -> tuple[list[Mention], list[str]]:
    """Return the images of *metadata* in the order of its keys, and the problems met."""
    found: list[Mention] = []
    problems: list[str] = []
    for path, value in _strings(metadata, problems):
        found.append(Mention(origin=FRONT_MATTER, location=path, destination=value))
    return found, [f"front matter: {problem}" for problem in dict.fromkeys(problems)]


def image_values(value: object) -> Iterator[str]:
    """Yield the image URLs of plain data, wherever they stand; known keys count here too.

    Raises LimitReached after the last one that is read.
    """
    problems: list[str] = []
    for _, text in _strings(value, problems):
        yield text
    if problems:
        raise LimitReached(f"JSON: {problems[0]}")


def _strings(root: object, problems: list[str]) -> Iterator[tuple[str, str]]:
    for node in _nodes(root, problems):
        if not isinstance(node.value, str):
            continue
        value, _ = resolve_expressions(node.value)
        value = linked_image(value)
        if is_image_url(value) or (node.names_image and may_name_image(value)):
            yield node.path, value


def _nodes(root: object, problems: list[str]) -> Iterator[_Node]:
    """Yield *root* and what it holds, in order; lazily, because aliases make trees without end."""
    open_nodes = [iter([_Node(root, "", 0, names_image=False, inside=False)])]
    for _ in range(METADATA_NODES):
        while open_nodes and (node := next(open_nodes[-1], None)) is None:
            open_nodes.pop()
        if not open_nodes or node is None:
            return
        yield node
        if node.depth < METADATA_DEPTH:
            open_nodes.append(_children(node))
        elif isinstance(node.value, Mapping | list | tuple):
            problems.append(f"nested deeper than {METADATA_DEPTH} levels")
    problems.append(f"more than {METADATA_NODES} values, the rest was not read")


def _children(node: _Node) -> Iterator[_Node]:
    if isinstance(node.value, Mapping):
        for key, value in node.value.items():
            yield _of_mapping(node, str(key), value)
    elif isinstance(node.value, list | tuple):
        for index, value in enumerate(node.value):
            yield node._replace(value=value, path=f"{node.path}[{index}]", depth=node.depth + 1)


def _of_mapping(node: _Node, key: str, value: object) -> _Node:
    plain = key.lower().translate(_SEPARATORS)
    known = plain in IMAGE_KEYS
    return _Node(
        value,
        f"{node.path}.{key}" if node.path else key,
        node.depth + 1,
        names_image=known or (node.inside and plain in INNER_KEYS),
        inside=known or node.inside,
    )
