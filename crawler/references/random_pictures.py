"""Services that answer with another picture each time: there is nothing to keep.

Shell patterns on the whole URL, as ``--exclude`` has them. What these services give under a fixed
address is not among them: ``picsum.photos/id/237/400/300``, ``picsum.photos/seed/x/400``, the old
``picsum.photos/400/300?image=17``, ``source.unsplash.com/<photo>``, ``loremflickr.com/…?lock=3``;
nor are those whose picture depends on the size alone (``placekitten.com/400/300``). A query such as
``?random=17`` only keeps a browser from showing one picture twice.
"""

from __future__ import annotations

from typing import Final


def _sizes(service: str) -> tuple[str, ...]:
    """Return patterns for ``/400`` and ``/400/300``, which no query follows."""
    numbers = ["[0-9]" * digits for digits in (2, 3, 4)]
    starts = (f"*://{service}/", f"*://{service}/[0-9]*/")
    return tuple(start + number for start in starts for number in numbers)


_PHOTOS: Final = (  # a random photo of the size in the path
    *_sizes("picsum.photos"),
    "*://picsum.photos/[0-9]*[?][!i]*",             # ?random, ?blur, ?grayscale, but not ?image=
    "*://picsum.photos/[0-9]*.jpg", "*://picsum.photos/[0-9]*.webp", "*://picsum.photos/g/[0-9]*",
    *_sizes("unsplash.it"),
    "*://unsplash.it/[0-9]*[?][!i]*", "*://unsplash.it/g/[0-9]*",
    *_sizes("loremflickr.com"),
    "*://loremflickr.com/[0-9]*[!0-9]", "*://loremflickr.com/*[?]random=*",
    *_sizes("lorempixel.com"),
    "*://lorempixel.com/[0-9]*[a-z]",               # a subject without the number of a picture
    *_sizes("placeimg.com"),
    "*://placeimg.com/[0-9]*",
    "*://random.imagecdn.app/*",
    "*://source.unsplash.com/random*", "*://source.unsplash.com/featured*",
    "*://source.unsplash.com/daily*", "*://source.unsplash.com/weekly*",
    "*://source.unsplash.com/category/*", "*://source.unsplash.com/collection/*",
    "*://source.unsplash.com/user/*", "*://source.unsplash.com/[?]*",
    # A size comes first, and perhaps words to search for; a photo's name has no such beginning.
    "*://source.unsplash.com/[0-9][0-9][0-9]x[0-9]*",
    "*://source.unsplash.com/[0-9][0-9][0-9][0-9]x[0-9]*",
)  # fmt: skip

_ANIMALS_AND_FACES: Final = (  # a random animal, a face made up for each request
    "*://cataas.com/cat", "*://cataas.com/cat[?]*", "*://cataas.com/cat/gif*",
    "*://api.thecatapi.com/v1/images/search*", "*://thecatapi.com/api/images/get*",
    "*://random-d.uk/api/random*", "*://random.dog/", "*://placedog.net/*[?]r*",
    "*://thispersondoesnotexist.com/*", "*://thiscatdoesnotexist.com/*",
    *_sizes("i.pravatar.cc"),
)  # fmt: skip

_WALLPAPERS: Final = (  # a random drawing or wallpaper for the head of a blog
    "*://api.ixiaowai.cn/*api.php*", "*://api.btstu.cn/sjbz/*", "*://www.dmoe.cc/random.php*",
    "*://img.xjh.me/random*", "*://acg.yanwz.cn/*api.php*", "*://acg.toubiec.cn/random*",
    "*://www.loliapi.com/acg*", "*://www.loliapi.com/bg*", "*://api.mtyqx.cn/*random.php*",
    "*://api.lyiqk.cn/*", "*://img.paulzzh.*/touhou/random*", "*://tuapi.eees.cc/api.php*",
    "*://api.vvhan.com/api/acgimg*", "*://api.vvhan.com/api/wallpaper/*",
    "*://api.vvhan.com/api/view*", "*://api.vvhan.com/api/girl*", "*://api.uomg.com/api/rand*",
    "*://api.ghser.com/random/*", "*://api.sunweihu.com/api/sjbz*", "*://t.mwm.moe/*",
    "*://t.alcy.cc/*", "*://api.anosu.top/img*", "*://moe.jitsu.top/img*",
    "*://random.52ecy.cn/*", "*://pic.re/image*", "*://api.paugram.com/wallpaper*",
    "*://api.yimian.xyz/img*", "*://cdn.seovx.com/[?]mom=302*", "*://imgapi.cn/api.php*",
    "*://api.ooopn.com/image/*/api.php*", "*://uploadbeta.com/api/pictures/random*",
    "*/random.php", "*/random.php[?]*", "*/randbg.php*", "*/random_img.php*",
)  # fmt: skip

_DAILY: Final = (  # the picture of the day of a search engine: another one tomorrow
    "*://bing.biturl.top/*", "*://bing.img.run/*", "*://bing.ioliu.cn/v1*",
    "*://api.dujin.org/bing/*", "*://api.vvhan.com/api/bing*", "*://api.sunweihu.com/api/bing*",
    "*://api.isoyu.com/bing_images.php*", "*://api.xygeng.cn/Bing/*",
)  # fmt: skip

RANDOM_PICTURES: Final = (*_PHOTOS, *_ANIMALS_AND_FACES, *_WALLPAPERS, *_DAILY)
"""What is left out unless told otherwise."""

MARKS: Final = frozenset(
    pattern.split("/")[2].rstrip("*") if pattern.startswith("*://") else "/rand"
    for pattern in RANDOM_PICTURES
)
"""One of these stands in every URL that a pattern fits, so that most are known by a glance."""
