"""One request and its answer, through Scrapy's downloader middlewares and handlers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK

from crawler.downloads.address_guard import AddressRefused
from crawler.downloads.answers import Answer
from crawler.downloads.content_encoding import CutOff, Damaged, TooMuch, Unasked, decoded
from crawler.downloads.download_handler import UNVERIFIED
from crawler.errors import (
    AddressNotAllowed,
    ArchiveError,
    ConnectionFailed,
    HostNotFound,
    InvalidReference,
    TimedOut,
    TlsFailed,
    TooLarge,
    Truncated,
    Undecodable,
)

_CODED = "Content-Encoding"


class ScrapyTransport:
    """The transport of a crawl."""

    def __init__(self, crawler: Crawler, *, timeout: float) -> None:
        self.received = 0
        self._crawler = crawler
        self._timeout = timeout
        crawler.signals.connect(self._count, signals.bytes_received)

    def _count(self, data: bytes) -> None:
        self.received += len(data)

    async def get(
        self, url: str, headers: Mapping[str, str], *, max_bytes: int, seconds: float, verify: bool
    ) -> Answer:
        """Return the answer, whatever its status. Raises ArchiveError.

        It is complete within *seconds*. Without *verify*, any certificate will do.
        """
        request = Request(
            url,
            callback=NO_CALLBACK,
            headers=dict(headers),
            dont_filter=True,
            meta={
                # Retries and redirects have one authority, and it is not the middlewares.
                "dont_retry": True,
                "dont_redirect": True,
                "verbatim_url": True,
                "download_timeout": min(self._timeout, seconds),
                UNVERIFIED: not verify,
                "download_maxsize": max_bytes,
                "download_warnsize": 0,
                "download_fail_on_dataloss": True,
            },
        )
        downloader = self._crawler.engine.downloader
        sent: Request | Response = request
        try:
            # Past the queues of the engine and of its downloader: they keep places and delays,
            # which `Hosts` does, and cost as much as the request itself.
            while isinstance(sent, Request):
                send = downloader.handlers.download_request_async
                sent = await downloader.middleware.download_async(send, sent)
        except RuntimeError:
            raise  # over a defect of ours
        except Exception as error:
            make = next(make for kinds, make in _TRANSLATIONS if isinstance(error, kinds))
            raise make(url, error) from error
        return await _decoded(
            Answer(
                url=url,
                status=sent.status,
                headers=tuple(
                    (name.decode("latin-1"), value.decode("latin-1"))
                    for name, values in sent.headers.items()
                    for value in values
                ),
                body=sent.body,
            ),
            max_bytes,
        )


async def _decoded(answer: Answer, most: int) -> Answer:
    """Return *answer* without its Content-Encoding.

    Only of a success: nobody reads the content of anything else.
    """
    codings = ",".join(answer.values(_CODED))
    if not codings or not 200 <= answer.status < 300:  # noqa: PLR2004 - RFC 9110, 15.3
        return answer
    try:
        body = await asyncio.to_thread(decoded, answer.body, codings.split(","), most=most)
    except ValueError as error:
        raise _UNCODED[type(error)](answer.url, str(error)) from error
    headers = tuple(pair for pair in answer.headers if pair[0].lower() != _CODED.lower())
    return replace(answer, headers=headers, body=body)


_UNCODED: dict[type[Exception], Callable[[str, str], ArchiveError]] = {
    CutOff: lambda url, _: Truncated(url, f"its {_CODED} has no end"),
    Damaged: lambda url, _: Undecodable(url, f"its {_CODED} cannot be decoded"),
    TooMuch: lambda url, _: TooLarge(url, "the answer is larger than the limit"),
    Unasked: lambda url, name: Undecodable(
        url, f"the server sent it with {_CODED}: {name}, which was not asked for"
    ),
}
"""What is wrong with a coding, and what that means for the image."""


def _connection_error(url: str, error: Exception) -> ArchiveError:
    causes = list(_causes(error))
    refused = next((cause for cause in causes if isinstance(cause, AddressRefused)), None)
    if refused is not None:
        return AddressNotAllowed(url, f"{refused.address} is not a public address")
    if any(isinstance(cause, aiohttp.ClientSSLError) for cause in causes):
        return TlsFailed(url, _innermost(error))
    return ConnectionFailed(url, _innermost(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _innermost(error: Exception) -> str:
    *_, last = _causes(error)
    if isinstance(last, (HttpProcessingError, aiohttp.ClientResponseError)):
        # Their words are the server's bytes, cookies and all.
        return "the answer breaks the rules of HTTP"
    if isinstance(last, OSError) and last.strerror:
        return last.strerror
    return " ".join(str(last).split()) or type(last).__name__


_TRANSLATIONS: tuple[
    tuple[tuple[type[Exception], ...], Callable[[str, Exception], ArchiveError]], ...
] = (
    (
        (CannotResolveHostError,),
        lambda url, error: HostNotFound(url, _innermost(error)),
    ),
    ((DownloadConnectionRefusedError, DownloadFailedError), _connection_error),
    (
        (DownloadTimeoutError,),
        lambda url, _: TimedOut(url, "the answer was not complete in the time allowed"),
    ),
    (
        (ResponseDataLossError,),
        lambda url, _: Truncated(url, "the transfer broke off before the announced end"),
    ),
    # The handler cancels what is too long.
    (
        (DownloadCancelledError,),
        lambda url, _: TooLarge(url, "the answer is larger than the limit"),
    ),
    ((UnsupportedURLSchemeError,), lambda url, error: InvalidReference(url, str(error))),
    # What the handler raises over answers that break the rules.
    (
        (Exception,),
        lambda url, error: ConnectionFailed(
            url, f"the answer cannot be read: {type(error).__name__}"
        ),
    ),
)
"""Scrapy's errors with what they mean, the first that fits."""
