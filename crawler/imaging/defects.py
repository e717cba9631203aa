"""What is wrong with the bytes of an image, before anybody says whose bytes they are."""

from __future__ import annotations

from crawler.errors import ArchiveError, NotAnImage, TooManyPixels, Truncated, Undecodable


class Defect(Exception):
    """Becomes the error of the archive that ``error`` names, with this message as its detail."""

    error: type[ArchiveError] = Undecodable


class Missing(Defect):
    """Something that the container announces is not there."""

    error = Truncated


class Corrupt(Defect):
    """Something is there, and wrong."""


class Foreign(Defect):
    """The bytes are no image after all."""

    error = NotAnImage


class Oversized(Defect):
    """The image is larger than the limits allow."""

    error = TooManyPixels
