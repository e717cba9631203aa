"""How much one image may cost."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.imaging.defects import Oversized

_ANIMATION = 10
"""An animation may have this many times the pixels of a still image, all frames together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that one image may cost."""

    max_pixels: int = 100_000_000
    """Of one frame; of all frames together ten times as many."""
    max_frames: int = 10_000
    seconds: float = 60.0
    """From the moment when a worker process begins with it."""
    memory: int = 2 << 30
    """Bytes of address space of a worker process, where the platform can limit it."""

    def check(self, size: tuple[int, int], frames: int = 1) -> None:
        """Raise Oversized unless *frames* frames of *size* are within the limits."""
        width, height = size
        pixels = width * height
        if pixels > self.max_pixels:
            raise Oversized(f"{width} x {height} pixels, limit {self.max_pixels}")
        if frames > self.max_frames:
            raise Oversized(f"{frames} frames, limit {self.max_frames}")
        self.check_total(pixels * frames)

    def check_total(self, pixels: int) -> None:
        """Raise Oversized unless all frames together may have so many pixels."""
        if pixels > _ANIMATION * self.max_pixels:
            limit = _ANIMATION * self.max_pixels
            raise Oversized(f"{pixels} pixels in all frames together, limit {limit}")
