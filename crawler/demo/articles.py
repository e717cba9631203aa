"""The demo's articles, in the forms that blogs have: raw HTML in front of a feed, and Markdown."""

from __future__ import annotations

from pathlib import Path
from string import Template

from crawler.common.files import write_atomically
from crawler.demo.pictures import COMET, DISALLOWED, MOON, MOON_SMALL, PHOTOS, TRAILS
from crawler.demo.server import HOST, PAGE_PATH

_STATION = Path("2021/12/a-last-lap-around-the-station.md")
_OBSERVATORY = Path("2021/12/observatory.md")
_BROKEN = Path("2021/12/links-that-broke.md")


def write_posts(folder: Path, *, port: int, broken: bool) -> None:
    """Write the articles below *folder*; their pictures are on *port* of the loopback address.

    With *broken* there is one more, whose three images all fail; without, it is not there. A file
    that already reads so is left alone. Raises StorageError.
    """
    site = f"http://{HOST}:{port}"
    posts = {_STATION: _station(site), _OBSERVATORY: _observatory(site)}
    if broken:
        posts[_BROKEN] = _links(site)
    else:
        (folder / _BROKEN).unlink(missing_ok=True)
    for name, text in posts.items():
        path, payload = folder / name, text.encode()
        if not path.is_file() or path.read_bytes() != payload:
            write_atomically(path, payload, beneath=folder)


def _station(site: str) -> str:
    urls = [f"{site}{photo.path}" for photo in PHOTOS]
    first, *others = [_PHOTO.substitute(url=url) for url in urls]
    photos = "".join(others)
    return _STATION_POST.substitute(cover=urls[0], first=first, photos=photos)


def _observatory(site: str) -> str:
    return _OBSERVATORY_POST.substitute(
        url=f"{site}{TRAILS.path.rpartition('/')[0]}/",
        comet=site + COMET.path,
        moon=site + MOON.path,
        moon_small=site + MOON_SMALL.path,
        trails=TRAILS.path.rpartition("/")[2],
    )


def _links(site: str) -> str:
    return _BROKEN_POST.substitute(
        dead=f"{site}/sky/eclipse.png", page=site + PAGE_PATH, disallowed=site + DISALLOWED.path
    )


_PHOTO = Template(
    '<p style="text-align:center"><a href="$url" target="_blank">'
    '<img src="$url" referrerpolicy="no-referrer"></a></p>'
)

_STATION_POST = Template("""
---
title: '环绕空间站的最后一圈 A last lap around the station'
categories: 
 - 新媒体
 - 太空
 - 最新
headimg: '$cover'
author: Demo Desk
comments: false
date: Wed, 01 Dec 2021 00:11:49 GMT
thumbnail: '$cover'
---

<div>   
<strong>Before they turned their capsule towards home, four travellers asked for one more favour: \
a slow lap around the place where they had lived for half a year.</strong>Mission control agreed, \
and for an hour and a half, one full day and night up there, somebody was always at the window \
with a camera.<br>
 $first<p style="text-align: left;">From a few hundred metres away the station looks like a toy: \
white modules strung along one axis, a truss across them, and the solar wings turned to the \
sun.</p><p style="text-align: left;">The light changes every few minutes. Over the sea everything \
is blue, over the desert the underside of the truss turns gold, and on the night side only the \
cities and a green curtain of aurora show where the Earth is. The last picture was taken when the \
sun came up again and the station was no more than a spark.</p>$photos   
</div>
            """)  # noqa: W291 - the spaces at the ends of lines are those of such posts

_OBSERVATORY_POST = Template("""---
title: One clear night at the observatory
date: 2021-12-05 22:40:00
author: Demo Desk
url: $url
tags: [night sky, photography]
---

After two weeks of rain the clouds opened for one night, and we carried the small camera up to the
dome. The comet stood over the western hills right after sunset:

![The comet above the dome, its tail pointing away from the sun]($comet "Ten seconds, no filter")

The Moon came next, two days short of full. Follow the picture to see every crater:

[![The Moon, two days before it is full]($moon_small)]($moon)

Then the shutter stayed open for an hour, and the sky drew its own circles around the pole:

![Star trails around the pole][trails]

If you write about your own night, this is how a picture is named in Markdown:

```markdown
![what it shows](https://example.org/your-picture.jpg)
```

[trails]: $trails "One hour, one frame"
""")

_BROKEN_POST = Template("""---
title: Three links that broke
date: 2021-12-07 09:00:00
author: Demo Desk
---

Links to pictures on other people's servers break in more than one way. One picture is gone:

![The eclipse, which is no longer there]($dead)

One has become a web page that still calls itself a picture:

![The aurora, now a page about moving]($page)

And one is for members; the site's robots.txt asks programs to stay away:

![The sunset in the members' gallery]($disallowed)
""")
