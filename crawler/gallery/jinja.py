"""The templates of the pages, with the styles and the script that the package ships."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crawler import AGENT
from crawler.common.advice import when
from crawler.common.characters import visible
from crawler.common.formatting import counted, in_bytes
from crawler.gallery.links import web_link

_HERE: Final = Path(__file__).parent
_ASSETS: Final = _HERE / "assets"
_EDITION: Final = 3
"""Grows when the pages of unchanged posts change by what is no template and no asset."""

GALLERY_POLICY: Final = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; base-uri 'none';"
    " form-action 'none'"
)


def render(name: str, **values: object) -> bytes:
    """Return the page that the template *name* makes of *values*, all of them escaped."""
    return (_environment().get_template(name).render(**values) + "\n").encode("utf-8", "replace")


@cache
def asset(*names: str) -> str:
    """Return the text of assets of the package, one behind the other."""
    return "\n".join((_ASSETS / name).read_text(encoding="utf-8") for name in names)


@cache
def version() -> str:
    """Return what tells pages of this program from those of another one."""
    files = sorted([*_ASSETS.iterdir(), *(_HERE / "templates").iterdir()])
    text = b"\0".join(path.read_bytes() for path in files if path.is_file())
    return f"{AGENT} {_EDITION} {hashlib.sha256(text).hexdigest()}"


@cache
def post_policy() -> str:
    """Return the policy of the page of a post: of styles and scripts it lets its own through."""
    style, script = map(_source, _inline())
    return (
        f"default-src 'none'; img-src 'self'; style-src {style}; script-src {script};"
        " base-uri 'none'; form-action 'none'"
    )


def _inline() -> tuple[str, str]:
    """Return the style sheet and the script that stand in the page of a post."""
    return asset("page.css"), asset("lightbox.js", "post.js")


def _source(text: str) -> str:
    """Return the source expression of a policy that lets *text* through where it stands inline."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _inline()
    environment.globals.update(
        agent=AGENT,
        gallery_policy=GALLERY_POLICY,
        post_policy=post_policy(),
        # Text of this package, no word of it from a post.
        style=Markup(style),  # noqa: S704
        script=Markup(script),  # noqa: S704
    )
    environment.filters.update(when=when, in_bytes=in_bytes, visible=visible, web_link=web_link)
    environment.globals["counted"] = counted
    return environment
