"""What the page names: images that must be there, fakes, and what a guest does not ask for.

The first segment of a path is a route of `tests.site`; the last segment, without its endings, is
the key of the case, by which a kept file is found again in every tool's folder.
"""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, field
from urllib.parse import unquote

from PIL import Image, ImageDraw

from tests.site import Answer, Site, picture, png

ARTICLE = "http://blog.example/2021/12/scoreboard.html"
PUBLIC = ".example"
"""How the name of every host ends that may be asked."""
DISALLOWED = "/disallowed/"
_IMG = '<p><img src="{url}">'


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One image of the page."""

    url: str
    shows: bytes | None = None
    """The picture that must be there; None where nothing may be presented as this image."""
    forbidden: bool = False
    """Whether asking for it is a fault by itself."""
    written: str = _IMG
    answer: Answer | None = field(default=None, repr=False)
    """What the site answers where it has no route for it."""

    @property
    def key(self) -> str:
        """What tells it from all others, in a URL as in a file name."""
        return key_of(self.url)

    @property
    def target(self) -> str:
        """What stands on the request line."""
        return "/" + self.url.partition("//")[2].partition("/")[2]


def key_of(text: str) -> str:
    """Return the last segment of a URL, or a file's name, without its query and endings.

    >>> key_of("http://a.example/b/c.png?d=/e.f"), key_of("c.png.html"), key_of("c.png?d=%2Fe.f")
    ('c', 'c', 'c')
    """
    return unquote(text.partition("?")[0].rpartition("/")[2]).partition(".")[0]


def forbidden(host: str, path: str) -> bool:
    """Return whether a guest who obeys robots.txt and stays in public asks for this."""
    return not host.endswith(PUBLIC) or path.startswith(DISALLOWED)


def prepare(site: Site) -> None:
    """Let *site* serve the page, and what the cases need beyond its routes."""
    site.serve("/2021/12/scoreboard.html", page(), media_type="text/html; charset=utf-8")
    for case in CASES:
        if case.answer is not None:
            site.on(case.target, functools.partial(_answer, case.answer))


def page() -> str:
    """Return the page that names every case."""
    places = "\n".join(case.written.format(url=case.url) for case in CASES)
    title = "A page of many images"
    return (
        f"<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title></head>\n"
        f"<body><article><h1>{title}</h1>\n{places}\n</article></body></html>\n"
    )


def _answer(answer: Answer, _exchange: object) -> Answer:
    return answer


def _there(path: str, *, host: str = "static", written: str = _IMG) -> Case:
    shows = picture(path.partition("?")[0])
    return Case(url=f"http://{host}.example{path}", shows=shows, written=written)


def _served(path: str, body: bytes, media_type: str = "image/png", *, written: str = _IMG) -> Case:
    url = f"http://static.example{path}"
    answer = Answer(body=body, media_type=media_type)
    return Case(url=url, shows=body, written=written, answer=answer)


def _moved(path: str, status: int, location: str, *, shows: str = "") -> Case:
    answer = Answer(status=status, media_type=None, headers={"Location": location})
    seed = shows or "/" + location.partition("//")[2].partition("/")[2]
    return Case(url=f"http://moved.example{path}", shows=picture(seed), answer=answer)


def _fake(path: str, *, host: str = "fakes", body: bytes | None = None) -> Case:
    answer = None if body is None else Answer(body=body)
    return Case(url=f"http://{host}.example{path}", answer=answer)


def _private(url: str) -> Case:
    return Case(url=url, forbidden=True)


def _animation() -> bytes:
    frames = []
    for number in range(4):
        frame = Image.new("RGB", (320, 240), "navy")
        ImageDraw.Draw(frame).ellipse((60 * number, 60, 60 * number + 90, 150), "orange")
        frames.append(frame)
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
    return file.getvalue()


def _transparent() -> bytes:
    # Where nothing is to be seen, a colour is hidden, as painting programs leave it.
    image = Image.new("RGBA", (320, 240), (255, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((80, 40, 240, 200), (0, 90, 160, 255))
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60"><path d="M9 9h50v40z"/></svg>'
)
_WHITE = png(b"\xff" * (480 * 320 * 3), (480, 320))
_STATIC = "http://static.example/ok"

FORMATS = (
    *(_there(f"/ok/a-{kind}.{kind}") for kind in ("png", "jpg", "webp", "gif", "avif", "bmp")),
    _there("/ok/a-tif.tif"),
    _there("/ok/a-ico.ico"),
    _served("/drawing.svg", _SVG, "image/svg+xml"),
    _served("/animation.gif", _animation(), "image/gif"),
    _served("/transparent.png", _transparent()),
)
"""Every format that browsers show, animation and transparency."""

DELIVERY = (
    _there("/wrong-type/declared-as-page.png", host="delivery"),
    _there("/no-type/no-type.png", host="delivery"),
    _served("/a-png-in-truth.jpg", picture("in truth.png"), "image/jpeg"),
    _there("/ok/without-ending", host="delivery"),
    _there("/gzipped/gzipped.png", host="delivery"),
    _there("/chunked/chunked.png", host="delivery"),
    _there("/no-length/no-length.png", host="delivery"),
    _there("/not-for-robots/no-archive.png", host="delivery"),
    _moved("/found.png", 302, "http://moved.example/ok/new-place.png"),
    _moved("/for-good.png", 308, "http://elsewhere.example/ok/new-host.png"),
    _moved("/four-hops.png", 301, "http://moved.example/redirect-chain/3", shows="/ok.png"),
)
"""Whole images, however the server sends them."""

NAMED = (
    _there("/ok/no-scheme.png", written='<p><img src="//static.example/ok/no-scheme.png">'),
    _there("/ok/from-root.png", host="blog", written='<p><img src="/ok/from-root.png">'),
    _there("/ok/from-here.png", host="blog", written='<p><img src="../../ok/from-here.png">'),
    _served(
        "/signed.png?w=480&h=320",
        picture("signed.png"),
        written='<p><img src="http://static.example/signed.png?w=480&amp;h=320">',
    ),
    _there("/ok/two%20words.png", written='<p><img src="http://static.example/ok/two words.png">'),
    _there("/ok/gr%C3%B6%C3%9Fe.png", written=f'<p><img src="{_STATIC}/größe.png">'),
    _there(
        "/ok/largest.png",
        written=f'<p><img src="{_STATIC}/smallest.png" srcset="{_STATIC}/smallest.png 480w,'
        ' {url} 1600w">',
    ),
    _there("/ok/lazy.png", written=f'<p><img src="{_STATIC}/spinner.gif" data-src="{{url}}">'),
    _there(
        "/ok/full-size.png", written=f'<p><a href="{{url}}"><img src="{_STATIC}/preview.png"></a>'
    ),
    _there("/ok/background.png", written='<p style="background-image: url({url})">A figure.'),
    _there("/ok/five-times.png", written=_IMG * 5),
)
"""The ways in which pages name an image."""

PATIENCE = (
    _there("/flaky/third-time.png", host="patience"),
    _there("/broken-off-once/broken-off.png", host="patience"),
    _there("/retry-after/in-a-moment.png", host="patience"),
    _there("/retry-after-date/after-a-date.png", host="patience"),
    _there("/rate-limited-once/slow-down.png", host="patience"),
)
"""Images that come to those who ask again."""

REFUSALS = (
    _there("/needs-referer/any-referer.png", host="club"),
    _there(
        "/needs-referer/told-not-to.png",
        host="members",
        written='<p><img referrerpolicy="no-referrer" src="{url}">',
    ),
    _there(f"/needs-this-referer/this-article.png?{ARTICLE}", host="loyal"),
    _there("/needs-own-referer/own-pages.png", host="own"),
    _there("/no-referer-allowed/no-referer.png", host="shy"),
    _there("/login-without-referer/login.png", host="doorman"),
    _there(
        "/page-without-referer/page.png",
        host="welcome",
        written='<p><img referrerpolicy="no-referrer" src="{url}">',
    ),
    _there(
        "/redirect-strangers/redirected.png",
        host="detour",
        written='<p><img referrerpolicy="no-referrer" src="{url}">',
    ),
)
"""Images for those who come from the right page; each at a host of its own, since they differ."""

FAKES = (
    *(
        _fake(f"/{route}/{route}-fake.png")
        for route in (
            "html",
            "html-as-png",
            "json-as-png",
            "text",
            "binary",
            "picture-not-found",
            "forbidden",
            "gone",
            "empty",
            "no-content",
            "pixel",
            "broken",
            "redirect-to-nowhere",
            "redirect-to-stand-in",
        )
    ),
    _fake("/blank.png", body=_WHITE),
    *(_fake(f"/half/half-{kind}.{kind}", host="halves") for kind in ("png", "jpg", "webp", "gif")),
    *(_fake(f"/truncated/short-{kind}.{kind}", host="halves") for kind in ("png", "jpg")),
    *(_fake(f"/cut-chunked/cut-{kind}.{kind}", host="halves") for kind in ("png", "jpg")),
    *(_fake(f"/stand-in/stand-in-{number}.png", host="stand-ins") for number in range(6)),
    *(
        _fake(f"/{route}/{route}-fake.png", host="trouble")
        for route in ("server-error", "hang-up", "garbage")
    ),
    _fake("/rate-limited/rate-limited-fake.png", host="busy"),
)
"""Answers that are no image, no whole image, or not the image of this URL."""

OFF_LIMITS = (
    Case(url="http://members.example/disallowed/robots-txt.png", forbidden=True),
    Case(url="http://moved.example/redirect-to-disallowed/to-robots-txt.png", forbidden=True),
    _private("http://10.0.0.1/ok/private.png"),
    _private("http://[::ffff:192.168.0.1]/ok/mapped.png"),
    _private("http://2130706433/ok/decimal.png"),
    _private("http://static.example/redirect-to-private/169.254.169.254/ok/metadata.png"),
)
"""What robots.txt disallows, and addresses that are not public."""

CASES = FORMATS + DELIVERY + NAMED + PATIENCE + REFUSALS + FAKES + OFF_LIMITS

assert len({case.key for case in CASES}) == len(CASES), "two cases have one key"
