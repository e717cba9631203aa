"""What each key of a manifest means: the words of its schema and of the page made from it."""

from __future__ import annotations

_SIZE = "In bytes."
_DIGEST = "`sha256:` and the SHA-256 of the file's bytes in hexadecimal."
_INSIDE = "Of the file, relative to the manifest, POSIX."
_AS_SHOWN = "In pixels, as displayed: the orientation that its metadata asks for is applied."
_MEDIA_TYPE = "What the bytes are, told from the bytes alone."
_DATE = "RFC 3339, UTC, with `Z`."

DESCRIPTIONS: dict[tuple[str, str], str] = {
    ("Manifest", "schema"): "Which version this is. A reader refuses one that it does not know.",
    ("Manifest", "agent"): "The program that wrote it, and its version.",
    ("Manifest", "post"): "The article, and what it says of itself.",
    ("Manifest", "summary"): "How many there are; the entries can be counted for the same.",
    ("Manifest", "entries"): "One for each image URL, in the order of the article.",
    ("PostRecord", "id"): "The path of the article below its source, or host and path of a page.",
    ("PostRecord", "source"): "Relative to the SOURCE that was given; of a page, its URL.",
    ("PostRecord", "url"): "Where it was published, if it says so itself.",
    ("PostRecord", "title"): "As the front matter, the page or the feed has it.",
    ("PostRecord", "author"): "As the front matter, the page or the feed has it.",
    ("PostRecord", "date"): f"When it was published. {_DATE}",
    ("PostRecord", "article"): "The article as it was read.",
    ("PostRecord", "problems"): (
        "What was odd about it, in words: broken front matter, for one. docs/failures.md says which"
        " may have cost images."
    ),
    ("ArticleRecord", "path"): "Relative to the manifest; in place it leads out of the bundle.",
    ("ArticleRecord", "digest"): _DIGEST,
    ("ArticleRecord", "size"): _SIZE,
    ("Summary", "references"): "Places that name an image.",
    ("Summary", "entries"): "Image URLs, each counted once.",
    ("Summary", "archived"): "Entries whose image is here.",
    ("Summary", "suspect"): "Entries that have an image which looks like a stand-in.",
    ("Summary", "failed"): "Entries without an image.",
    ("Summary", "skipped"): "Entries that were left out on purpose.",
    ("Summary", "size"): "Bytes of the originals.",
    ("Entry", "url"): (
        "Absolute and normalised as browsers do; the destination as written where there is nothing"
        " to resolve it against; `data:<media type>;sha256=<hex>` for an image in the text itself."
    ),
    ("Entry", "state"): "What became of it, in one word.",
    ("Entry", "references"): (
        "Every place that names it; none where the post names it no longer, and it is kept."
    ),
    ("Entry", "capture"): "The fetch that brought what is kept.",
    ("Entry", "original"): "The image, exactly as it came.",
    ("Entry", "derivatives"): "What was made from the original: a converted copy, thumbnails.",
    ("Entry", "failure"): (
        "Why there is no image, or why what is kept is suspect. Of an archived entry: what its"
        " server answered when the image was asked for again and was gone; null while the server"
        " has it."
    ),
    ("Entry", "earlier"): (
        "Former versions, newest first. Where the same bytes came back, two versions name the same"
        " files."
    ),
    ("Reference", "origin"): "The construct that names the image.",
    ("Reference", "location"): "`line 14` of the article, or the key of the front matter.",
    ("Reference", "destination"): (
        "The value as a parser of the post's language gives it: entities and escapes resolved,"
        " nothing else."
    ),
    ("Reference", "alt"): "The text in the image's place, where the construct has one.",
    ("Reference", "referrer_policy"): "The reference's own, which is obeyed.",
    ("Failure", "code"): "Stable; docs/failures.md says what to do about each.",
    ("Failure", "detail"): "What was seen, in words.",
    ("Failure", "permanent"): "Whether it is asked for again by `retry` alone.",
    ("Failure", "runs"): "How many runs have tried.",
    ("Failure", "attempts"): "Requests that the last of them made.",
    ("Failure", "tried_referers"): "What was sent as Referer, in that order; null is none.",
    ("Failure", "next_attempt"): f"Before this time no run asks. {_DATE}",
    ("Capture", "via"): (
        "`live` from its server, `file` from the source folder, `data` from the text itself,"
        " `memento` from an archive of the web."
    ),
    ("Capture", "date"): f"When it was asked for; of a memento, when that was captured. {_DATE}",
    ("Capture", "url"): "Where the answer came from, after redirects.",
    ("Capture", "status"): "The status of HTTP.",
    ("Capture", "redirects"): "The hops before, the first of them first.",
    ("Capture", "referer"): "What was sent; null is none.",
    ("Capture", "attempts"): "Requests that it took.",
    ("Capture", "declared_media_type"): "What the server called it, which is often wrong.",
    ("Capture", "etag"): "The validator for the next conditional request.",
    ("Capture", "last_modified"): "The validator for the next conditional request.",
    ("Capture", "headers"): "Of the answer, in their order; never Set-Cookie.",
    ("Redirect", "url"): "That redirected.",
    ("Redirect", "status"): "The status of HTTP.",
    ("Original", "path"): _INSIDE,
    ("Original", "digest"): _DIGEST,
    ("Original", "size"): _SIZE,
    ("Original", "media_type"): _MEDIA_TYPE,
    ("Original", "width"): f"{_AS_SHOWN} Null where a vector image does not say.",
    ("Original", "height"): f"{_AS_SHOWN} Null where a vector image does not say.",
    ("Original", "frames"): "More than one where it moves.",
    ("Original", "perceptual_hash"): (
        "64 bits in hexadecimal: pictures that look alike differ in few of them. Null for vector"
        " images."
    ),
    ("Original", "average_color"): "`#rrggbb`, for the place of a picture that is not loaded yet.",
    ("Derivative", "profile"): "`converted`, or `thumbnail-` and its longest edge.",
    ("Derivative", "path"): _INSIDE,
    ("Derivative", "digest"): _DIGEST,
    ("Derivative", "size"): _SIZE,
    ("Derivative", "media_type"): _MEDIA_TYPE,
    ("Derivative", "width"): "In pixels.",
    ("Derivative", "height"): "In pixels.",
    ("Derivative", "frames"): "More than one where it moves.",
    ("Version", "capture"): "The fetch that brought it.",
    ("Version", "original"): "The image, exactly as it came.",
    ("Version", "derivatives"): "What was made from it.",
}
"""By record and key."""
