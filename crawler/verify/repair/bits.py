"""Find the bit that was turned over, by the digest that the file had before."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Final

MOST: Final = 1 << 16
"""Bytes: the work grows with their square, and this many take ten seconds."""


def turned_back(payload: bytes, digests: Collection[str]) -> bytes | None:
    """Return *payload* with one bit turned over, so that its digest is one of *digests*.

    None where no bit does it, or there are more bytes than `MOST`.

    >>> from crawler.common.digests import digest
    >>> turned_back(b"a manifast", [digest(b"a manifest")])
    b'a manifest'
    >>> turned_back(b"another one", [digest(b"a manifest")])
    """
    wanted = {bytes.fromhex(each.removeprefix("sha256:")) for each in digests}
    if not wanted or len(payload) > MOST:
        return None
    before, rest = hashlib.sha256(), memoryview(payload)
    for place, byte in enumerate(payload):
        for bit in range(8):
            turned = bytes([byte ^ 1 << bit])
            state = before.copy()
            state.update(turned)
            state.update(rest[place + 1 :])
            if state.digest() in wanted:
                return payload[:place] + turned + payload[place + 1 :]
        before.update(payload[place : place + 1])
    return None
