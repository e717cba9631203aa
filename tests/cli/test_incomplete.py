"""That nothing is missing is said where it is known, and what is known is said elsewhere."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from crawler.archiving.run import Run
from crawler.common import archive_layout
from crawler.common.problems import PROBLEMS_BY_NAME, kind_of_problem
from crawler.queries.status import archive_status
from crawler.report import exit_of
from crawler.store.failures import doubts
from crawler.verify.rebuild_catalog import rebuild_catalog
from tests.conftest import Workshop, image
from tests.site import Site, certificates

EXPORT = Path(__file__).parent.parent / "data" / "posts" / "exports" / "wordpress-posts-only.xml"
POSTS = ("harbour.example/2020/pilot-boat.html", "harbour.example/2020/three-cranes.html")
ATTACHMENTS = [
    "the thumbnail names attachment 10, which the export does not have",
    *(f"the gallery names attachment {n}, which the export does not have" for n in (11, 12, 13)),
]
NOTHING = "Nothing is missing."


def _names_them(text: str) -> bool:
    return NOTHING not in text and all(words in text for words in (*POSTS, *ATTACHMENTS))


def test_attachments_that_the_export_lacks(workshop: Workshop) -> None:
    """Images that are named by number and not in the export make exit 1, in every form."""
    shutil.copy(EXPORT, workshop.folder / "export.xml")
    first = workshop.command("archive", "export.xml")
    again = workshop.command("archive", "export.xml", "-q")
    plain = json.loads(workshop.command("archive", "export.xml", "--json").stdout)
    manifests = [workshop.manifest(post) for post in POSTS]

    assert (first.returncode, again.returncode) == (1, 1)
    assert _names_them(first.stdout)
    assert (again.stdout, _names_them(again.stderr)) == ("", True)
    assert (plain["incomplete_posts"], plain["post_problems"]) == (2, {"missing-attachment": 4})
    assert [each["post"] for each in plain["incomplete"]] == list(POSTS)
    assert [p for each in plain["incomplete"] for p in each["problems"]] == ATTACHMENTS
    assert [problem for each in manifests for problem in each.post.problems] == ATTACHMENTS
    assert [each.summary.entries for each in manifests] == [0, 0]
    assert not workshop.bundle("harbour.example/2020/words.html").exists()


def test_status_of_posts_in_doubt(workshop: Workshop) -> None:
    """What the archive does not know to be whole is said by every form of status, too."""
    shutil.copy(EXPORT, workshop.folder / "export.xml")
    workshop.run(workshop.folder / "export.xml")
    shown, listed, csv = (
        workshop.command("status", *arguments).stdout
        for arguments in ((), ("--failed",), ("--failed", "--format", "csv"))
    )
    plain = json.loads(workshop.command("status", "--json").stdout)
    failed = json.loads(workshop.command("status", "--failed", "--json").stdout)
    post = workshop.command("status", POSTS[1]).stdout

    assert NOTHING not in shown
    assert "2 posts may name images that were not found." in shown
    assert "missing-attachment (4)" in shown
    assert _names_them(listed)
    assert csv.count("incomplete,missing-attachment,") == 4
    assert (plain["complete"], plain["incomplete_posts"]) == (False, 2)
    assert [each["post"] for each in failed["incomplete"]] == list(POSTS)
    assert ATTACHMENTS[3] in post


COSTLY: dict[str, tuple[str, str | bytes]] = {
    "front matter that is broken": ("front-matter", "---\nimage: [a.png\ntitle: a\n---\nwords\n"),
    "front matter without an end": ("front-matter", "---\ntitle: a\n\nimage: a.png\n"),
    "TOML": ("front-matter", "+++\nimage = a.png\n+++\nwords\n"),
    "bytes that are not UTF-8": ("encoding", "![表](a.png)\n".encode("shift-jis")),
    "UTF-16 that ends in the middle": ("encoding", "words".encode("utf-16")[:-1]),
    "UTF-16 without a mark": ("encoding", "![a](a.png)".encode("utf-16-le")),
    "an URL that the engine computes": ("computed-url", '<img src="{{ page.picture }}">\n'),
    "a bound": ("not-all-read", "<b a=1>" * 500_000),
    "an intricate page": ("not-all-read", "![" * 60_000 + "a"),
}


@pytest.mark.parametrize(("kind", "text"), COSTLY.values(), ids=COSTLY)
def test_problems_of_articles(kind: str, text: str | bytes, workshop: Workshop) -> None:
    """A problem that may have cost images counts; its post has a manifest that says so."""
    workshop.write("a.md", text)
    workshop.write("b.md", "words\n")
    runs = [workshop.run(), workshop.run()]
    (doubt,) = doubts(workshop.archive)

    assert [exit_of(run) for run in runs] == [1, 1]
    assert [dict(run.stats.post_problems) for run in runs] == 2 * [{kind: 1}]
    assert [len(run.stats.incomplete) for run in runs] == [1, 1]
    assert runs[1].stats.unchanged_posts == 2
    assert (doubt.post, doubt.problems) == ("a.md", workshop.manifest("a.md").post.problems)
    assert not workshop.bundle("b.md").exists()


ITEM = "<item><guid>a</guid><description>&lt;p>words&lt;/p></description></item>"
NO_TEXT = "<rss><channel><item><guid>a</guid><title>A</title></item></channel></rss>"
NO_TEXT_IN_EXPORT = (
    '<rss xmlns:wp="http://wordpress.org/export/1.2/"><channel><wp:wxr_version>1.2</wp:wxr_version>'
    "<item><guid>a</guid><title>A</title><wp:post_id>1</wp:post_id>"
    "<wp:post_type>post</wp:post_type></item></channel></rss>"
)
FEEDS = {
    "an item without a text": ("no-text", NO_TEXT),
    "a broken feed": ("broken-document", f"<rss><channel>{ITEM}</channel><"),
    "an export whose post has no text": ("no-text", NO_TEXT_IN_EXPORT),
}


@pytest.mark.parametrize(("kind", "text"), FEEDS.values(), ids=FEEDS)
def test_problems_of_feeds(kind: str, text: str, workshop: Workshop) -> None:
    """So does what may have been lost of the items of a feed or an export, in each run."""
    path = workshop.folder / "feed.xml"
    path.write_text(text)
    runs = [workshop.run(path), workshop.run(path)]

    assert [exit_of(run) for run in runs] == [1, 1]
    assert [set(run.stats.post_problems) for run in runs] == 2 * [{kind}]


@pytest.mark.parametrize("content", [b'{"items": [7]}', b'{"items": [{"content_text": "\xff"}]}'])
def test_json_feed(content: bytes, workshop: Workshop) -> None:
    """What cannot be read of a JSON Feed is a problem of the run."""
    path = workshop.folder / "feed.json"
    feed = b'{"version": "https://jsonfeed.org/version/1.1", "title": "t", ' + content[1:]
    path.write_bytes(feed)
    runs = [workshop.run(path), workshop.run(path)]

    assert [exit_of(run) for run in runs] == [1, 1]


def test_problems_of_pages(site: Site, workshop: Workshop) -> None:
    """So does a page that does not have what --select names."""
    url = site.serve("/page", f'<article><img src="{site.url("/ok.png")}"></article>',
                     media_type="text/html")  # fmt: skip
    run = workshop.run(url, ARCHIVE_SELECT=".story")

    assert (exit_of(run), dict(run.stats.post_problems)) == (1, {"article-not-found": 1})
    assert run.stats.states["archived"] == 1


def test_harmless(workshop: Workshop, tmp_path: Path) -> None:
    """A problem that cannot have cost an image stays one of its post, and changes no exit code."""
    with Site(tls=certificates(tmp_path, "127.0.0.1").context) as site:
        workshop.write("a.md", image(site.url("/ok.png")))
        run = workshop.run(ARCHIVE_INSECURE_HOSTS="127.0.0.1")
    (problem,) = workshop.manifest("a.md").post.problems

    assert not kind_of_problem(problem).costs_images
    assert (exit_of(run), run.stats.incomplete_posts) == (0, 0)
    assert archive_status(workshop.archive).lack.is_none


def test_every_kind_is_told() -> None:
    """What nobody knows counts: another version may have noted it for an image that it lost."""
    assert kind_of_problem("a problem of another version").name == "other"
    assert PROBLEMS_BY_NAME["other"].costs_images


def test_mended(workshop: Workshop) -> None:
    """An article that is corrected is whole; its manifest stays, and says nothing of it."""
    workshop.write("a.md", "---\ntitle: [\n---\nwords\n")
    workshop.run()
    workshop.write("a.md", "---\ntitle: a\n---\nwords\n")
    result = workshop.command("archive", "blog")
    status = workshop.command("status")

    assert (result.returncode, status.returncode) == (0, 0)
    assert NOTHING in result.stdout
    assert NOTHING in status.stdout
    assert workshop.manifest("a.md").post.problems == ()


def test_what_is_new(workshop: Workshop) -> None:
    """With --fail-on new, a post counts in the run that first reads it so."""
    workshop.write("a.md", "---\ntitle: [\n---\nwords\n")
    runs = [workshop.run(ARCHIVE_FAIL_ON="new") for _ in range(2)]
    workshop.write("a.md", "---\ntitle: [\n---\nother words\n")
    changed = workshop.run(ARCHIVE_FAIL_ON="new")
    workshop.write("a.md", b"---\ntitle: [\n---\nother words \xff\n")
    worse = workshop.run(ARCHIVE_FAIL_ON="new")

    assert [exit_of(run) for run in (*runs, changed, worse)] == [1, 0, 0, 1]


def test_in_place(workshop: Workshop) -> None:
    """Beside its article, too, such a post has a manifest."""
    workshop.write("a.md", "---\ntitle: [\n---\nwords\n")
    run = workshop.run(ARCHIVE_IN_PLACE=True)

    assert exit_of(run) == 1
    assert (workshop.blog / "a" / archive_layout.MANIFEST).is_file()


def test_read_by_an_earlier_version(site: Site, workshop: Workshop) -> None:
    """What an earlier version read is not called whole before it is read again, once."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.write("b.md", "words\n")
    workshop.run()
    with closing(sqlite3.connect(workshop.archive / archive_layout.CATALOG)) as connection:
        connection.execute("UPDATE posts SET problems = NULL")
        connection.commit()
    status = workshop.command("status")
    again, third = workshop.run(), workshop.run()

    assert NOTHING not in status.stdout
    assert "1 post without images were read by an earlier version" in status.stdout
    assert archive_status(workshop.archive).lack.is_none
    assert third.stats.unchanged_posts == 2
    assert (exit_of(again), site.hits("/ok.png")) == (0, 1)


