"""What goes wrong costs its own entry or post, with a reason, and nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest

from crawler.archiving.run import Ending
from crawler.errors import UsageError
from tests.conftest import Workshop, archived, image, snapshot
from tests.site import Answer, Exchange, Site, picture


@pytest.mark.parametrize(
    "url", ["http://[bad/x.png", "http://e.example\uff0fa.png", "http:///", "http://a b/"]
)
def test_host_that_is_none(url: str, site: Site, workshop: Workshop) -> None:
    """A URL with a host that is none fails as an invalid reference in each post that names it."""
    for name in ("a.html", "b.html"):
        workshop.write(name, f'<img src="{url}"><img src="{site.url("/ok.png")}">')
    workshop.run()
    first, second = (workshop.manifest(name) for name in ("a.html", "b.html"))

    for manifest in (first, second):
        assert archived(manifest) == [site.url("/ok.png")]
        failures = [entry.failure.code for entry in manifest.entries if entry.failure]
        assert failures in (["invalid-reference"], ["host-not-found"])


@pytest.mark.parametrize(
    "value", ["1700000000000", "9" * 5000, "Mon, 01 Jan 99999999999 00:00:00 GMT", "soon", "-1", ""]
)
def test_odd_retry_after(value: str, site: Site, workshop: Workshop) -> None:
    """Whatever a server writes into Retry-After, the image fails and the others do not."""
    bad = site.serve("/bad.png", "", status=404, headers={"Retry-After": value})
    workshop.write("a.md", image(site.url("/ok.png")) + image(bad))
    run = workshop.run(CONCURRENT_REQUESTS_PER_DOMAIN=1)

    assert archived(workshop.manifest("a.md")) == [site.url("/ok.png")]
    assert run.stats.defects == 0


def test_lost_thumbnail_is_made_again(site: Site, workshop: Workshop) -> None:
    """A lost derivative is made from the original, though the image is gone from the server."""
    url = site.serve("/a.png", picture("/a.png"))
    workshop.write("a.md", image(url))
    workshop.run()
    before = workshop.entry("a.md")
    thumbnail = workshop.bundle("a.md") / "thumbnails" / "a.320.jpg"
    thumbnail.unlink()
    site.serve("/a.png", "", status=410)
    workshop.write("a.md", image(url) + "changed")
    run = workshop.run()

    assert thumbnail.exists()
    assert site.hits("/a.png") == 1
    assert workshop.entry("a.md").original == before.original
    assert run.stats.states["archived"] == 1


def test_lost_original_that_is_gone(site: Site, workshop: Workshop) -> None:
    """An original that is lost here and gone there is failed; its record stays in earlier."""
    url = site.serve("/a.png", picture("/a.png"))
    workshop.write("a.md", image(url))
    workshop.run()
    before = workshop.entry("a.md")
    (workshop.bundle("a.md") / "images" / "a.png").unlink()
    site.serve("/a.png", "", status=410)
    workshop.write("a.md", image(url) + "changed")
    workshop.run()
    entry = workshop.entry("a.md")

    assert entry.failure is not None
    assert entry.failure.code == "gone"
    assert [version.original for version in entry.earlier] == [before.original]


def test_author_s_file_in_place(site: Site, workshop: Workshop) -> None:
    """In place, a file of the author is never written over."""
    own = workshop.write("post/converted/ok.jpg", b"the author's own")
    workshop.write("post/index.md", image(site.url("/ok.png")))
    run = workshop.run(ARCHIVE_IN_PLACE=True)

    assert own.read_bytes() == b"the author's own"
    assert run.stats.states["archived"] == 1
    assert len(list((workshop.blog / "post" / "images").iterdir())) == 1


def test_excluding_keeps_what_was_archived(site: Site, workshop: Workshop) -> None:
    """An image that is excluded later stays in the manifest with its files."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    before = workshop.entry("a.md")
    workshop.run(ARCHIVE_EXCLUDE="ok.png")

    assert workshop.entry("a.md") == before


