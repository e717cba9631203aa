"""Pictures of every kind, damaged: the same damage each time, made when it is asked for."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.imaging.kinds import SMALL

Damage = Callable[[random.Random, bytes], bytes]
_ROUNDS = 36
"""Damaged files of each kind of picture and damage."""


def cut(chance: random.Random, payload: bytes) -> bytes:
    """The file up to somewhere, most often near one of its ends."""
    near = min(len(payload), 200)
    return payload[: chance.choice((chance.randrange(len(payload)), chance.randrange(near)))]


def hole(chance: random.Random, payload: bytes) -> bytes:
    """The file without a part of it."""
    start = chance.randrange(len(payload))
    return payload[:start] + payload[start + chance.choice((1, 4, 64, 512)) :]


def bits(chance: random.Random, payload: bytes) -> bytes:
    """The file with one to nine bits turned, wherever they are."""
    damaged = bytearray(payload)
    for _ in range(chance.randrange(1, 10)):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def head(chance: random.Random, payload: bytes) -> bytes:
    """The file with extreme numbers where sizes, counts and offsets stand."""
    damaged = bytearray(payload)
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(4, min(len(payload), 400))
        number = chance.choice((b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff", b"\x80", b"\0\1"))
        damaged[at : at + len(number)] = number
    return bytes(damaged)


def spliced(chance: random.Random, payload: bytes) -> bytes:
    """The file with a part of another, or of itself, put in or put over."""
    other = chance.choice(_whole())
    start = chance.randrange(len(other))
    part = other[start : start + chance.choice((4, 16, 100, 1000))]
    at = chance.randrange(8, len(payload))
    return payload[:at] + part + payload[at + chance.choice((0, len(part))) :]


DAMAGES: tuple[Damage, ...] = (cut, hole, bits, head, spliced)


def damaged_pictures() -> Iterator[tuple[str, bytes]]:
    """Yield what was done to which picture, and the bytes."""
    for kind, payload in zip(SMALL, _whole(), strict=True):
        yield from damaged(str(kind), payload)


def damaged(kind: str, payload: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what was done to one picture, and the bytes."""
    for damage in DAMAGES:
        chance = random.Random(f"{kind} {damage.__name__}")  # noqa: S311 - repeatable
        for number in range(_ROUNDS):
            yield f"{kind} {damage.__name__} {number}", damage(chance, payload)


def _whole() -> list[bytes]:
    return [kind.payload for kind in SMALL]
