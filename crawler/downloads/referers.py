"""The Referer ladder: what to send first, and what next to a server that refuses.

The first rung is what a browser showing the post would send. Servers that refuse strangers differ
in whom they let in, so the others are tried in turn, each once; what worked at a host comes first
for its next image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol

from crawler.common import urls
from crawler.downloads.address_guard import is_of_private_network
from crawler.errors import Fault, Placeholder

_Part = Literal["url", "origin"] | None
"""How much of the article's URL is told."""
_POLICIES: dict[str, tuple[_Part, _Part, _Part]] = {
    "no-referrer": (None, None, None),
    "no-referrer-when-downgrade": ("url", "url", None),
    "same-origin": ("url", None, None),
    "origin": ("origin", "origin", "origin"),
    "strict-origin": ("origin", "origin", None),
    "origin-when-cross-origin": ("url", "origin", "origin"),
    "strict-origin-when-cross-origin": ("url", "origin", None),
    "unsafe-url": ("url", "url", "url"),
}
"""What each policy tells the same origin, another one, and one that is less safe.

Source: https://www.w3.org/TR/referrer-policy/#referrer-policies
"""
_BROWSERS_DEFAULT = "strict-origin-when-cross-origin"
_LONGEST = 4096
"""https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer, step 6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """On whose behalf an image is asked for, as far as a Referer tells of it."""

    policy: str | None = None
    """The reference's own referrer policy, by its standard name."""
    article: str | None = None
    """The URL of the post, if it has one."""
    table: tuple[tuple[str, str], ...] = ()
    """Hosts with the URL that a person wants to be sent to them and to their subdomains."""

    def article_for(self, image: str) -> str | None:
        """Return the article's URL if the image's server may hear of it at all.

        What is published in a private network is nobody's business outside.
        """
        if self.article is None or urls.scheme(self.article) not in urls.NETWORK_SCHEMES:
            return None
        article = urls.resolve(self.article, None)
        if article is None:
            return None
        told = is_of_private_network(article) and not is_of_private_network(image)
        return None if told else article


def _by_policy(sender: Sender, image: str) -> str | None:
    """What a browser sends.

    Source: https://www.w3.org/TR/referrer-policy/#determine-requests-referrer
    """
    article = sender.article_for(image)
    if article is None:
        return None
    same, other, downgraded = _POLICIES.get(sender.policy or "", _POLICIES[_BROWSERS_DEFAULT])
    if urls.origin(article) == urls.origin(image):
        part = same
    else:
        part = downgraded if _is_downgrade(article, image) else other
    return _origin_url(article) if part == "origin" else article if part else None


def _is_downgrade(article: str, image: str) -> bool:
    return urls.scheme(article) == "https" and urls.scheme(image) != "https"


def _none(_sender: Sender, _image: str) -> str | None:
    return None


def _article(sender: Sender, image: str) -> str | None:
    """The article's URL in full, against the browsers' default.

    Only its origin goes from https to plain http: who checks a Referer looks at the host, and what
    the article's readers fetched in secret is not to be read by everybody on the way.
    """
    article = sender.article_for(image)
    if article is None:
        return None
    in_part = _is_downgrade(article, image) or len(article) > _LONGEST
    return _origin_url(article) if in_part else article


def _origin(_sender: Sender, image: str) -> str | None:
    return _origin_url(image)


def _table(sender: Sender, image: str) -> str | None:
    host = f".{urls.host(image)}"
    fitting = [entry for entry in sender.table if host.endswith(f".{entry[0]}")]
    return max(fitting, key=lambda entry: len(entry[0]))[1] if fitting else None


def _origin_url(url: str) -> str:
    return f"{urls.origin(url)}/"


RUNGS: dict[str, Callable[[Sender, str], str | None]] = {
    "policy": _by_policy,
    "none": _none,
    "article": _article,
    "origin": _origin,
    "table": _table,
}
"""Each rung with the Referer that it sends for an image, in the order in which they are tried."""


class Memory(Protocol):
    """What a run has learned of a host so far."""

    @property
    def liked(self) -> str | None:
        """The rung to begin with, if one is known."""

    @property
    def climbs(self) -> bool:
        """Whether there is any use in the other rungs."""

    def refused(self) -> None:
        """Note that no rung was of any use."""

    def let_in(self, learned: str | None) -> None:
        """Note that the image came, and the rung that was *learned* from it, if one was."""


class _AskedOnce:
    """Memory of a host that is asked with one Referer only, of which nothing is learned."""

    liked: str | None = None
    climbs = False

    def refused(self) -> None:
        """Learn nothing."""

    def let_in(self, learned: str | None) -> None:
        """Learn nothing."""


ASKED_ONCE: Memory = _AskedOnce()


class Ladder:
    """Where one image stands on the ladder.

    It begins when the first request is about to be sent, with what is known of the host then. A
    rung that would send what the refusing server has had already is passed over.
    """

    def __init__(self, sender: Sender, host: Memory, *, liked: str | None = None) -> None:
        self._sender = sender
        self._host = host
        self._liked = liked
        self._rung: str | None = None
        self._left = list(RUNGS)
        self._url = ""
        self.sent: str | None = None
        """What was sent last."""
        self._had: set[tuple[str, str | None]] = set()
        self._refusal: Fault | None = None
        self._stand_in: str | None = None
        self.keeps_stand_in = False
        """Whether nothing better was to be had than what had been refused as a stand-in."""

    @property
    def learned(self) -> str | None:
        """The rung, if another was refused before it."""
        return self._rung if self._refusal and not self.keeps_stand_in else None

    def referer(self, url: str) -> str | None:
        """Return what to send to *url*, the image's or one that it redirects to."""
        if self._rung is None:
            self._go_to(next((r for r in (self._host.liked, self._liked) if r in RUNGS), "policy"))
        sent = RUNGS[self._rung or ""](self._sender, url)
        self._url = url
        self._had.add((url, sent))
        self.sent = sent
        return sent

    def is_last(self) -> bool:
        """Return whether there is nothing else to try."""
        return self.keeps_stand_in or next(self._others(), None) is None

    def climb(self, refusal: Fault) -> bool:
        """Go on to the next rung after *refusal*, and return whether there is one.

        After the last, a stand-in that was refused for something better is asked for once more. The
        host learns how it ended.
        """
        self._refusal = self._refusal or refusal
        if issubclass(refusal.kind, Placeholder) and self._stand_in is None:
            self._stand_in = self._rung
        following = next(self._others(), None)
        if following is None and not self.keeps_stand_in:
            self.keeps_stand_in = self._stand_in is not None
            following = self._stand_in
        if following is None:
            self._host.refused()
            return False
        self._go_to(following)
        return True

    def arrive(self, *, doubted: bool) -> None:
        """Note that an image came, and let the host learn of it."""
        if doubted or self.keeps_stand_in:
            self._host.refused()
        else:
            self._host.let_in(self.learned)

    @property
    def verdict(self) -> Fault | None:
        """What the first rung was told, which is what a browser would be."""
        return self._refusal

    def _go_to(self, rung: str) -> None:
        self._rung = rung
        if rung in self._left:
            self._left.remove(rung)

    def _others(self) -> Iterator[str]:
        left = self._left if self._host.climbs else []
        return (
            rung
            for rung in left
            if (self._url, RUNGS[rung](self._sender, self._url)) not in self._had
        )
