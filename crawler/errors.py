"""Everything that can go wrong, drawn as one tree; each class has a stable code.

::

    ImageArchiverError
    |-- UsageError                    wrong usage or configuration: nothing begun, exit 2
    |   `-- WrongSetting              a setting that cannot be meant
    |-- ArchiveLockedError            another run holds the archive: exit 6
    |-- StorageError                  a full or read-only disk, a folder without permission: exit 3
    |-- PathError                     one path of the archive cannot be written: costs its post
    |   `-- UnfitFileError            what is there may not be read: no regular file, or too large
    |-- ManifestError                 a manifest that cannot be read or must not be rewritten
    |   `-- NewerManifestError        it is not damaged, but not understood either
    `-- ArchiveError                  costs one entry; becomes its ``failure``
        |-- HttpError                 http-error
        |   |-- NotFound              not-found
        |   |-- Gone                  gone
        |   |-- Forbidden             forbidden
        |   |-- Unauthorized          unauthorized
        |   |-- RateLimited           rate-limited
        |   `-- ServerError           server-error
        |-- HostNotFound              host-not-found
        |-- ConnectionFailed          connection-failed
        |-- TimedOut                  timed-out
        |-- TlsFailed                 tls-failed
        |-- TooManyRedirects          too-many-redirects
        |-- DisallowedByRobots        disallowed-by-robots
        |-- AddressNotAllowed         address-not-allowed
        |-- UnsupportedScheme         unsupported-scheme
        |-- InvalidReference          invalid-reference
        |-- NoBaseUrl                 no-base-url
        |-- TooLarge                  too-large
        |-- TooManyPixels             too-many-pixels
        |-- Empty                     empty
        |-- Truncated                 truncated
        |-- NotAnImage                not-an-image
        |-- Undecodable               undecodable
        |-- DecoderCrashed            decoder-crashed
        |-- Placeholder               placeholder
        `-- LeftOut                   the state is ``skipped``
            |-- Excluded              excluded
            |-- NotChosen             not-chosen
            `-- TrackingPixel         tracking-pixel
"""

from __future__ import annotations

import copy
from typing import ClassVar, Self

from crawler.fields import Code
from crawler.models import Attempt, Holder


class ImageArchiverError(Exception):
    """The root: whatever this program says on purpose is an instance of it."""


class UsageError(ImageArchiverError):
    """What was asked for cannot be begun: a wrong option, a source that does not exist."""


class WrongSetting(UsageError):
    """The setting *name* cannot have *value*: it takes what is *expected*, in words.

    Settings are named as `crawler.settings` names them; the command line says its options instead.
    """

    def __init__(self, name: str, value: object, expected: str) -> None:
        super().__init__(f"{name} {value!r}: expected {expected}")
        self.name = name
        self.value = value
        self.expected = expected


class ArchiveLockedError(ImageArchiverError):
    """Another run holds the archive: *holder*, where it has said so."""

    code = "archive-locked"

    def __init__(self, message: str, holder: Holder | None = None) -> None:
        super().__init__(message)
        self.holder = holder


class StorageError(ImageArchiverError):
    """The archive cannot be written: the disk is full or read-only, or permission is missing."""


class PathError(ImageArchiverError):
    """One path of the archive cannot be written, though the disk is well; it costs its post."""


class UnfitFileError(PathError, OSError):
    """What has the name of a file may not be read: no regular file, or larger than its kind is.

    It is an OSError as well, with ``strerror`` and ``filename``: whoever expects that a file cannot
    be opened expects this.
    """

    def __str__(self) -> str:
        return f"{self.filename}: {self.strerror}"


class ManifestError(ImageArchiverError):
    """A manifest is damaged, or of a newer schema than this version understands."""


class NewerManifestError(ManifestError):
    """A manifest says what this version does not know."""


