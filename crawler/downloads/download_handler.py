"""Scrapy's aiohttp handler with a connector of our own: guarded, and reusing connections."""

from __future__ import annotations

import asyncio
import contextvars
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.utils.ssl import _make_insecure_ssl_ctx, _make_ssl_context

from crawler.downloads.address_guard import guarded_socket, to_operators_proxy

UNVERIFIED = "tls_unverified"
"""The key of a request's meta that says to take any certificate."""

_unverified: contextvars.ContextVar[bool] = contextvars.ContextVar("unverified", default=False)


class _FreshConnector(aiohttp.TCPConnector):
    """Keeps connections for the next request, but none over which something came unasked.

    It would be taken for the answer to the next request: aiohttp looks only when it puts a
    connection aside.
    """

    async def _get(
        self, key: ConnectionKey, traces: list[aiohttp.tracing.Trace]
    ) -> aiohttp.connector.Connection | None:
        if key in self._conns:
            # What has arrived is read by the loop in its next round, before the second of these.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        for protocol, _ in self._conns.get(key, ()):
            if protocol.should_close:
                protocol.close()
        # The parent passes over what is closed.
        return await super()._get(key, traces)


class GuardedDownloadHandler(AiohttpDownloadHandler):
    """Like its parent, but no socket is made for an address that is not public.

    The setting ARCHIVE_ALLOW_PRIVATE_ADDRESSES lifts that.
    """

    # The parent warns that its interface may change; the dependency is pinned for that reason.
    experimental: ClassVar[bool] = False

    def __init__(self, crawler: Crawler) -> None:
        # Not the parent's own __init__: the connector that it makes cannot be told to be careful.
        super(AiohttpDownloadHandler, self).__init__(crawler)
        guarded = not crawler.settings.getbool("ARCHIVE_ALLOW_PRIVATE_ADDRESSES")
        self._verifying = _make_ssl_context(crawler.settings)
        self._trusting = _make_insecure_ssl_ctx()
        self._session = aiohttp.ClientSession(
            connector=_FreshConnector(
                local_addr=self._bind_address,
                limit=0,  # the window of the pipeline is the limit
                limit_per_host=self._pool_size_per_host,
                socket_factory=guarded_socket if guarded else None,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            # A photo fits: its transfer is not stopped while somebody comes to read it.
            read_bufsize=1 << 20,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )
        # aiohttp repeats a request whose connection broke; here only the policy repeats.
        self._session._retry_connection = False  # noqa: SLF001 - there is no public way

    @property
    def _ssl_context(self) -> ssl.SSLContext:  # type: ignore[override]  # it only reads it
        # What the parent connects with; connections of the two kinds have pools of their own.
        return self._trusting if _unverified.get() else self._verifying

    @asynccontextmanager
    async def _make_request(
        self,
        request: Request,
        timeout: float,  # noqa: ASYNC109 - the parent's signature
    ) -> AsyncIterator[_ClientResponse]:
        # The connection is made in this task or in copies of its context.
        to_operators_proxy.set(bool(request.meta.get("proxy")))
        _unverified.set(bool(request.meta.get(UNVERIFIED)))
        async with super()._make_request(request, timeout) as response:
            yield response