def _lack(workshop: Workshop) -> tuple[bool, str]:
    status = workshop.command("status")
    listed = workshop.command("status", "--failed")
    complete = json.loads(workshop.command("status", "--json").stdout)["complete"]
    assert complete == (NOTHING in status.stdout) == (NOTHING in listed.stdout)
    return complete, status.stdout


def test_run_that_a_limit_ended(site: Site, workshop: Workshop) -> None:
    """While the last run of a source did not come to its end, nothing is called whole."""
    for index in range(3):
        workshop.write(f"{index}.md", image(site.url(f"/ok/{index}.png")))
    workshop.run(ARCHIVE_MAX_RUN_BYTES=1, ARCHIVE_POSTS_IN_HAND=1)
    stopped = _lack(workshop)
    workshop.run()
    finished = _lack(workshop)

    assert not stopped[0]
    assert f"Whether {workshop.blog} holds more is not known" in stopped[1]
    assert finished[0]


def test_run_that_was_killed(site: Site, workshop: Workshop) -> None:
    """Nor after a kill, which leaves no report."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.write("b.md", image(site.url("/held/b.png")))
    arguments = ("archive", "./blog/../blog", "--allow-private-addresses")
    process = subprocess.Popen(workshop.command_line(*arguments), cwd=workshop.folder)
    site.wait_for(lambda: site.hits("/held/b.png") == 1)
    process.kill()
    process.wait(timeout=60)
    site.release()
    killed = _lack(workshop)
    workshop.run()

    assert not killed[0]
    assert f"Whether {workshop.blog} holds more is not known" in killed[1]
    assert _lack(workshop)[0]


def test_source_that_could_not_be_read(site: Site, workshop: Workshop) -> None:
    """Nor while the last run could not read a source; what it said of it is repeated."""
    feed = "<rss><channel><item><guid>a</guid><description>&lt;p>a&lt;/p></description></item>"
    url = site.serve("/feed.xml", f"{feed}</channel></rss>", media_type="application/rss+xml")
    workshop.run(url)
    before = _lack(workshop)
    site.serve("/feed.xml", "", status=500)
    workshop.run(url)
    failing = _lack(workshop)

    assert before[0]
    assert not failing[0]
    assert "1 document of the sources could not be read by the last run." in failing[1]
    assert f"{url}: HTTP 500 (server-error)" in failing[1]


def test_other_name_of_a_source(site: Site, workshop: Workshop) -> None:
    """A source under another --name is another one: what is known of it says nothing of this."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run(ARCHIVE_NAME="one", ARCHIVE_MAX_RUN_BYTES=1)
    workshop.run(ARCHIVE_NAME="two")

    assert not archive_status(workshop.archive).lack.is_none


