"""Random pictures are told from fixed ones of the same services."""

from __future__ import annotations

from fnmatch import fnmatchcase

import pytest

from crawler.references.random_pictures import MARKS, RANDOM_PICTURES

RANDOM = [
    "https://picsum.photos/200",
    "https://picsum.photos/400/300",
    "https://picsum.photos/400/300?random=17",
    "https://picsum.photos/400/300.jpg",
    "https://picsum.photos/1920/1080/?blur=2",
    "http://unsplash.it/1200/768",
    "https://source.unsplash.com/random/800x600",
    "https://source.unsplash.com/1600x900/?nature,water",
    "https://loremflickr.com/320/240",
    "https://loremflickr.com/320/240/dog",
    "https://loremflickr.com/320/240?random=1",
    "https://lorempixel.com/400/200/sports",
    "https://cataas.com/cat?width=3",
    "https://i.pravatar.cc/300",
    "https://api.ixiaowai.cn/gqapi/gqapi.php",
    "https://api.btstu.cn/sjbz/?lx=dongman",
    "https://www.dmoe.cc/random.php",
    "https://img.xjh.me/random_img.php?type=bg",
    "https://blog.example/img/random.php?7",
    "https://bing.img.run/1920x1080.php",
]
FIXED = [
    "https://picsum.photos/id/237/400/300",
    "https://picsum.photos/seed/picsum/200/300",
    "https://picsum.photos/400/300?image=17",
    "https://fastly.picsum.photos/id/12/200/300.jpg",
    "https://unsplash.it/1200/768?image=251",
    "https://images.unsplash.com/photo-1510414842594-a61c69b5ae57?w=800",
    "https://source.unsplash.com/WLUHO9A_xik/1600x900",
    "https://source.unsplash.com/4rDCa5hBlCs",
    "https://loremflickr.com/320/240?lock=30976",
    "https://lorempixel.com/400/200/sports/1",
    "https://placekitten.com/400/300",
    "https://cataas.com/cat/5f1d7bb7",
    "https://i.pravatar.cc/300?img=3",
    "https://example.org/random.png",
    "https://example.org/picsum.photos/a.png",
]


def _is_random(url: str) -> bool:
    return any(fnmatchcase(url, pattern) for pattern in RANDOM_PICTURES)


@pytest.mark.parametrize("url", RANDOM)
def test_random(url: str) -> None:
    """What differs each time is left out."""
    assert _is_random(url)


@pytest.mark.parametrize("url", FIXED)
def test_fixed(url: str) -> None:
    """What stays the same is archived."""
    assert not _is_random(url)


@pytest.mark.parametrize("pattern", RANDOM_PICTURES)
def test_marks(pattern: str) -> None:
    """Whatever URL a pattern fits has one of the marks in it, which have no wildcards."""
    assert any(mark in pattern for mark in MARKS)
    assert not any(wildcard in mark for mark in MARKS for wildcard in "*?[")
