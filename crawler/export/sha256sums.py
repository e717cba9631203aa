"""The digests that the manifests have, as ``sha256sum -c`` reads them in the archive's folder."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from crawler.export.bundle_contents import Account, Holding
from crawler.export.options import Terms

# https://www.gnu.org/software/coreutils/manual/html_node/cksum-output-modes.html: a line that
# begins with a backslash has these characters of its name escaped.
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r"})


def write_sha256sums(
    holdings: Iterable[Holding], out: BinaryIO, account: Account, _terms: Terms
) -> None:
    """Write a line for each file of the bundles.

    No image is read: what a disk or a hand has altered is for ``sha256sum -c`` to find.
    """
    for holding in holdings:
        for piece in holding.pieces():
            if piece.digest is not None:
                out.write(_line(piece.digest, piece.path))
                account.files += 1
                continue
            with account.proven(piece) as proven:
                if proven is not None:
                    out.write(_line(proven.digest, piece.path))


def _line(digest: str, path: str) -> bytes:
    name = path.translate(_ESCAPES)
    mark = "" if name == path else "\\"
    return f"{mark}{digest.removeprefix('sha256:')}  {name}\n".encode(errors="surrogateescape")