def test_without_a_run(site: Site, workshop: Workshop) -> None:
    """An archive that was imported knows of no source, and says so."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    workshop.command("export", "zip", "a.zip")
    workshop.command("import", "a.zip", "--archive", "back")
    status = workshop.command("status", "--archive", "back")

    assert NOTHING not in status.stdout
    assert "no run over one is noted here" in status.stdout


def test_by_the_reports(site: Site, workshop: Workshop) -> None:
    """A catalog of an earlier version has no sources: the reports of the runs tell of them."""
    workshop.write("a.md", image(site.url("/ok.png")))
    for settings in ({"ARCHIVE_MAX_RUN_BYTES": 1}, {}):
        workshop.run(**settings)
    with closing(sqlite3.connect(workshop.archive / archive_layout.CATALOG)) as connection:
        connection.execute("DELETE FROM sources")
        connection.commit()
    known = archive_status(workshop.archive).lack
    report = max(
        (workshop.archive / archive_layout.RUNS).glob("*.json"), key=lambda path: path.stem
    )
    report.write_text(report.read_text().replace('"ending": "finished"', '"ending": "limit"'))
    stopped = archive_status(workshop.archive).lack
    workshop.run()

    assert known.is_none
    assert stopped.unfinished == (str(workshop.blog),)
    assert archive_status(workshop.archive).lack.is_none


def test_catalog_made_anew(site: Site, workshop: Workshop) -> None:
    """A catalog made anew from the manifests does not know the posts without any."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    (workshop.archive / archive_layout.CATALOG).write_bytes(b"not a catalog")
    rebuild_catalog(workshop.archive)
    status = _lack(workshop)
    workshop.run()

    assert not status[0]
    assert "or the catalog was made anew since" in status[1]
    assert _lack(workshop)[0]