def test_excluded(site: Site, workshop: Workshop) -> None:
    """What a rule excludes is skipped, with the rule, until the rule is gone."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_EXCLUDE="*/ok.png")
    skipped = workshop.entry("a.md")
    workshop.run()

    assert skipped.state == "skipped"
    assert skipped.failure is not None
    assert (skipped.failure.code, skipped.failure.detail) == ("excluded", "--exclude */ok.png")
    assert workshop.entry("a.md").state == "archived"


def test_excluded_host(site: Site, workshop: Workshop) -> None:
    """A rule that names a host holds for it however its URLs are written."""
    workshop.write("a.md", image("http://图片.例子.example/a.png") + image(site.url("/ok.png")))
    result = workshop.command("archive", "blog", "--allow-private-addresses", "--exclude",
                              "图片.例子.Example")  # fmt: skip
    skipped, archived = workshop.manifest("a.md").entries

    assert result.returncode == 0, result.stdout
    assert (skipped.state, archived.state) == ("skipped", "archived")


def test_large_robots(site: Site, workshop: Workshop) -> None:
    """The limit for images is none for robots.txt."""
    site.robots = "# " + "x" * 100_000 + "\nUser-agent: *\nAllow: /\n"
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(DOWNLOAD_MAXSIZE=10_000)

    assert workshop.entry("a.md").state == "archived"


def test_unreadable_robots(site: Site, workshop: Workshop) -> None:
    """A robots.txt that cannot be read disallows for now, and says so of itself."""
    site.serve("/robots.txt", "no gzip at all", headers={"Content-Encoding": "gzip"})
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    failure = workshop.entry("a.md").failure

    assert failure is not None
    assert (failure.code, failure.permanent) == ("disallowed-by-robots", False)
    assert "/robots.txt cannot be read" in failure.detail


def test_robots_redirect_is_guarded(site: Site, workshop: Workshop) -> None:
    """A robots.txt that leads to an address that is not public is not followed."""

    def leads_away(_exchange: Exchange) -> Answer:
        return Answer(status=302, media_type=None, headers={"Location": "http://10.0.0.1/"})

    site.on("/robots.txt", leads_away)
    workshop.write("a.md", image(site.url("/ok.png")))
    run = workshop.run(DOWNLOAD_TIMEOUT=2.0, ARCHIVE_ATTEMPTS=1, HTTPPROXY_ENABLED=False)

    assert run.stats.states["archived"] == 0
    assert site.hits("/ok.png") == 0


def test_file_in_the_place_of_a_bundle(site: Site, workshop: Workshop) -> None:
    """A file where a bundle should be costs that post; the others are archived."""
    for name in ("a.md", "b.md"):
        workshop.write(name, image(site.url(f"/ok/{name}.png")))
    (workshop.archive / "posts").mkdir(parents=True)
    (workshop.archive / "posts" / "a.md").write_text("in the way")
    run = workshop.run()

    assert run.ending is Ending.FINISHED
    assert [problem.source for problem in run.problems] == ["a.md"]
    assert workshop.entry("b.md").state == "archived"


def test_failing_host_is_left_alone(site: Site, workshop: Workshop) -> None:
    """A host that keeps failing is asked no more in this run, and the entries say why."""
    workshop.write("a.md", "".join(image(site.url(f"/server-error/{n}.png")) for n in range(40)))
    run = workshop.run(ARCHIVE_ATTEMPTS=1, CONCURRENT_REQUESTS_PER_DOMAIN=2)
    details = {e.failure.detail for e in workshop.manifest("a.md").entries if e.failure}

    assert run.stats.failures == {"server-error": 40}
    assert 6 <= sum(r.path.startswith("/server-error") for r in site.requests) <= 8
    assert any("left alone" in detail for detail in details)


def test_broken_images_are_no_broken_host(site: Site, workshop: Workshop) -> None:
    """However many files of a host are broken, it answers, and the others are asked for."""
    broken = "".join(image(site.url(f"/half/{n}.png")) for n in range(10))
    workshop.write("a.md", broken + image(site.url("/ok.png")))
    workshop.run(ARCHIVE_ATTEMPTS=1, CONCURRENT_REQUESTS_PER_DOMAIN=1)

    assert archived(workshop.manifest("a.md")) == [site.url("/ok.png")]


def test_overlapping_sources(site: Site, workshop: Workshop) -> None:
    """A source that is given twice, and a file of a folder that is given, are one source."""
    path = workshop.write("a.md", image(site.url("/ok.png")))
    for _ in range(2):
        run = workshop.run(workshop.blog, workshop.blog, path)

        assert run.problems == []
        assert run.stats.posts == 1


@pytest.mark.parametrize("archive", ["blog", ""])
def test_archive_that_is_the_source(archive: str, workshop: Workshop) -> None:
    """An archive cannot be its own source; the blog is left as it was."""
    workshop.write("a.md", "text")
    with pytest.raises(UsageError):
        workshop.run(ARCHIVE=str(workshop.folder / archive) if archive else "")

    assert [path.name for path in workshop.blog.iterdir()] == ["a.md"]


def test_wrong_source_makes_no_archive(workshop: Workshop) -> None:
    """Where nothing can be begun, nothing is made."""
    with pytest.raises(UsageError):
        workshop.run(workshop.folder / "no-such-folder")

    assert not workshop.archive.exists()


def test_linked_archive_in_place(site: Site, workshop: Workshop) -> None:
    """An archive behind a symbolic link knows where bundles in place are."""
    real = workshop.folder / "deep" / "down" / "archive"
    real.mkdir(parents=True)
    workshop.archive.symlink_to(real)
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_IN_PLACE=True)
    second = workshop.run(ARCHIVE_IN_PLACE=True)

    assert second.stats.unchanged_posts == 1
    assert second.fetcher is not None
    assert second.fetcher.requests == 0


def test_lost_catalog_still_knows_images(site: Site, workshop: Workshop) -> None:
    """What manifests say comes back into a lost catalog, so another post asks for nothing."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    for path in workshop.archive.glob("catalog.sqlite*"):
        path.unlink()
    workshop.run()
    workshop.write("b.md", image(site.url("/ok.png")))
    workshop.run()

    assert site.hits("/ok.png") == 1
    assert workshop.entry("b.md").state == "archived"


