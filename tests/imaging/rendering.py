"""A picture rendered with the usual profiles, and what came of it."""

from __future__ import annotations

import io

from PIL import Image

from crawler.imaging import Limits, profiles
from crawler.imaging.render import render
from crawler.models import Rendition
from tests.imaging.writers import MemoryWriter


def rendered(payload: bytes, **limits: int) -> tuple[Rendition, dict[str, Image.Image]]:
    writer = MemoryWriter()
    rendition = render(
        payload,
        subject="x",
        profiles=profiles((96,), "jpeg"),
        limits=Limits(**limits),
        writer=writer,
    )
    made = {each.profile: writer.files[each.path] for each in rendition.derivatives}
    return rendition, {name: Image.open(io.BytesIO(content)) for name, content in made.items()}
