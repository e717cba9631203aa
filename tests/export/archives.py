"""Any archive: bundles whose manifests say what is on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path, PurePosixPath

from hypothesis import strategies as st

from crawler.common import archive_layout
from crawler.common.digests import digest
from crawler.common.media_types import EXTENSIONS
from crawler.common.safe_paths import folded, safe_path
from crawler.models import ArticleRecord, Derivative, Entry, Manifest, Original, Version
from crawler.store.manifest import summarize, to_document
from tests.store.manifest.strategies import MANIFESTS

_PNG = b"\x89PNG\r\n\x1a\n"
_HEADS = {
    "image/png": _PNG + b"\0\0\0\0IDAT\0\0\0\0",
    "image/apng": _PNG + b"\0\0\0\x08acTL\0\0\0\1" + bytes(8),
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF89a",
    "image/webp": b"RIFF\0\0\0\0WEBPVP8 ",
    "image/avif": b"\0\0\0\x10ftypavif\0\0\0\0",
    "image/heic": b"\0\0\0\x10ftypheic\0\0\0\0",
    "image/jxl": b"\xff\x0a",
    "image/bmp": b"BM" + bytes(12) + b"\x28\0\0\0",
    "image/x-icon": b"\0\0\1\0",
    "image/tiff": b"II*\0",
    "image/svg+xml": b"<svg ",
}
"""How files of each media type begin: an import looks at no more without decoding."""
_COMPONENT = st.text("abAB中é\u0301 %=?'&-+\u2028", min_size=1, max_size=6)
_IDS = st.lists(_COMPONENT, min_size=1, max_size=3).map(
    lambda parts: safe_path("/".join([*(f"{part}-" for part in parts[:-1]), f"{parts[-1]}.md"]))
)


@st.composite
def archives(draw: st.DrawFn) -> list[tuple[str, Manifest]]:
    """Return posts with manifests that do not say yet what is on disk."""
    ids = draw(st.lists(_IDS, max_size=3, unique_by=folded))
    return [(post, draw(MANIFESTS)) for post in ids]


def lay_out(root: Path, posts: Sequence[tuple[str, Manifest]]) -> dict[str, Manifest]:
    """Write an archive without a catalog; return its manifests, which fit their files."""
    (root / archive_layout.POSTS).mkdir(parents=True)
    return {
        post: _write(root / archive_layout.POSTS / post, post, manifest) for post, manifest in posts
    }


def _write(folder: Path, post: str, manifest: Manifest) -> Manifest:
    numbers = count()
    entries = tuple(_fit(folder, entry, numbers) for entry in manifest.entries)
    value, size = _write_file(folder / "article.md", f"# {post}\n".encode())
    article = ArticleRecord(path="article.md", digest=value, size=size)
    fitted = replace(
        manifest,
        post=replace(manifest.post, id=post, article=article),
        summary=summarize(entries),
        entries=entries,
    )
    (folder / archive_layout.MANIFEST).write_bytes(to_document(fitted))
    return fitted


def _write_file(path: Path, content: bytes) -> tuple[str, int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return digest(content), len(content)


def _fit(folder: Path, entry: Entry, numbers: Iterator[int]) -> Entry:
    earlier = tuple(_fit_version(folder, version, numbers) for version in entry.earlier)
    if entry.capture is None or entry.original is None:
        return replace(entry, earlier=earlier)
    version = Version(capture=entry.capture, original=entry.original, derivatives=entry.derivatives)
    fitted = _fit_version(folder, version, numbers)
    return replace(entry, original=fitted.original, derivatives=fitted.derivatives, earlier=earlier)


def _fit_version(folder: Path, version: Version, numbers: Iterator[int]) -> Version:
    number = next(numbers)
    # Two of three have the same bytes, in the bundle and in others.
    original = _placed(folder, version.original, f"{number}", b" " * (number % 2))
    unique = {made.profile: made for made in version.derivatives}.values()
    derivatives = tuple(_derived(folder, made, original, number) for made in unique)
    return replace(version, original=original, derivatives=derivatives)


def _placed(folder: Path, original: Original, mark: str, content: bytes) -> Original:
    name = Path(original.path).stem.strip(" -")
    path = f"images/{mark}-{name}.{EXTENSIONS[original.media_type]}"
    value, size = _write_file(folder / path, _HEADS[original.media_type] + content)
    return replace(original, path=path, digest=value, size=size)


def _derived(folder: Path, made: Derivative, original: Original, number: int) -> Derivative:
    name = f"{number}.{made.profile.rpartition('-')[2]}.{EXTENSIONS[made.media_type]}"
    path = f"{PurePosixPath(made.path).parent}/{name}"
    content = f"{made.profile} of {original.digest}".encode()
    value, size = _write_file(folder / path, _HEADS[made.media_type] + content)
    return replace(made, path=path, digest=value, size=size)
