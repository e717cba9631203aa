"""Everything that can go wrong, drawn as one tree; each class has a stable code.

::

    ImageArchiverError
    |-- UsageError                    wrong usage or configuration: nothing begun, exit 2
    |   `-- WrongSetting              a setting that cannot be meant
    |-- ArchiveLockedError            another run holds the archive: exit 6
    |-- StorageError                  a full or read-only disk, a folder without permission: exit 3
    |-- NoDecoderError                no process that decodes images can be started: exit 3
    |   `-- ThreadsError              not even a thread
    |-- PathError                     one path of the archive cannot be written: costs its post
    |   `-- UnfitFileError            what is there may not be read: no regular file, or too large
    |-- ManifestError                 a manifest that cannot be read or must not be rewritten
    |   `-- NewerManifestError        it is not damaged, but not understood either
    `-- ArchiveError                  costs one entry; its fault becomes the ``failure``
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

from dataclasses import dataclass, replace
from typing import ClassVar, Final, TypedDict, Unpack

from crawler.fields import Code
from crawler.models import Holder


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


class NoDecoderError(ImageArchiverError):
    """No process that decodes images can be started, for the reason that is given.

    It says nothing of the images, and no other image would fare better.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"no process that decodes images can be started: {reason}")


class ThreadsError(NoDecoderError):
    """The system allows this program no more threads."""

    def __init__(self) -> None:
        super().__init__("no thread can be started; allow more processes (ulimit -u)")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with one image, as a value: an ArchiveError without where it was raised.

    Whatever is learned of it later goes into another one.
    """

    kind: type[ArchiveError]
    subject: str
    """What it is about: a URL, a path."""
    detail: str
    """What was seen there."""
    permanent: bool
    """Whether asking again later is pointless."""
    refusal: bool
    """Whether the server may answer otherwise to another Referer."""
    final: bool = False
    """Whether another attempt in the same run is pointless."""
    asked: bool = True
    """False where no request was made for it, because its host is left alone."""
    retry_after: float | None = None
    """Seconds that the server asked to wait."""

    @property
    def code(self) -> Code:
        """The stable code of its kind."""
        return self.kind.code

    def about(self, subject: str) -> Fault:
        """Return the same verdict on another *subject*; it is final there."""
        return replace(self, subject=subject, final=True)

    def error(self) -> ArchiveError:
        """Return what raises it."""
        return self.kind(
            self.subject,
            self.detail,
            permanent=self.permanent,
            refusal=self.refusal,
            final=self.final,
            asked=self.asked,
            retry_after=self.retry_after,
        )


class _Said(TypedDict, total=False):
    """What an instance says of its fault beside what its class says; the fields of `Fault`."""

    permanent: bool
    refusal: bool
    final: bool
    asked: bool
    retry_after: float | None


class ArchiveError(ImageArchiverError):
    """One image cannot be archived, for the reason that the class names.

    It raises its `fault`, which is all that is kept of it. An instance may overrule what its class
    says of permanence and refusal.
    """

    code: ClassVar[Code]
    is_permanent: ClassVar[bool] = True
    is_refusal: ClassVar[bool] = False
    advice: ClassVar[str]
    """What the person can do about it, one sentence."""

    def __init__(self, subject: str, detail: str, **said: Unpack[_Said]) -> None:
        super().__init__(subject, detail)
        by_class = Fault(
            kind=type(self),
            subject=subject,
            detail=detail,
            permanent=self.is_permanent,
            refusal=self.is_refusal,
        )
        self.fault: Final = replace(by_class, **said)

    def __str__(self) -> str:
        return f"{self.fault.subject}: {self.fault.detail}"

    def __reduce__(self) -> tuple[object, ...]:
        # Errors of the worker processes come home by pickle, which knows nothing of keywords.
        return Fault.error, (self.fault,)


class HttpError(ArchiveError):
    """The server answered with a status that no other class names."""

    code: ClassVar[Code] = "http-error"
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
    is_refusal = True
    advice = "The server refuses; name a page that it may expect with --referer HOST=URL."


class Unauthorized(HttpError):
    """HTTP 401 or 407."""

    code = "unauthorized"
    is_refusal = True
    advice = "The server asks for a login, which this program does not have."


class RateLimited(HttpError):
    """HTTP 429, or a Retry-After longer than the run's patience."""

    code = "rate-limited"
    is_permanent = False
    advice = "Run again later, with fewer requests at once (--per-host) or a --delay."


class ServerError(HttpError):
    """HTTP 5xx."""

    code = "server-error"
    is_permanent = False
    advice = "The server is in trouble; run again later."


class HostNotFound(ArchiveError):
    """The name of the host has no address, or no name server answered."""

    code = "host-not-found"
    is_permanent = False
    advice = "Check the network connection and the host's name; run again later."


class ConnectionFailed(ArchiveError):
    """No connection, or it broke before the answer was complete."""

    code = "connection-failed"
    is_permanent = False
    advice = "The server does not answer; run again later."


class TimedOut(ArchiveError):
    """The whole attempt took longer than the time allowed for it."""

    code = "timed-out"
    is_permanent = False
    advice = "Run again later, or allow more time with --timeout."


class TlsFailed(ArchiveError):
    """No trustworthy TLS connection: the certificate does not hold, or the handshake failed."""

    code = "tls-failed"
    is_permanent = False
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
    is_permanent = False
    advice = "The server sends nothing; run again later."


class Truncated(ArchiveError):
    """The answer ends before what it announces: its length, or what its container holds."""

    code = "truncated"
    is_permanent = False
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
    is_permanent = False
    advice = "The file may harm the decoder, or memory was short; run again, or look elsewhere."


class Placeholder(ArchiveError):
    """The bytes are an image, but not the one that was asked for. The state is ``suspect``."""

    code = "placeholder"
    is_refusal = True
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
