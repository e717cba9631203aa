"""What a field of a record may hold: one rule for each, which whoever reads a record applies.

A manifest, a journal, a catalog may be a stranger's. The codec refuses what these types forbid, and
the JSON Schema of the manifest is made of them. What fields must be together stands in
`grounds.rules`.

Patterns are read by Python and by JSON Schema, in which ``$`` is the end of the text and nothing
else; in Python it stands before a last line feed, too.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

_END: Final = r"(?!\n)$"
_LARGEST: Final = 2**53 - 1
"""That every reader of JSON has exactly (RFC 8259, 6)."""
_MOST: Final = 2**31 - 1

Origin = Literal[
    "front-matter",
    "markdown-image",
    "markdown-link",
    "attribute-list",
    "wiki-embed",
    "template-tag",
    "liquid-include",
    "hugo-shortcode",
    "jsx-attribute",
    "mdx-import",
    "a-href",
    "img-src",
    "img-srcset",
    "source-srcset",
    "lazy-attribute",
    "data-attrs",
    "input-src",
    "video-poster",
    "svg-image",
    "object-data",
    "embed-src",
    "background",
    "amp-img",
    "style-url",
    "meta-image",
    "link-image",
    "json-ld",
]
"""The constructs that can name an image."""

Code = Literal[
    "http-error",
    "not-found",
    "gone",
    "forbidden",
    "unauthorized",
    "rate-limited",
    "server-error",
    "host-not-found",
    "connection-failed",
    "timed-out",
    "tls-failed",
    "too-many-redirects",
    "disallowed-by-robots",
    "address-not-allowed",
    "unsupported-scheme",
    "invalid-reference",
    "no-base-url",
    "too-large",
    "too-many-pixels",
    "empty",
    "truncated",
    "not-an-image",
    "undecodable",
    "decoder-crashed",
    "placeholder",
    "excluded",
    "not-chosen",
    "tracking-pixel",
]
"""Of failures; `errors` says what each means."""

MediaType = Literal[
    "image/png",
    "image/apng",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/jxl",
    "image/bmp",
    "image/x-icon",
    "image/tiff",
    "image/svg+xml",
]
"""Of what is archived."""

ReferrerPolicy = Literal[
    "no-referrer",
    "no-referrer-when-downgrade",
    "origin",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]
"""https://w3c.github.io/webappsec-referrer-policy/#referrer-policies"""

ManifestSchema = Literal["image-archiver/manifest/1"]
JournalSchema = Literal["image-archiver/localized/1"]

Encoding = Literal["utf-8", "utf-16-le", "utf-16-be"]
"""Of an article into which local links were written."""

Digest = Annotated[str, Meta(pattern="^sha256:[0-9a-f]{64}$", max_length=71)]
PerceptualHash = Annotated[str, Meta(pattern="^[0-9a-f]{16}$", max_length=16)]
Colour = Annotated[str, Meta(pattern="^#[0-9a-f]{6}$", max_length=7)]

_DAY: Final = (
    "(?:(?!0000)[0-9]{4}-(?:"
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?!0000)(?:[02468][048]|[13579][26])00)-02-29)"
)
Moment = Annotated[
    str,
    Meta(
        pattern=f"^{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$",
        max_length=20,
        extra_json_schema={"format": "date-time"},
    ),
]
"""A day that there is, as `grounds.dates` writes it."""

_NAME: Final = r'(?!\.)[^\x00-\x1f\x7f-\x9f<>:"/\\|?*]+'
"""Of a file of ours: not hidden, and with nothing in it that a file system takes for more."""
_LONGEST_PATH: Final = 512
ImagePath = Annotated[
    str, Meta(pattern=rf"^images/{_NAME}\.[a-z]{{3,4}}{_END}", max_length=_LONGEST_PATH)
]
CopyPath = Annotated[
    str,
    Meta(
        pattern=rf"^(?:converted|thumbnails)/{_NAME}\.[a-z]{{3,4}}{_END}",
        max_length=_LONGEST_PATH,
    ),
]
ProfileName = Annotated[str, Meta(pattern=f"^(?:converted|thumbnail-[1-9][0-9]{{0,4}}){_END}")]

_ARTICLE: Final = r"\.(?:[mM][dD]|[mM][aA][rR][kK][dD][oO][wW][nN]|[mM][dD][xX]|[hH][tT][mM][lL]?)"
ArticlePath = Annotated[
    str, Meta(pattern=rf"^(?:article\.(?:md|html)|(?:index|\.\./[^/\x00]+){_ARTICLE}){_END}")
]
"""The copy in the bundle; in place the author's own file in the bundle, or beside it."""
LocalArticle = Annotated[str, Meta(pattern=rf"^article\.local\.(?:md|html){_END}")]

_COMPONENT: Final = r'(?!\.\.?(?:/|$))[^\x00-\x1f\x7f<>:"/\\|?*]+'
PostId = Annotated[str, Meta(pattern=f"^{_COMPONENT}(?:/{_COMPONENT})*{_END}")]
"""What `grounds.paths.safe_path` makes, in any version: it is where the bundle stands."""

HttpUrl = Annotated[str, Meta(pattern=rf"^https?://[^\x00-\x20\x7f]+{_END}")]
"""Absolute and normalised."""

# What is sent to a server must be no more than one line of its header: RFC 9110, 5.5.
HeaderName = Annotated[str, Meta(pattern=rf"^[^\x00-\x20\x7f:]+{_END}")]
HeaderValue = Annotated[str, Meta(pattern=rf"^[^\x00\r\n]*{_END}")]
Status = Annotated[int, Meta(ge=100, le=999)]

Size = Annotated[int, Meta(ge=0, le=_LARGEST)]
"""Bytes."""
Pixels = Annotated[int, Meta(ge=1, le=_LARGEST)]
Frames = Annotated[int, Meta(ge=1, le=_MOST)]
Count = Annotated[int, Meta(ge=0, le=_MOST)]
Offset = Annotated[int, Meta(ge=0, le=_LARGEST)]
