"""An RO-Crate 1.1: the bundles, with what each file is and how it came to be as linked data.

https://www.researchobject.org/ro-crate/specification/1.1/

Entities are written one by one as the bundles go by; nothing in the graph depends on their order.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote

from crawler import AGENT, __version__
from crawler.common import json_codec
from crawler.common.digests import digest, short
from crawler.export.bundle_contents import Account, Holding, Piece, inside, versions
from crawler.export.options import Terms
from crawler.models import ArticleRecord, Derivative, Entry, Original, Version

METADATA = "ro-crate-metadata.json"
_CONTEXT = [
    "https://w3id.org/ro/crate/1.1/context",
    # Words of schema.org that are younger than the context.
    {"creditText": "http://schema.org/creditText", "sha256": "http://schema.org/sha256"},
]
_SPECIFICATION = "https://w3id.org/ro/crate/1.1"
_FAILED = "http://schema.org/FailedActionStatus"
_TOOL = "#image-archiver"
_RIGHTS = "#rights"
_NO_DATE = "1980-01-01T00:00:00Z"
_IN_MEMORY = 1 << 20
_PIECE = 1 << 16

Entity = dict[str, Any]


def write_crate(holdings: Iterable[Holding], folder: Path, account: Account, terms: Terms) -> None:
    """Write the bundles as ``posts/…``, and beside them what describes them."""
    with (
        (folder / METADATA).open("wb") as metadata,
        SpooledTemporaryFile(_IN_MEMORY) as parts,
    ):
        graph = _Graph(metadata, parts)
        for holding in inside(holdings, account):
            kept = {
                piece.path: size
                for piece in holding.pieces()
                if (size := _put(piece, folder, account)) is not None
            }
            graph.add_post(holding, kept)
        graph.end(terms)


def _put(piece: Piece, folder: Path, account: Account) -> int | None:
    """Put a file into the crate; return its size, or None where it is damaged."""
    with account.proven(piece) as proven:
        if proven is None:
            return None
        target = folder / piece.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            shutil.copyfileobj(proven.file, file)
        return proven.size


@dataclass(slots=True)
class _Graph:
    """The graph as it grows."""

    file: IO[bytes]
    parts: IO[bytes]
    """References to the posts, of which the root has a list."""
    date: str = ""
    separator: bytes = field(default=b"")

    def __post_init__(self) -> None:
        self.file.write(f'{{"@context": {json_codec.to_json(_CONTEXT)}, "@graph": [\n'.encode())
        for entity in _FIXED:
            self._add(entity)
        self.separator = b",\n"

    def add_post(self, holding: Holding, kept: dict[str, int]) -> None:
        """Add a post, its files and what was done for them; *kept* has the sizes of the files."""
        self.date = max(self.date, holding.date)
        self.parts.write(b", " if self.parts.tell() else b"")
        self.parts.write(json_codec.to_json(_link(f"{holding.path}/")).encode())
        entities = {entity["@id"]: entity for entity in _files(holding, kept)}
        self._add(_post(holding, [_link(path) for path in kept]))
        for entity in (*entities.values(), *_actions(holding, kept)):
            self._add(entity)

    def end(self, terms: Terms) -> None:
        """Add the root, which has everything."""
        root = json_codec.to_json(
            {
                "@id": "./",
                "@type": "Dataset",
                "name": "Images of articles",
                "description": f"The images that articles name: {terms.selection}.",
                "datePublished": (self.date or _NO_DATE)[:10],
                "license": {"@id": _RIGHTS},
            }
        )
        self.file.write(b",\n" + root.removesuffix("}").encode() + b',"hasPart":[')
        self.parts.seek(0)
        shutil.copyfileobj(self.parts, self.file, _PIECE)
        self.file.write(b"]}\n]}\n")

    def _add(self, entity: Entity) -> None:
        self.file.write(self.separator + json_codec.to_json(entity).encode())
        self.separator = b",\n"


_FIXED: tuple[Entity, ...] = (
    {
        "@id": METADATA,
        "@type": "CreativeWork",
        "conformsTo": {"@id": _SPECIFICATION},
        "about": {"@id": "./"},
    },
    {"@id": _TOOL, "@type": "SoftwareApplication", "name": AGENT, "version": __version__},
    {
        "@id": _RIGHTS,
        "@type": "CreativeWork",
        "name": "The rights of the authors",
        "description": "Articles and images remain their authors'; archiving them grants nothing.",
    },
)


def _link(path: str) -> Entity:
    return {"@id": quote(path)}


def _post(holding: Holding, parts: list[Entity]) -> Entity:
    post = holding.manifest.post
    return _known(
        {
            **_link(f"{holding.path}/"),
            "@type": "Dataset",
            "name": post.title or post.id,
            "identifier": post.id,
            "url": post.url,
            "creditText": post.author,
            "datePublished": post.date,
            "isBasedOn": post.source,
            "hasPart": parts,
        }
    )


def _files(holding: Holding, kept: dict[str, int]) -> Iterator[Entity]:
    """Yield the files; an image says what it is, and from which URL or image it came."""
    for path, size in kept.items():
        yield {**_link(path), "@type": "File", "contentSize": str(size)}
    article = holding.manifest.post.article
    yield from _described(holding, article, kept, **_article(holding, article))
    for entry in holding.manifest.entries:
        for version in versions(entry):
            yield from _images(holding, entry, version, kept)


def _article(holding: Holding, article: ArticleRecord) -> Entity:
    is_html = article.path.endswith(".html")
    post = holding.manifest.post
    return {
        "@type": ["File", "Article"],
        "name": post.title or post.id,
        "encodingFormat": "text/html" if is_html else "text/markdown",
    }


def _images(
    holding: Holding, entry: Entry, version: Version, kept: dict[str, int]
) -> Iterator[Entity]:
    original = version.original
    caption = next((r.alt for r in entry.references if r.alt), None)
    shared = {"@type": ["File", "ImageObject"], "caption": caption}
    yield from _described(holding, original, kept, **shared, **_picture(original), url=entry.url)
    source = _link(holding.locate(original.path))
    for made in version.derivatives:
        yield from _described(holding, made, kept, **shared, **_picture(made), isBasedOn=source)


def _picture(file: Original | Derivative) -> Entity:
    return {"encodingFormat": file.media_type, "width": file.width, "height": file.height}


def _described(
    holding: Holding,
    file: Original | Derivative | ArticleRecord,
    kept: dict[str, int],
    **properties: object,
) -> Iterator[Entity]:
    path = holding.locate(file.path)
    if path in kept:
        sha256 = file.digest.removeprefix("sha256:")
        yield _known(
            {**_link(path), **properties, "contentSize": str(kept[path]), "sha256": sha256}
        )


def _actions(holding: Holding, kept: dict[str, int]) -> Iterator[Entity]:
    """Yield how the images came to be, and which did not."""
    for entry in holding.manifest.entries:
        for version in versions(entry):
            yield from _made(holding, entry, version, kept)
        if entry.state == "failed" and entry.failure is not None:
            name = f"#attempt-{_mark(holding, entry.url)}"
            failed = {
                "actionStatus": {"@id": _FAILED},
                "error": f"{entry.failure.code}: {entry.failure.detail}",
            }
            yield _action(name, f"Attempt to capture {entry.url}", object=entry.url, **failed)


def _made(
    holding: Holding, entry: Entry, version: Version, kept: dict[str, int]
) -> Iterator[Entity]:
    original = holding.locate(version.original.path)
    capture = version.capture
    mark = _mark(holding, entry.url, capture.date, original)
    if original in kept:
        yield _action(
            f"#capture-{mark}", f"Capture of {entry.url}", object=capture.url,
            result=_link(original), endTime=capture.date,
        )  # fmt: skip
    derived = [holding.locate(made.path) for made in version.derivatives]
    results = [_link(path) for path in derived if path in kept]
    if results:
        yield _action(
            f"#derivation-{mark}", f"Copies of {entry.url}", object=_link(original), result=results
        )


def _action(name: str, words: str, **properties: object) -> Entity:
    return {
        "@id": name,
        "@type": "CreateAction",
        "name": words,
        "instrument": {"@id": _TOOL},
        **properties,
    }


def _mark(holding: Holding, *parts: str) -> str:
    return short(digest("\n".join((holding.path, *parts)).encode()), 32)


def _known(entity: Entity) -> Entity:
    return {key: value for key, value in entity.items() if value is not None}
