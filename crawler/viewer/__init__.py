"""Offline pages: the gallery of an archive, and a page for each bundle.

`pages` goes through the posts and makes what changed; `ledger` remembers what was made of which
manifest. A post's page is its article (`article`: `sanitiser` has the last word on its HTML,
`pictures` puts the local images in their places) and the facts of its images (`facts`). The gallery
is a few small pages (`gallery`) over data that stands in scripts (`rows`, `shards`), because a page
that is opened from a disk may read nothing else. `alike` groups pictures that look the same.
"""

from __future__ import annotations

from crawler.viewer.pages import PagesReport, write_pages

__all__ = ["PagesReport", "write_pages"]