class ArchiveError(ImageArchiverError):
    """One image cannot be archived, for the reason that the class names.

    *subject* is what it is about (a URL, a path), *detail* what was seen there. ``permanent`` says
    whether asking again later is pointless; an instance may overrule its class.
    """

    code: ClassVar[Code]
    permanent: bool = True
    advice: ClassVar[str]
    """What the person can do about it, one sentence."""
    attempts: int = 0
    """Requests that were made before giving up."""
    unasked: bool = False
    """Whether no request was made for it, because its host is left alone."""
    tried_referers: tuple[str | None, ...] = ()
    trace: tuple[Attempt, ...] = ()
    """The requests themselves."""
    refusal: bool = False
    """Whether the server may answer otherwise to another Referer."""
    final: bool = False
    """Whether another attempt in the same run is pointless."""

    def __init__(self, subject: str, detail: str, *, permanent: bool | None = None) -> None:
        super().__init__(subject, detail)
        self.subject = subject
        self.detail = detail
        if permanent is not None:
            self.permanent = permanent

    def __str__(self) -> str:
        return f"{self.subject}: {self.detail}"

    def about(self, subject: str) -> Self:
        """Return the same verdict on another *subject*; it is final there."""
        twin = copy.copy(self)
        twin.__dict__.update(vars(self), subject=subject, final=True)
        return twin

    def __reduce__(self) -> tuple[object, ...]:
        # Errors of the worker processes come home by pickle, which knows nothing of keywords.
        return _rebuild, (type(self), self.subject, self.detail, self.permanent)


def _rebuild(kind: type[ArchiveError], subject: str, detail: str, permanent: bool) -> ArchiveError:
    return kind(subject, detail, permanent=permanent)


class HttpError(ArchiveError):
    """The server answered with a status that no other class names.

    ``retry_after`` is the number of seconds that the server asked to wait, or None.
    """

    code: ClassVar[Code] = "http-error"
    retry_after: float | None = None
    advice = "Open the URL in a browser to see what the server says."


class NotFound(HttpError):
    """HTTP 404, or a local file that is not there."""

    code = "not-found"
    advice = "It is no longer there; where it was on the web, --fallback memento looks for a copy."


class Gone(HttpError):
    """HTTP 410."""

    code = "gone"
    advice = "It was removed for good; --fallback memento looks for an archived copy."


class Forbidden(HttpError):
    """HTTP 403."""

    code = "forbidden"
    refusal = True
    advice = "The server refuses; name a page that it may expect with --referer HOST=URL."


class Unauthorized(HttpError):
    """HTTP 401 or 407."""

    code = "unauthorized"
    refusal = True
    advice = "The server asks for a login, which this program does not have."


class RateLimited(HttpError):
    """HTTP 429, or a Retry-After longer than the run's patience."""

    code = "rate-limited"
    permanent = False
    advice = "Run again later, with fewer requests at once (--per-host) or a --delay."


class ServerError(HttpError):
    """HTTP 5xx."""

    code = "server-error"
    permanent = False
    advice = "The server is in trouble; run again later."


class HostNotFound(ArchiveError):
    """The name of the host has no address, or no name server answered."""

    code = "host-not-found"
    permanent = False
    advice = "Check the network connection and the host's name; run again later."


class ConnectionFailed(ArchiveError):
    """No connection, or it broke before the answer was complete."""

    code = "connection-failed"
    permanent = False
    advice = "The server does not answer; run again later."


class TimedOut(ArchiveError):
    """The whole attempt took longer than the time allowed for it."""

    code = "timed-out"
    permanent = False
    advice = "Run again later, or allow more time with --timeout."


class TlsFailed(ArchiveError):
    """No trustworthy TLS connection: the certificate does not hold, or the handshake failed."""

    code = "tls-failed"
    permanent = False
    advice = "The certificate is not valid here; check it and the clock, or use --insecure-host."


class TooManyRedirects(ArchiveError):
    """Redirects go in a circle or on for longer than the limit."""

    code = "too-many-redirects"
    advice = "Open the URL in a browser to see where it leads."


