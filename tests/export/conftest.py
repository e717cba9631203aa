"""One archive for all formats: what a run over a small blog leaves, good and bad."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Workshop, image
from tests.site import Answer, Site, picture

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title></head>
<body><article><h1>A page</h1><p>Words.</p><img src="/ok/of-a-page.png" alt="an image"></article>
</body></html>"""


@pytest.fixture(scope="session")
def blog_archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """A workshop whose archive has posts in several languages, states and ways of coming there.

    Nobody may write to it.
    """
    workshop = Workshop(tmp_path_factory.mktemp("blog"))
    workshop.blog.mkdir()
    data = base64.b64encode(picture("/data.png", size=(8, 8))).decode()
    with Site() as site:
        site.serve("/twin.png", picture("/ok.png"))
        moved = {"Location": "/ok/moved.png"}
        site.on("/moved.png", lambda _: Answer(status=302, media_type=None, headers=moved))
        site.serve("/page", PAGE, media_type="text/html")
        workshop.write(
            "2021/空间站 & more.md",
            "---\ntitle: 空间站\nauthor: A\ndate: 2021-12-01\n---\n"
            + "".join(
                image(site.url(path), path)
                for path in ("/ok.png", "/moved.png", "/gone.png", "/twin.png", "/ok/2.webp")
            )
            + image(f"data:image/png;base64,{data}", "data"),
        )
        workshop.write("again.md", image(site.url("/ok.png")) + image("local.png"))
        (workshop.blog / "local.png").write_bytes(picture("/local.png", size=(9, 9)))
        workshop.write("none.md", "no image\n")
        workshop.run(workshop.blog, site.url("/page"))
        yield workshop


@pytest.fixture
def archive(blog_archive: Workshop) -> Path:
    """The archive; nobody may write to it."""
    return blog_archive.archive
