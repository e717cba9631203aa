"""JPEG XL, where the extra that brings its decoder is installed.

The decoder gets the bare codestream, so that no compressed metadata is unpacked and a JPEG that was
packed without loss is decoded as any other picture. Orientation is the decoder's business. What
moves is refused: of several frames it gives one, and says nothing of the others.

Source: ISO/IEC 18181-2. Whether the data of the frames is complete, the decoder says.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageFile

from crawler.imaging.defects import Corrupt, Missing
from crawler.imaging.formats.byte_reader import unpack
from crawler.imaging.formats.iso_boxes import boxes
from crawler.imaging.formats.jxl_header import SIGNATURE, read_header

if TYPE_CHECKING:
    from PIL._imaging import PixelAccess

_CODESTREAM, _PART = b"jxlc", b"jxlp"
_BOXES = frozenset(
    {
        b"JXL ", b"ftyp", b"jxll", b"jxli", _CODESTREAM, _PART,
        b"jbrd", b"brob", b"Exif", b"xml ", b"jumb",
    }
)  # fmt: skip
_IS_LAST = 1 << 31
"""In the number of a part."""

_PACKAGE = "pillow_jxl"
_ADVICE = "it is JPEG XL, which needs a decoder: pip install 'image-archiver[jxl]'"
_MOVES = (
    "it is a moving JPEG XL, of which the decoder gives one frame: that all are whole cannot be "
    "proven; save it by hand, or name another format of it in the article"
)
_INKS = "it is a JPEG XL in the colours of print, whose black the decoder leaves out"
_REFUSED = "the decoder of JPEG XL refuses it: it is cut off, damaged, or of odd depth"
_BANDS = {"L": "L", "I;16": "L", "F": "L", "F;16": "L", "LA": "LA", "RGB": "RGB", "RGBA": "RGBA"}
"""The decoder's word for what it gives, and what is made of it."""
_PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}


def open_jxl(payload: bytes) -> ImageFile.ImageFile:
    """Return the picture, not yet decoded. Raises Corrupt for what moves, or without a decoder."""
    return _JxlImageFile(BytesIO(payload))


class _JxlImageFile(ImageFile.ImageFile):
    format = "JXL"
    format_description = "JPEG XL"

    def _open(self) -> None:
        assert self.fp is not None  # noqa: S101 - for the type checker
        self._codestream: bytes | None = _codestream(self.fp.read())
        self._header = read_header(self._codestream)
        for refused, words in ((self._header.moves, _MOVES), (self._header.inks, _INKS)):
            if refused:
                raise Corrupt(words)
        self._decoder = _decoder()
        self._size = self._header.size
        self._mode = "RGB"  # more is known when it is loaded

    def load(self) -> PixelAccess | None:
        if self._codestream is not None:
            image, profile = self._decoded(self._codestream)
            self._codestream = None
            self.im, self._mode = image.im, image.mode
            if profile:
                self.info["icc_profile"] = profile
        return super().load()

    def _decoded(self, codestream: bytes) -> tuple[Image.Image, bytes]:
        try:
            _, facts, data, profile, *_ = self._decoder(codestream)
        except RuntimeError as error:
            raise Corrupt(_REFUSED) from error
        if (facts.width, facts.height) != self.size or facts.mode not in _BANDS:
            raise Corrupt("the decoder of JPEG XL sees another picture than its header announces")
        bands = _BANDS[facts.mode]
        data = _in_eight_bits(data, self.width * self.height * len(bands))
        if not self._header.premultiplied or bands not in _PREMULTIPLIED:
            return Image.frombytes(bands, self.size, data), profile
        return Image.frombytes(_PREMULTIPLIED[bands], self.size, data).convert(bands), profile


def _decoder() -> Callable[[bytes], Any]:
    """Return the decoder, which works in the thread that calls it."""
    try:
        package = import_module(_PACKAGE)
    except ImportError as error:
        raise Corrupt(_ADVICE) from error
    # Importing the package enters it into Pillow's registry, by which nothing is opened here.
    Image.OPEN.pop("JXL", None)
    if "JXL" in Image.ID:
        Image.ID.remove("JXL")
    decoder: Callable[[bytes], Any] = package.Decoder(num_threads=0)
    return decoder


def _in_eight_bits(data: bytes, samples: int) -> bytes:
    """Return a byte for each sample; grey comes in as many as it has in the file."""
    if len(data) == 2 * samples:
        return data[1::2]  # the upper halves; there are wheels for little-endian machines only
    if len(data) == 4 * samples:
        scaled = Image.frombytes("F", (samples, 1), data).point(lambda value: value * 255 + 0.5)
        return scaled.convert("L").tobytes()
    return data


def _codestream(payload: bytes) -> bytes:
    """Return what is to be decoded, without the container; raise Missing or Corrupt."""
    if payload.startswith(SIGNATURE):
        return payload
    parts: list[bytes] = []
    is_complete = False
    for kind, start, end in boxes(payload, 0, len(payload), known=_BOXES):
        if kind not in {_CODESTREAM, _PART}:
            continue
        if is_complete:
            raise Corrupt("there is more of the codestream behind its last part")
        if kind == _CODESTREAM:
            number, content = len(parts) | _IS_LAST, payload[start:end]
        else:
            number, content = unpack(">I", payload, start, "a part")[0], payload[start + 4 : end]
        if number % _IS_LAST != len(parts):
            raise Corrupt(f"part {len(parts)} of the codestream is not where it should be")
        parts.append(content)
        is_complete = number >= _IS_LAST
    if not is_complete:
        raise Missing("the file ends before the last part of its codestream")
    return b"".join(parts)