class DisallowedByRobots(ArchiveError):
    """The host's robots.txt disallows the path, or could not be served (RFC 9309, 2.3.1.4)."""

    code = "disallowed-by-robots"
    advice = "The owner asks robots to stay away; --ignore-robots is yours to decide."


class AddressNotAllowed(ArchiveError):
    """The address is not public, or the port is one that browsers block."""

    code = "address-not-allowed"
    advice = "Private addresses of your own hosts are permitted by --allow-private-addresses."


class UnsupportedScheme(ArchiveError):
    """The URL is neither http, https nor data."""

    code = "unsupported-scheme"
    advice = "Only http, https and data URLs are fetched; correct the reference in the post."


class InvalidReference(ArchiveError):
    """What the post names is no URL, or leads out of the source folder."""

    code = "invalid-reference"
    advice = "Correct the reference in the post."


class NoBaseUrl(ArchiveError):
    """A relative reference, and nothing to resolve it against."""

    code = "no-base-url"
    advice = "Say where the posts were published with --base-url."


class TooLarge(ArchiveError):
    """The answer is larger than ``--max-bytes``, as announced, received or decompressed."""

    code = "too-large"
    advice = "Allow larger images with --max-bytes."


class TooManyPixels(ArchiveError):
    """More pixels than ``--max-pixels``; all frames of an animation may have ten times as many."""

    code = "too-many-pixels"
    advice = "Allow larger images with --max-pixels."


class Empty(ArchiveError):
    """The answer has no content."""

    code = "empty"
    permanent = False
    advice = "The server sends nothing; run again later."


class Truncated(ArchiveError):
    """The answer ends before what it announces: its length, or what its container holds."""

    code = "truncated"
    permanent = False
    advice = "The transfer broke off; run again later."


class NotAnImage(ArchiveError):
    """The bytes are no image of a format that is archived, whatever the server calls them."""

    code = "not-an-image"
    advice = "Open the URL in a browser; the server shows something else in the image's place."


class Undecodable(ArchiveError):
    """The bytes begin like an image, but cannot be decoded to the end."""

    code = "undecodable"
    advice = "The file on the server is broken; look for a copy elsewhere."


class DecoderCrashed(ArchiveError):
    """The process that decodes images died or was stopped over this one."""

    code = "decoder-crashed"
    permanent = False
    advice = "The file may harm the decoder, or memory was short; run again, or look elsewhere."


class Placeholder(ArchiveError):
    """The bytes are an image, but not the one that was asked for. The state is ``suspect``."""

    code = "placeholder"
    refusal = True
    advice = "Compare the picture with the article; the server may show a stand-in."


class LeftOut(ArchiveError):
    """Left out on purpose. The state is ``skipped``."""

    advice = "Nothing to do."


class Excluded(LeftOut):
    """A rule excludes the URL."""

    code = "excluded"
    advice = "Change the rule (--exclude) if the image is wanted."


class NotChosen(LeftOut):
    """A smaller candidate of an image of which a larger one is archived."""

    code = "not-chosen"


class TrackingPixel(LeftOut):
    """An image of one pixel by its attributes."""

    code = "tracking-pixel"


def _classes(root: type[ArchiveError]) -> list[type[ArchiveError]]:
    return [root, *(leaf for child in root.__subclasses__() for leaf in _classes(child))]


BY_CODE: dict[str, type[ArchiveError]] = {
    kind.code: kind for kind in _classes(ArchiveError) if "code" in vars(kind)
}
"""Every code with its class, in the order of the tree."""


def forget_frames(error: BaseException) -> None:
    """Let go of what *error*, and those behind it, know of where they were raised.

    Such frames keep their variables for as long as somebody has the error.
    """
    known, behind = set[int](), [error]
    while behind:
        each = behind.pop()
        each.__traceback__ = None
        known.add(id(each))
        # An error that is kept and raised again may well stand behind itself.
        further = (each.__cause__, each.__context__)
        behind += [other for other in further if other is not None and id(other) not in known]
