"""The ways on which an image may come, and what is sent and accepted on each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus

from crawler.downloads import response_checks
from crawler.downloads.answers import Answer
from crawler.downloads.attempt_log import AttemptLog, build_capture
from crawler.downloads.client import Client
from crawler.downloads.host_limits import Slot
from crawler.downloads.image_request import Download, ImageRequest
from crawler.downloads.referers import ASKED_ONCE, Ladder, Sender
from crawler.errors import Fault, NotAnImage, Placeholder
from crawler.models import Redirect


class Route(ABC):
    """One way to an image, from its first request to what comes at its end."""

    url: str
    """Where it begins."""

    @abstractmethod
    def headers(self, url: str) -> Mapping[str, str]:
        """Return what to send to *url*, where the route begins or which it led to."""

    @abstractmethod
    def receive(self, answer: Answer, redirects: tuple[Redirect, ...]) -> Download:
        """Return what came at the end of the redirects. Raises ArchiveError where it is no image.

        The place at the host is left as soon as nothing more will be asked there.
        """

    def follow(self, answer: Answer, target: str) -> str:  # noqa: ARG002 - for those that look
        """Return where to go on to after *answer*, which redirects to *target*."""
        return target

    def judge(self, fault: Fault, body: bytes) -> Fault:  # noqa: ARG002 - as above
        """Return what it means here that the bytes were refused with *fault*."""
        return fault

    def turn(self, fault: Fault) -> bool:  # noqa: ARG002 - as above
        """Return whether to ask at once again, in another way, after *fault*."""
        return False

    def verdict(self, fault: Fault) -> Fault:
        """Return what the last try means that ended in *fault*, for those before it."""
        return fault


class LiveRoute(Route):
    """The image's own server, asked with one Referer after the other while it refuses."""

    def __init__(
        self, request: ImageRequest, client: Client, ladder: Ladder, slot: Slot, log: AttemptLog
    ) -> None:
        self.url = request.url
        self._request = request
        self._client = client
        self._ladder = ladder
        self._slot = slot
        self._log = log

    def headers(self, url: str) -> Mapping[str, str]:
        """Return what to send to *url*, with the Referer whose turn it is."""
        sent = self._ladder.referer(url)
        self._log.referers[sent] = None
        headers = {**self._request.accepts, **self._request.conditions(url)}
        return headers if sent is None else {**headers, "Referer": sent}

    def receive(self, answer: Answer, redirects: tuple[Redirect, ...]) -> Download:
        """Return what came. Raises ArchiveError where HTTP says that it is no image."""
        conditions = self._request.conditions(answer.url)
        same = answer.status == HTTPStatus.NOT_MODIFIED and bool(conditions)
        if not same:
            self._client.accept(answer)
        doubt = response_checks.doubt(self.url, answer.url) if redirects and not same else None
        if doubt is not None and not self._ladder.is_last():
            raise Placeholder(self.url, doubt)
        if not (self._slot.stays or response_checks.is_text(answer.body)):
            self._slot.leave()
        return Download(
            capture=build_capture(answer, redirects, referer=self._ladder.sent),
            body=answer.body,
            last=self._ladder.is_last(),
            doubt=doubt,
        )

    def judge(self, fault: Fault, body: bytes) -> Fault:
        """Return *fault*; who shows words in an image's place may show the image to others."""
        if not issubclass(fault.kind, NotAnImage):
            return fault
        return replace(fault, refusal=response_checks.is_text(body))

    def turn(self, fault: Fault) -> bool:
        """Return whether another Referer is left for a server that refuses."""
        if not (fault.refusal and self._ladder.climb(fault)):
            return False
        self._slot.stays = True
        return True

    def verdict(self, fault: Fault) -> Fault:
        """Return what the first Referer was told, which is what a browser would be."""
        return self._ladder.verdict or fault if fault.refusal else fault


def build_ladder(request: ImageRequest, client: Client) -> Ladder:
    """Return the Referers for *request*; of a document's host nothing is learned."""
    sender = Sender(
        policy=request.referrer_policy,
        article=request.post_url,
        table=client.policy.referers,
    )
    host = client.hosts.of(request.url) if request.tries_referers else ASKED_ONCE
    return Ladder(sender, host, liked=request.liked)
