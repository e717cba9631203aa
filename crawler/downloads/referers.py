"""What to send as Referer, by the post's own policy.

Source: https://www.w3.org/TR/referrer-policy/#determine-requests-referrer, as Scrapy implements it.
"""

from __future__ import annotations

from scrapy.spidermiddlewares import referer as scrapy_referer

from crawler.grounds import urls

_POLICIES: dict[str, scrapy_referer.ReferrerPolicy] = {
    kind.name: kind()
    for kind in (
        scrapy_referer.NoReferrerPolicy,
        scrapy_referer.NoReferrerWhenDowngradePolicy,
        scrapy_referer.SameOriginPolicy,
        scrapy_referer.OriginPolicy,
        scrapy_referer.StrictOriginPolicy,
        scrapy_referer.OriginWhenCrossOriginPolicy,
        scrapy_referer.StrictOriginWhenCrossOriginPolicy,
        scrapy_referer.UnsafeUrlPolicy,
    )
}
_BROWSERS_DEFAULT = "strict-origin-when-cross-origin"


def referer(policy: str | None, post_url: str | None, image_url: str) -> str | None:
    """Return the Referer for *image_url* as a browser showing the post would send it, or None.

    A post without a URL of its own has nothing to send.

    >>> referer(None, "https://blog.example/a?b#c", "https://cdn.example/x.png")
    'https://blog.example/'
    >>> referer("no-referrer", "https://blog.example/a", "https://blog.example/x.png") is None
    True
    """
    if post_url is None or urls.scheme(post_url) not in urls.NETWORK_SCHEMES:
        return None
    chosen = _POLICIES.get(policy or _BROWSERS_DEFAULT, _POLICIES[_BROWSERS_DEFAULT])
    return chosen.referrer(post_url, image_url)
