"""Resolve the aliases with which bundlers name the site's own folders.

Source: https://docusaurus.io/docs/markdown-features/assets, https://nuxt.com/docs/api/nuxt-config#alias
"""

from __future__ import annotations

from typing import Final

_ALIASES: Final = ("@site/", "@@/", "@/", "~~/", "~@/", "~/")
_PUBLISHED: Final = ("static/", "public/")
"""Folders whose content an engine publishes at ``/``."""


def without_alias(url: str) -> str:
    """Return *url* with an alias of the site's root as ``/``.

    >>> without_alias("@site/static/img/a.png"), without_alias("~/assets/a.png")
    ('/img/a.png', '/assets/a.png')
    >>> without_alias("@scope/package/a.png")
    '@scope/package/a.png'
    """
    if url[:1] not in {"@", "~"}:
        return url
    alias = next((alias for alias in _ALIASES if url.startswith(alias)), None)
    if alias is None:
        return url
    path = url.removeprefix(alias)
    folder = next((folder for folder in _PUBLISHED if path.startswith(folder)), "")
    return "/" + path.removeprefix(folder)
