"""Colour spaces wider than sRGB: their profiles, and pictures converted into them by arithmetic."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from PIL import Image

Matrix = tuple[tuple[float, float, float], ...]
"""Rows: X, Y, Z of red, green and blue, adapted to D50 as profiles have it."""

_SRGB: Matrix = (
    (0.43607, 0.38515, 0.14307),
    (0.22249, 0.71687, 0.06061),
    (0.01392, 0.09708, 0.71410),
)
_D50 = (0.9642, 1.0, 0.8249)


@dataclass(frozen=True, kw_only=True)
class Space:
    """A colour space of three primaries and one gamma."""

    colorants: Matrix
    gamma: float

    def profile(self) -> bytes:
        """Return the space as an ICC profile.

        Source: ICC.1:2001-04, 6.3.1.2, matrix-based display profiles.
        """
        columns = zip(*self.colorants, strict=True)
        tags = {
            name: _xyz(column)
            for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)
        }
        curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(self.gamma))
        return _profile(b"RGB ", {**tags, **curves})

    def grey_profile(self, *, gamma: float) -> bytes:
        """Return a profile for grey on a scale of its own."""
        return _profile(b"GRAY", {b"kTRC": _curve(gamma)})


DISPLAY_P3 = Space(
    colorants=(
        (0.51512, 0.29198, 0.15710),
        (0.24120, 0.69225, 0.06657),
        (-0.00105, 0.04189, 0.78407),
    ),
    gamma=2.2,
)
"""Its primaries; its curve is that of sRGB, of which 2.2 is the usual approximation."""

ADOBE_RGB = Space(
    colorants=(
        (0.60974, 0.20528, 0.14919),
        (0.31111, 0.62567, 0.06322),
        (0.01947, 0.06087, 0.74457),
    ),
    gamma=563 / 256,
)


def in_space(image: Image.Image, space: Space) -> Image.Image:
    """Return an sRGB image with the same colours as numbers of *space*."""
    to_space = _product(_inverse(space.colorants), _SRGB)
    linear = [_to_linear(value / 255) for value in range(256)]
    encoded = [round(255 * (step / 4095) ** (1 / space.gamma)) for step in range(4096)]
    raw, made = image.tobytes(), bytearray()
    for at in range(0, len(raw), 3):
        red, green, blue = linear[raw[at]], linear[raw[at + 1]], linear[raw[at + 2]]
        for row in to_space:
            value = row[0] * red + row[1] * green + row[2] * blue
            made.append(encoded[max(0, min(4095, round(4095 * value)))])
    return Image.frombytes("RGB", image.size, bytes(made))


def _to_linear(value: float) -> float:
    # https://www.w3.org/Graphics/Color/srgb
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _product(one: Matrix, other: Matrix) -> Matrix:
    columns = tuple(zip(*other, strict=True))
    return tuple(
        tuple(sum(a * b for a, b in zip(row, column, strict=True)) for column in columns)
        for row in one
    )


def _inverse(matrix: Matrix) -> Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    adjugate = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    scale = 1 / (a * adjugate[0][0] + b * adjugate[1][0] + c * adjugate[2][0])
    return tuple((x * scale, y * scale, z * scale) for x, y, z in adjugate)


def _profile(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    text = b"drawn for a test\0"
    every = {
        b"desc": b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78),
        b"cprt": b"text" + bytes(4) + b"none\0",
        b"wtpt": _xyz(_D50),
        **tags,
    }
    at, table, content = 128 + 4 + 12 * len(every), b"", b""
    for name, tag in every.items():
        padded = tag + bytes(-len(tag) % 4)
        table += name + struct.pack(">II", at + len(content), len(tag))
        content += padded
    header = struct.pack(
        ">I4sI4s4s4s12s4s28s12s48s",
        at + len(content), b"\0\0\0\0", 0x02400000, b"mntr", space, b"XYZ ", bytes(12), b"acsp",
        bytes(28), b"".join(map(_fixed, _D50)), bytes(48),
    )  # fmt: skip
    return header + struct.pack(">I", len(every)) + table + content


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + b"".join(map(_fixed, values))


def _curve(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * gamma))


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(65536 * value))
