"""Send one request as a guest: an honest User-Agent, no private address, no longer than allowed.

Whatever is fetched, every request of a run passes here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping

from crawler.common import urls
from crawler.common.stop_signal import StopFlag
from crawler.downloads import response_checks
from crawler.downloads.address_guard import blocked_port, refused_literal
from crawler.downloads.answers import Answer, Transport
from crawler.downloads.host_limits import Hosts
from crawler.downloads.retry_policy import Policy
from crawler.errors import (
    AddressNotAllowed,
    HttpError,
    InvalidReference,
    RateLimited,
    UnsupportedScheme,
)


class Client:
    """Sends the requests of a run, within the limits of a policy."""

    def __init__(self, transport: Transport, policy: Policy, stop: StopFlag) -> None:
        self.requests = 0
        """How many were made."""
        self.policy = policy
        self.stop = stop
        self.hosts = Hosts(policy.per_host, stop, delay=policy.delay)
        self._transport = transport

    @property
    def received(self) -> int:
        """How many bytes of bodies were received, whatever became of them."""
        return self._transport.received

    def get(
        self, url: str, headers: Mapping[str, str], *, max_bytes: int, seconds: float
    ) -> Awaitable[Answer]:
        """Return the answer to a request with *headers*, to be awaited; it raises ArchiveError.

        It is complete within *seconds*, and within the time of one attempt.
        """
        self.requests += 1
        return self._transport.get(
            url,
            headers,
            max_bytes=max_bytes,
            seconds=min(self.policy.timeout, seconds),
            verify=self.verifies(url),
        )

    def with_manners(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return *headers* that say who asks."""
        return {"User-Agent": self.policy.user_agent, **headers}

    def verifies(self, url: str) -> bool:
        """Return whether the TLS of the host is verified, where *url* has any."""
        return urls.scheme(url) != "https" or urls.host(url) not in self.policy.insecure_hosts

    def check_address(self, url: str) -> None:
        """Raise what forbids to connect for *url*, whoever asks."""
        if urls.scheme(url) not in urls.NETWORK_SCHEMES:
            raise UnsupportedScheme(url, f"{urls.scheme(url)}: is not fetched")
        port = blocked_port(url)
        if port is not None:
            raise AddressNotAllowed(url, f"port {port} is blocked, as in browsers")
        refused = None if self.policy.allow_private_addresses else refused_literal(url)
        if refused is not None:
            raise AddressNotAllowed(url, f"{refused} is not a public address")

    def accept(self, answer: Answer) -> None:
        """Raise the HttpError that the status means, or Empty; let the host pause if it asks to."""
        try:
            response_checks.check(answer)
        except HttpError as error:
            fault = error.fault
            if fault.retry_after is None and answer.status not in response_checks.ASKS_TO_WAIT:
                raise
            host = self.hosts.of(answer.url)
            seconds = self.policy.backoff if fault.retry_after is None else fault.retry_after
            if seconds <= self.policy.patience:
                host.pause(seconds, fault)
                raise
            detail = f"{fault.detail}, asks to wait {seconds:.0f} s"
            limited = RateLimited(answer.url, detail, retry_after=seconds, final=True)
            host.close(limited.fault)
            raise limited from error


def redirected(answer: Answer) -> str | None:
    """Return the URL that *answer* leads to, or None if it is no redirect.

    Raises InvalidReference where it leads to none.
    """
    target = response_checks.redirect_target(answer)
    if target is None:
        return None
    resolved = urls.resolve(target, answer.url)
    if resolved is None:
        shown = urls.without_credentials(target)
        raise InvalidReference(answer.url, f"redirects to {shown!r}, which is no URL")
    return resolved