def test_quiet_tells_what_went_wrong(site: Site, workshop: Workshop) -> None:
    """With --quiet a run that archived all says nothing, and one that did not says what."""
    workshop.write("a.md", image(site.url("/ok.png")))
    arguments = ("archive", "blog", "--quiet", "--allow-private-addresses")
    silent = workshop.command(*arguments)
    workshop.write("b.md", image(site.url("/gone.png")))
    words = workshop.command(*arguments)

    assert (silent.returncode, silent.stdout, silent.stderr) == (0, "", "")
    assert (words.returncode, words.stdout) == (1, "")
    assert "gone" in words.stderr


def test_missing_file_changes_nothing(workshop: Workshop) -> None:
    """A local image that is still missing leaves the manifest as it was, until it is there."""
    workshop.write("a.md", image("pic.png"))
    workshop.run()
    before = snapshot(workshop.archive / "posts")
    workshop.run()
    same = snapshot(workshop.archive / "posts")
    workshop.write("pic.png", picture("/pic.png"))
    workshop.run()

    assert same == before
    assert workshop.entry("a.md").state == "archived"


_WITH_PEAK = """
import sys
from pathlib import Path
from crawler.cli.main import run_command_line

code = run_command_line(sys.argv[1:])
print(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
sys.exit(code)
"""
"""The command line; the peak of its own process, in KiB, is the last line.

That of getrusage would be at least as high as the memory of the process that started it.
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process its own peak")
def test_memory_of_broken_images(site: Site, workshop: Workshop) -> None:
    """Of images that failed no bytes are kept: at most 16 are in memory, not 480 MB of them."""
    body = picture("/a.png")[:60] + bytes(8_000_000)
    urls = [site.serve(f"/{number}.png", body) for number in range(60)]
    workshop.write("a.md", "".join(map(image, urls)))
    program = [sys.executable, "-c", _WITH_PEAK, "archive", str(workshop.blog)]
    options = ["--archive", str(workshop.archive), "--allow-private-addresses"]
    done = subprocess.run([*program, *options], capture_output=True, text=True, check=False)

    assert done.returncode == 1, done.stderr
    assert workshop.manifest("a.md").summary.failed == len(urls)
    assert int(done.stdout.split()[-1]) < 400_000