def test_manifest_that_cannot_be_read(site: Site, workshop: Workshop) -> None:
    """The list of what failed does not end as if there were nothing, where it cannot be read."""
    workshop.write("a.md", image(site.url("/gone.png")))
    workshop.run()
    (workshop.bundle("a.md") / archive_layout.MANIFEST).write_text("{")
    listed = workshop.command("status", "--failed").stdout

    assert NOTHING not in listed
    assert "1 image more not archived, in posts whose manifests could not be read." in listed


def test_some_posts_alone(site: Site, workshop: Workshop) -> None:
    """What was tried again is all that retry speaks of."""
    url = site.serve("/a.png", "", status=410)
    workshop.write("a.md", image(url))
    workshop.write("b.md", "---\ntitle: [\n---\nwords\n")
    workshop.run()
    site.serve("/a.png")
    result = workshop.command("retry", "--allow-private-addresses")

    assert result.returncode == 0, result.stderr
    assert "Nothing is missing of these posts." in result.stdout
    assert NOTHING not in result.stdout


def test_metrics(workshop: Workshop) -> None:
    """The metrics have the same numbers as the report and the summary."""
    shutil.copy(EXPORT, workshop.folder / "export.xml")
    run: Run = workshop.run(
        workshop.folder / "export.xml", ARCHIVE_METRICS=str(workshop.folder / "a.prom")
    )
    text = (workshop.folder / "a.prom").read_text()
    assert run.report is not None
    report = json.loads(run.report.read_text())
    label = f'{{archive="{workshop.archive}"}}'

    assert f"image_archiver_last_run_incomplete_posts{label} 2\n" in text
    assert f"image_archiver_last_run_newly_incomplete_posts{label} 2\n" in text
    assert 'kind="missing-attachment"} 4\n' in text
    assert (report["exit_code"], report["summary"]["incomplete_posts"]) == (1, 2)
    assert {each["post"] for each in report["incomplete"]} == set(POSTS)
    assert report["news"]["newly_incomplete"] == 2
