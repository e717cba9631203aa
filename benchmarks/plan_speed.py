"""``plan`` over 10,000 mixed posts of real sizes, on one core: speed and peak memory.

    python benchmarks/plan_speed.py [--posts 10000] [--keep DIR]

The posts are made up, the same ones each time, after what real blogs hold: half of them below 2 kB,
one in ten above 8 kB, one in a hundred above 50 kB, a few of megabytes; front matter in YAML, TOML,
or none; Markdown with and without images, feeds' HTML, code, srcsets, lazy images, shortcodes.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

_STORY = (
    "the station orbits above a quiet sea while people on the ground read how it was built and"
    " what it carries: instruments, letters, tools and a small garden that needs light every day"
)
_WORDS = _STORY.split()
_SIZES = (
    (0.50, 300, 2_000),
    (0.40, 2_000, 8_000),
    (0.09, 8_000, 50_000),
    (0.0098, 50_000, 200_000),
)
_LARGEST = (500_000, 2_700_000)
_CDN = "https://static.example.org/article/2021/12/"

Random = random.Random


def _prose(rng: Random) -> str:
    words = rng.choices(_WORDS, k=rng.randrange(20, 90))
    words[rng.randrange(len(words))] = rng.choice(
        ["**strong**", "*light*", "`code`", "[a link](https://example.org/page)", "a & b", "1 < 2"]
    )
    return " ".join(words).capitalize() + ".\n\n"


def _heading(rng: Random) -> str:
    return f"## {' '.join(rng.choices(_WORDS, k=5))}\n\n"


def _items(rng: Random) -> str:
    lines = (f"- {' '.join(rng.choices(_WORDS, k=9))}\n" for _ in range(rng.randrange(2, 8)))
    return "".join(lines) + "\n"


def _code(rng: Random) -> str:
    lines = (f"    value[{number}] = read('{rng.random():.6f}')\n" for number in range(12))
    no = rng.choices(["![](no.png)\n", "if a < b:\n"], weights=[5, 95])[0]
    return f"```python\n{''.join(lines)}{no}```\n\n"


def _table(rng: Random) -> str:
    rows = (f"| {rng.choice(_WORDS)} | {rng.random():.3f} |\n" for _ in range(6))
    return f"| a | b |\n|---|---|\n{''.join(rows)}\n"


def _image(rng: Random) -> str:
    return f"![{rng.choice(_WORDS)}]({_CDN}{rng.getrandbits(56):014x}.png)\n\n"


def _linked(rng: Random) -> str:
    name = f"{rng.getrandbits(56):014x}"
    return f"[![thumbnail](/images/{name}-300.jpg)](/images/{name}.jpg)\n\n"


def _tags(rng: Random) -> str:
    name = f"/img/{rng.getrandbits(32):08x}.jpg"
    return rng.choice(
        [
            f"{{% img left {name} 300 200 %}}\n\n",
            f'{{{{< figure src="{name}" title="a" >}}}}\n\n',
            f"![[{name[5:]}|300]]\n\n",
            f'{{% include figure image_path="{name}" alt="b" %}}\n\n',
            f"![a]({name}){{: .center}}\n\n",
        ]
    )


def _paragraph(rng: Random) -> str:
    return f"<p>{' '.join(rng.choices(_WORDS, k=rng.randrange(20, 90)))} <b>bold</b>.</p>\n"


def _figure(rng: Random) -> str:
    name = f"{_CDN}{rng.getrandbits(56):014x}"
    return (
        f'<p style="text-align:center"><a href="{name}.png" target="_blank"><img alt="" src="'
        f'{name}.png" referrerpolicy="no-referrer" width="800"></a></p>\n'
    )


def _responsive(rng: Random) -> str:
    name = f"{_CDN}{rng.getrandbits(56):014x}"
    candidates = ", ".join(f"{name}-{width}x0.jpg {width}w" for width in (300, 768, 1024, 1536))
    return (
        f'<figure class="wp-block-image"><img class="lazy" src="data:image/gif;base64,R0lGODlhAQABA'
        f'AAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==" data-src="{name}.jpg" data-srcset="{candidates}"'
        f' sizes="(max-width: 9px) 100vw"><noscript><img src="{name}.jpg" srcset="{candidates}">'
        f"</noscript><figcaption>{rng.choice(_WORDS)}</figcaption></figure>\n"
    )


Maker = Callable[[Random], str]
_MARKDOWN: dict[Maker, float] = {
    _prose: 60, _heading: 10, _items: 8, _code: 8, _table: 3, _image: 5, _linked: 1, _tags: 1,
    _figure: 0.5, _responsive: 0.3,
}  # fmt: skip
_TEXT: dict[Maker, float] = {_prose: 70, _heading: 12, _items: 10, _code: 8}
_HTML: dict[Maker, float] = {_paragraph: 70, _figure: 10, _responsive: 1.5}
_MIXES = (_TEXT, _MARKDOWN, _HTML)


def _front_matter(rng: Random, number: int) -> str:
    image = f"{_CDN}{rng.getrandbits(56):014x}.png"
    title = " ".join(rng.choices(_WORDS, k=6))
    yaml = (
        f"---\ntitle: {title}\ndate: 2021-12-01 00:11:49\ncategories: [{number}]\n"
        f"headimg: {image}\nthumbnail: {image}\ntags:\n  - one\n  - two\n---\n\n"
    )
    toml = (
        f'+++\ntitle = "{title}"\ndate = 2021-12-01T00:11:49Z\n[cover]\nimage = "{image}"\n+++\n\n'
    )
    return rng.choices(["\n" + yaml, yaml, toml, ""], weights=[40, 35, 5, 20])[0]


def _size(rng: Random) -> int:
    chance = rng.random()
    for share, least, most in _SIZES:
        if chance < share:
            return rng.randrange(least, most)
        chance -= share
    return rng.randrange(*_LARGEST)


def _post(rng: Random, number: int) -> str:
    mix = rng.choices(_MIXES, weights=[50, 35, 15])[0]
    makers, weights, size = list(mix), list(mix.values()), _size(rng)
    parts, length = [_front_matter(rng, number)], 0
    while length < size:
        parts.append(rng.choices(makers, weights=weights)[0](rng))
        length += len(parts[-1])
    return "".join(parts)


def write_posts(folder: Path, count: int) -> int:
    """Write *count* posts below *folder* and return their size in bytes."""
    rng, written = Random(20211201), 0
    for number in range(count):
        path = folder / f"{number // 500:03}" / f"{number:06}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        written += path.write_bytes(_post(rng, number).encode())
    return written


def _one_core() -> None:
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def main() -> None:
    """Write the posts, plan them in a process of its own, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write the posts there")
    options = parser.parse_args()
    place = nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory()
    with place as name:
        folder = Path(name) / "posts"
        shutil.rmtree(folder, ignore_errors=True)
        size = write_posts(folder, options.posts)
        command = [sys.executable, "-m", "crawler", "plan", str(folder), "--json"]
        start = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=_one_core) as process:  # noqa: PLW1509 - sets an affinity, and no thread runs here
            assert process.stdout is not None
            found = sum(chunk.count(b'"origin"') for chunk in process.stdout)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        processor = usage.ru_utime + usage.ru_stime
        assert process.returncode == 0
    print(
        f"{options.posts} posts, {size / 1e6:.1f} MB, {found} references: {seconds:.1f} s,"
        f" {options.posts / seconds:,.0f} posts/s, {size / 1e6 / seconds:.1f} MB/s"
        f" ({options.posts / processor:,.0f} posts a second of processor time),"
        f" peak {usage.ru_maxrss / 1024:.0f} MB"
    )


if __name__ == "__main__":
    main()
