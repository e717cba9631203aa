"""Offline pages: the gallery of an archive, and a page for each bundle.

`update` goes through the posts and makes what changed; `ledger` remembers what was made of which
manifest. A post's page is its article (`article`: `sanitiser` has the last word on its HTML,
`post_images` puts the local images in their places) and the facts of its images (`image_facts`).
The gallery is a few small pages (`archive_pages`) over data that stands in scripts (`rows`,
`data_scripts`), because a page that is opened from a disk may read nothing else. `similar_images`
groups pictures that look the same.
"""

from __future__ import annotations

from crawler.gallery.update import PagesReport, write_pages

__all__ = ["PagesReport", "write_pages"]
