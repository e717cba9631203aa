"""What ``base``, ``meta`` and ``link`` say of the page, and the images that stand for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crawler.fields import ReferrerPolicy
from crawler.references.candidate import Mention
from crawler.references.html_element import REFERRER_POLICIES, Element
from crawler.references.origins import LINK_IMAGE, META_IMAGE
from crawler.references.srcset import choices

_META_IMAGES: Final = frozenset(
    {
        "image", "og:image", "og:image:secure_url", "og:image:url", "thumbnail", "thumbnailurl",
        "twitter:image", "twitter:image:src",
    }
)  # fmt: skip
"""https://ogp.me/#structured, the cards of Twitter, and microdata's itemprop."""

_LINK_IMAGES: Final = frozenset({"apple-touch-icon", "apple-touch-icon-precomposed", "image_src"})

_OLD_POLICIES: Final = {
    "never": "no-referrer",
    "default": "strict-origin-when-cross-origin",
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}
"""https://html.spec.whatwg.org/#meta-referrer, step 5."""


def referrer_policy(element: Element) -> ReferrerPolicy | None:
    """Return the policy that a ``meta name=referrer`` gives to the page."""
    if element.attributes.get("name", "").strip().lower() != "referrer":
        return None
    value = element.attributes.get("content", "").strip().lower()
    return REFERRER_POLICIES.get(_OLD_POLICIES.get(value, value))


def meta_images(element: Element) -> Iterator[Mention]:
    """Yield the image that a ``meta`` names."""
    attributes = element.attributes
    for key in ("property", "name", "itemprop"):
        if attributes.get(key, "").strip().lower() in _META_IMAGES and "content" in attributes:
            yield element.mention(META_IMAGE, attributes["content"])
            return


def link_images(element: Element) -> Iterator[Mention]:
    """Yield the image that a ``link`` names."""
    attributes = element.attributes
    relations = frozenset(attributes.get("rel", "").lower().split())
    preloaded = "preload" in relations and attributes.get("as", "").strip().lower() == "image"
    if not (preloaded or relations & _LINK_IMAGES):
        return
    yield element.mention(LINK_IMAGE, attributes.get("href", ""))
    for url, chosen in choices(attributes.get("imagesrcset", "")):
        yield element.mention(LINK_IMAGE, url, chosen=chosen)
