"""Pages, feeds, sitemaps, exports and lists, archived from a real server."""

from __future__ import annotations

import gzip
import io
import json

import pytest

from crawler.archiving.run import Run
from crawler.common import archive_layout
from crawler.store.manifest import from_document
from tests.conftest import Workshop, archived, snapshot
from tests.site import Site

PAGE = """<!doctype html>
<html><head><meta charset="utf-8">
<title>{title}</title>
<meta property="og:image" content="/ok/cover.png">
<meta property="article:published_time" content="2021-12-01T00:11:49Z">
</head><body>
<nav><img src="/ok/logo.png"></nav>
<article><h1>{title}</h1>
<p>Seen from the window: <img src="../ok/1.png" alt="the station"></p>
<p>{text}</p>
</article>
<aside><img src="/ok/teaser.png"><!-- {nonce} --></aside>
</body></html>
"""
ITEM = """<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{title}</guid>
<pubDate>Wed, 01 Dec 2021 00:11:49 GMT</pubDate>
<description><![CDATA[{description}]]></description></item>
"""


def page(title: str = "The way home", text: str = "And on it went.", nonce: str = "") -> str:
    """Return a page with an article, and with more around it."""
    return PAGE.format(title=title, text=text, nonce=nonce)


def feed(*items: str) -> str:
    """Return an RSS feed of *items*."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>A blog</title>'
        f"<link>https://blog.example/</link>{''.join(items)}</channel></rss>"
    )


def item(title: str, link: str, description: str) -> str:
    """Return an item of a feed."""
    return ITEM.format(title=title, link=link, description=description)


def sitemap_index(*locations: str) -> str:
    """Return an index of sitemaps."""
    entries = "".join(f"<sitemap><loc>{location}</loc></sitemap>" for location in locations)
    return f"<sitemapindex>{entries}</sitemapindex>"


def sitemap(*locations: str, last: str = "2021-12-01") -> str:
    """Return a sitemap of pages."""
    entries = "".join(f"<url><loc>{loc}</loc><lastmod>{last}</lastmod></url>" for loc in locations)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'


def post_id(site: Site, path: str) -> str:
    """Return the id of the page at *path*."""
    return f"127.0.0.1%3A{site.port}{path}"


def conditional(site: Site, path: str) -> list[bool]:
    """Return of each request for *path* whether it was conditional."""
    return ["If-None-Match" in r.headers for r in site.requests if r.path == path]


def images(site: Site) -> int:
    """Return how many images were asked for."""
    return sum("/ok" in request.path for request in site.requests)


def test_page(site: Site, workshop: Workshop) -> None:
    """A page is a post: its article's images, those that stand for it, and its own bytes."""
    content = page()
    run = workshop.run(site.serve("/home", content, media_type="text/html"))
    identity = post_id(site, "/home.html")
    manifest = workshop.manifest(identity)

    assert archived(manifest) == [site.url("/ok/cover.png"), site.url("/ok/1.png")]
    assert (workshop.bundle(identity) / "article.html").read_text() == content
    assert (manifest.post.id, manifest.post.source) == (identity, site.url("/home"))
    assert (manifest.post.url, manifest.post.title) == (site.url("/home"), "The way home")
    assert manifest.post.date == "2021-12-01T00:11:49Z"
    assert [r.location for e in manifest.entries for r in e.references] == ["line 4", "line 9"]
    assert run.stats.problems == 0


def test_select(site: Site, workshop: Workshop) -> None:
    """A selector says which element holds the article."""
    workshop.run(
        site.serve("/home", page(), media_type="text/html"), ARCHIVE_SELECT="aside, nav > img"
    )

    assert archived(workshop.manifest(post_id(site, "/home.html"))) == [
        site.url(path) for path in ("/ok/cover.png", "/ok/logo.png", "/ok/teaser.png")
    ]


def test_unchanged_page(site: Site, workshop: Workshop) -> None:
    """A page that did not change is asked for conditionally, and nothing is written."""
    url = site.serve("/home", page(), media_type="text/html")
    workshop.run(url)
    before, asked = snapshot(workshop.archive / "posts"), images(site)
    run = workshop.run(url)

    assert conditional(site, "/home") == [False, True]
    assert images(site) == asked
    assert snapshot(workshop.archive / "posts") == before
    assert (run.stats.posts, run.stats.unchanged_posts) == (1, 1)


def test_page_that_changes_by_itself(site: Site, workshop: Workshop) -> None:
    """What changes around the article, at each request, is no new version of it."""
    workshop.run(site.serve("/home", page(nonce="1"), media_type="text/html"))
    before = snapshot(workshop.archive / "posts")
    run = workshop.run(site.serve("/home", page(nonce="2"), media_type="text/html"))

    assert snapshot(workshop.archive / "posts") == before
    assert run.stats.unchanged_posts == 1


def test_changed_page(site: Site, workshop: Workshop) -> None:
    """A new text of the article is kept, and the former one too."""
    first = page()
    workshop.run(site.serve("/home", first, media_type="text/html"))
    second = page(text='More: <img src="/ok/more.png">')
    workshop.run(site.serve("/home", second, media_type="text/html"))
    bundle = workshop.bundle(post_id(site, "/home.html"))

    assert site.url("/ok/more.png") in archived(workshop.manifest(post_id(site, "/home.html")))
    assert (bundle / "article.html").read_text() == second
    assert [path.read_text() for path in (bundle / "earlier").iterdir()] == [first]


def test_missing_page(site: Site, workshop: Workshop) -> None:
    """A page that is not there is a problem of the run, which says why."""
    run = workshop.run(site.serve("/nothing-here", b"no", media_type="text/html", status=404))

    assert [p.source for p in run.problems] == [site.url("/nothing-here")]
    assert "HTTP 404" in run.problems[0].message


def test_disallowed_page(site: Site, workshop: Workshop) -> None:
    """A page that robots.txt disallows is not asked for."""
    url = site.serve("/disallowed/home", page(), media_type="text/html")
    run = workshop.run(url)

    assert site.hits("/disallowed/home") == 0
    assert "disallowed-by-robots" in run.problems[0].message


def test_image_is_no_page(site: Site, workshop: Workshop) -> None:
    """An image given as a source is a problem, not a post."""
    run = workshop.run(site.url("/ok.png"))

    assert "not a page" in run.problems[0].message


def test_markdown_by_url(site: Site, workshop: Workshop) -> None:
    """Markdown on a server is an article with front matter, as it is on disk."""
    text = "---\ntitle: Raw\n---\n![a](ok.png)\n"
    workshop.run(site.serve("/ok/a.md", text, media_type="text/plain"))
    identity = post_id(site, "/ok/a.md")

    assert archived(workshop.manifest(identity)) == [site.url("/ok/ok.png")]
    assert workshop.manifest(identity).post.title == "Raw"
    assert (workshop.bundle(identity) / "article.md").read_text() == text


def test_feed(site: Site, workshop: Workshop) -> None:
    """Each item of a feed is a post; one that has the whole article needs no other request."""
    link = site.url("/ok/one")
    items = feed(item("One", link, '<p>Look: <img src="/ok/1.png"> and <img src="ok.png"></p>'))
    run = workshop.run(site.serve("/feed", items, media_type="application/rss+xml"))
    manifest = workshop.manifest(post_id(site, "/ok/one.html"))

    assert archived(manifest) == [site.url("/ok/1.png"), site.url("/ok/ok.png")]
    assert (manifest.post.source, manifest.post.url) == (link, link)
    assert (manifest.post.title, manifest.post.date) == ("One", "2021-12-01T00:11:49Z")
    assert site.hits("/ok/one") == 0
    assert run.stats.posts == 1


def test_feed_of_summaries(site: Site, workshop: Workshop) -> None:
    """Where the feed has no more than a summary, the linked page is the article."""
    link = site.serve("/one", page(), media_type="text/html")
    workshop.run(
        site.serve("/feed", feed(item("One", link, "A few words.")), media_type="text/xml")
    )
    manifest = workshop.manifest(post_id(site, "/one.html"))

    assert site.url("/ok/1.png") in archived(manifest)
    assert site.hits("/one") == 1


def test_page_that_does_not_come(site: Site, workshop: Workshop) -> None:
    """Of an article whose page does not come, what the feed has is archived; later the page is."""
    enclosure = f'<enclosure url="{site.url("/ok/1.png")}" type="image/png"/></item>'
    one = item("One", site.url("/one"), "A few words.").replace("</item>", enclosure)
    url = site.serve("/feed", feed(one), media_type="text/xml")
    site.serve("/one", b"", media_type="text/html", status=500)
    first = workshop.run(url)
    before = archived(workshop.manifest(post_id(site, "/one.html")))
    site.serve("/one", page(), media_type="text/html")
    second = workshop.run(url)

    assert before == [site.url("/ok/1.png")]
    assert (first.stats.problems, second.stats.problems) == (1, 0)
    assert site.url("/ok/cover.png") in archived(workshop.manifest(post_id(site, "/one.html")))


def test_unchanged_feed(site: Site, workshop: Workshop) -> None:
    """A feed whose posts are all settled is asked for conditionally, and passed over."""
    items = [item(f"Post {n}", site.url(f"/{n}"), f'<img src="/ok/{n}.png">') for n in range(3)]
    url = site.serve("/feed", feed(*items), media_type="application/rss+xml")
    workshop.run(url)
    run = workshop.run(url)

    assert conditional(site, "/feed") == [False, True]
    assert (run.stats.posts, run.stats.unchanged_posts, run.stats.states["archived"]) == (3, 3, 3)


def test_grown_feed(site: Site, workshop: Workshop) -> None:
    """Of a feed with a new item, only that item's images are asked for."""
    one = item("One", site.url("/1"), '<img src="/ok/1.png">')
    workshop.run(site.serve("/feed", feed(one), media_type="application/rss+xml"))
    two = item("Two", site.url("/2"), '<img src="/ok/2.png">')
    run = workshop.run(site.serve("/feed", feed(two, one), media_type="application/rss+xml"))

    assert (run.stats.posts, run.stats.unchanged_posts) == (2, 1)
    assert (site.hits("/ok/1.png"), site.hits("/ok/2.png")) == (1, 1)


def test_feed_with_something_left(site: Site, workshop: Workshop) -> None:
    """While an image of a feed may still come, the feed is read again: no 304 hides it."""
    content = feed(item("One", site.url("/1"), '<img src="http://nowhere.invalid/a.png">'))
    url = site.serve("/feed", content, media_type="application/rss+xml")
    workshop.run(url)
    run = workshop.run(url)

    assert conditional(site, "/feed") == [False, False]
    assert run.stats.failures == {"host-not-found": 1}


def test_items_without_links(site: Site, workshop: Workshop) -> None:
    """Items that have no page of their own are posts all the same, each with a name of its own."""
    home = site.url("/")
    items = [item(f"Note {n}", home, f'<img src="/ok/{n}.png">') for n in range(2)]
    run = workshop.run(site.serve("/notes.xml", feed(*items), media_type="text/xml"))
    manifests = sorted((workshop.archive / "posts").rglob("manifest.json"))

    assert len(manifests) == 2
    assert run.stats.states["archived"] == 2
    assert all(path.parent.parent.name == "notes.xml" for path in manifests)


def test_json_feed(site: Site, workshop: Workshop) -> None:
    """A JSON Feed is a feed."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "A blog",
        "items": [
            {
                "id": "1",
                "url": site.url("/ok/1"),
                "content_html": '<img src="ok.png">',
                "image": site.url("/ok/banner.png"),
            }
        ],
    }
    workshop.run(site.serve("/feed.json", json.dumps(document), media_type="application/json"))

    assert archived(workshop.manifest(post_id(site, "/ok/1.html"))) == [
        site.url("/ok/banner.png"),
        site.url("/ok/ok.png"),
    ]


def test_large_json_feed_in_a_file(site: Site, workshop: Workshop) -> None:
    """A JSON Feed is known by its version, behind however many items that stands."""
    items = [{"id": str(n), "content_html": "<p>" + "words " * 1000} for n in range(20)]
    items.append({"id": "last", "content_html": f'<img src="{site.url("/ok.png")}">'})
    document = {"items": items, "version": "https://jsonfeed.org/version/1.1"}
    run = workshop.run(workshop.write("feed.json", json.dumps(document)))

    assert (run.stats.posts, run.stats.problems) == (21, 0)
    assert run.stats.states["archived"] == 1


def test_sitemap(site: Site, workshop: Workshop) -> None:
    """The pages of a sitemap, and of those that an index names, compressed or not, are posts."""
    urls = [site.serve(f"/page/{n}", page(f"Page {n}"), media_type="text/html") for n in range(3)]
    inner = gzip.compress(sitemap(*urls).encode(), mtime=0)
    site.serve("/inner.xml.gz", inner, media_type="application/x-gzip")
    index = (
        f"<sitemapindex><sitemap><loc>{site.url('/inner.xml.gz')}</loc></sitemap></sitemapindex>"
    )
    run = workshop.run(site.serve("/sitemap.xml", index, media_type="text/xml"))

    assert run.stats.posts == 3
    assert run.stats.states["archived"] == 6


def test_sitemap_that_says_when(site: Site, workshop: Workshop) -> None:
    """A page of which the sitemap says that it did not change is not even asked for."""
    urls = [site.serve(f"/page/{n}", page(f"Page {n}"), media_type="text/html") for n in range(3)]
    workshop.run(site.serve("/sitemap.xml", sitemap(*urls), media_type="text/xml"))
    run = workshop.run(site.url("/sitemap.xml"))
    later = sitemap(*urls, last="2022-01-01")
    workshop.run(site.serve("/sitemap.xml", later, media_type="text/xml"))

    assert run.stats.unchanged_posts == 3
    assert conditional(site, "/page/1") == [False, True]


def test_sitemap_that_names_itself(site: Site, workshop: Workshop) -> None:
    """Sitemaps that name each other come to an end."""
    index = sitemap_index(site.url("/sitemap.xml"))
    run = workshop.run(site.serve("/sitemap.xml", index, media_type="text/xml"))

    assert (run.stats.posts, run.stats.problems) == (0, 0)
    assert site.hits("/sitemap.xml") == 1


def test_sitemaps_too_deep(site: Site, workshop: Workshop) -> None:
    """What sitemaps name below the bound is a problem of the run, told once an index: exit 1."""
    urls = [site.serve(f"/page/{n}", page(f"Page {n}"), media_type="text/html") for n in range(2)]
    below = site.serve("/5.xml", sitemap(urls[0]), media_type="text/xml")
    shallow = site.serve("/pages.xml", sitemap(urls[1]), media_type="text/xml")
    for level in (4, 3, 2, 1):
        names = (below, below.replace("5", "6")) if level == 4 else (below, shallow)
        below = site.serve(f"/{level}.xml", sitemap_index(*names), media_type="text/xml")
    message = f"{site.url('/4.xml')}: the sitemaps that it names were not read"
    made = workshop.command("archive", below, "--allow-private-addresses")
    planned = workshop.command("plan", below, "--allow-private-addresses", "--json")
    found = json.loads(planned.stdout)["posts"]

    assert (made.returncode, planned.returncode) == (1, 1)
    assert "".join(f"{made.stdout}{made.stderr}".split()).count("".join(message.split())) == 1
    assert [problem[: len(message)] for post in found for problem in post["problems"]] == [message]


def test_sitemap_in_several_indexes(site: Site, workshop: Workshop) -> None:
    """A sitemap that many indexes name is asked for once."""
    url = site.serve("/page/0", page("Page"), media_type="text/html")
    names = [site.serve("/pages.xml", sitemap(url), media_type="text/xml")] * 3
    for level in (3, 2, 1):
        index = site.serve(f"/{level}.xml", sitemap_index(*names), media_type="text/xml")
        names = [index] * 3
    run = workshop.run(names[0])

    assert (run.stats.posts, run.stats.problems) == (1, 0)
    assert [site.hits(f"/{name}.xml") for name in (1, 2, 3, "pages")] == [1] * 4


def test_broken_sitemap(site: Site, workshop: Workshop) -> None:
    """What could be read of a broken sitemap counts, and the break is a problem."""
    url = site.serve("/page/1", page(), media_type="text/html")
    run = workshop.run(site.serve("/sitemap.xml", sitemap(url)[:-20], media_type="text/xml"))

    assert run.stats.posts == 1
    assert run.stats.problems == 1


def test_list_on_standard_input(
    site: Site, workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list names sources of every kind, a line each; a line that is none is a problem."""
    workshop.write("a.md", f"![a]({site.url('/ok/local.png')})")
    posts = feed(item("1", site.url("/1"), "<img src='/ok/1.png'>"))
    lines = [
        "# what to keep",
        site.serve("/page", page(), media_type="text/html"),
        "",
        str(workshop.blog),
        site.serve("/feed", posts, media_type="text/xml"),
        "no/such/folder",
        "-",
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines)))
    run = workshop.run("-")

    assert run.stats.posts == 3
    assert [p.source for p in run.problems] == ["no/such/folder", "-"]


def test_named_twice(site: Site, workshop: Workshop) -> None:
    """A page that two feeds and a list name is one post, read once."""
    link = site.url("/1")
    content = feed(item("1", link, '<img src="/ok/1.png">'))
    run = workshop.run(
        site.serve("/feed/a", content, media_type="text/xml"),
        site.serve("/feed/b", content, media_type="text/xml"),
    )

    assert (run.stats.posts, run.stats.problems) == (1, 0)
    assert site.hits("/ok/1.png") == 1


def test_feed_in_a_file(site: Site, workshop: Workshop) -> None:
    """A feed that lies on this disk is read like one on a server, and once."""
    content = feed(item("One", site.url("/1"), '<p>Look: <img src="/ok/1.png"></p>'))
    path = workshop.write("feed.xml", content)
    workshop.run(path)
    run = workshop.run(path)

    assert archived(workshop.manifest(post_id(site, "/1.html"))) == [site.url("/ok/1.png")]
    assert (run.stats.posts, run.stats.unchanged_posts) == (1, 1)
    assert site.hits("/ok/1.png") == 1


def test_no_private_page(site: Site, workshop: Workshop) -> None:
    """A page at an address that is not public is not asked for."""
    run = workshop.run(
        site.serve("/home", page(), media_type="text/html"), ARCHIVE_ALLOW_PRIVATE_ADDRESSES=False
    )

    assert site.requests == []
    assert "address-not-allowed" in run.problems[0].message


def summary(run: Run) -> tuple[int, int]:
    """Return how many posts and problems there were."""
    return run.stats.posts, run.stats.problems


def test_many_pages(site: Site, workshop: Workshop) -> None:
    """Pages are fetched side by side, and never more at once than a host is asked."""
    paths = [f"/page/{n}" for n in range(12)]
    urls = [site.serve(path, page(path), media_type="text/html") for path in paths]
    run = workshop.run(
        site.serve("/sitemap.xml", sitemap(*urls), media_type="text/xml"),
        CONCURRENT_REQUESTS_PER_DOMAIN=2,
    )

    assert summary(run) == (12, 0)
    assert site.peak <= 2


def entries(workshop: Workshop) -> dict[str, list[str]]:
    """Return the images of each article, by the title of its post."""
    manifests = (
        from_document(path.read_bytes()) for path in workshop.archive.rglob(archive_layout.MANIFEST)
    )
    return {m.post.title or "": archived(m) for m in manifests}


def test_shared_link(site: Site, workshop: Workshop) -> None:
    """Items that share a link keep their names while the feed moves on; none replaces another."""
    link = site.url("/changelog")
    versions = [item(f"v{n}", f"{link}#v{n}", f'<img src="/ok/{n}.png">') for n in range(4)]
    for shown in ([1, 0], [2, 1], [3]):
        content = feed(*(versions[n] for n in shown))
        run = workshop.run(site.serve("/feed.xml", content, media_type="text/xml"))

    assert run.stats.problems == 0
    assert entries(workshop) == {f"v{n}": [site.url(f"/ok/{n}.png")] for n in range(4)}
    assert not list(workshop.archive.rglob("earlier"))


def test_two_sources_of_one_article(site: Site, workshop: Workshop) -> None:
    """An article that a feed and its page give is the first source's, in this run and the next."""
    link = site.serve("/home", page(), media_type="text/html")
    content = feed(item("Feed", link, '<p>Whole: <img src="/ok/1.png"></p>'))
    url = site.serve("/feed.xml", content, media_type="text/xml")
    workshop.run(url, link)
    before = snapshot(workshop.archive / "posts")
    runs = [workshop.run(url, link) for _ in range(2)]

    assert snapshot(workshop.archive / "posts") == before
    assert [(run.stats.posts, run.stats.unchanged_posts) for run in runs] == [(1, 1), (1, 1)]


def test_two_pages_of_one_name(site: Site, workshop: Workshop) -> None:
    """A page that would get the id of another one is a problem, and overwrites nothing."""
    first = site.serve("/a", page("First"), media_type="text/html")
    second = site.serve("/a.html", page("Second"), media_type="text/html")
    together = workshop.run(first, second)
    later = workshop.run(second)

    assert [p.source for p in (*together.problems, *later.problems)] == [second, second]
    assert workshop.manifest(post_id(site, "/a.html")).post.title == "First"


def test_spellings_of_one_page(site: Site, workshop: Workshop) -> None:
    """A slash at the end and a fragment make no other page."""
    first = site.serve("/a", page(), media_type="text/html")
    second = site.serve("/a/", page(), media_type="text/html")
    run = workshop.run(first, second)

    assert (run.stats.posts, run.stats.problems) == (1, 0)


def test_page_as_a_sitemap(site: Site, workshop: Workshop) -> None:
    """A page that an index calls a sitemap is named as what it is."""
    url = site.serve("/home", page(), media_type="text/html")
    index = f"<sitemapindex><sitemap><loc>{url}</loc></sitemap></sitemapindex>"
    run = workshop.run(site.serve("/sitemap.xml", index, media_type="text/xml"))

    assert [p.message for p in run.problems] == [f"{url} is a page, not a sitemap"]


def test_list_in_a_file(site: Site, workshop: Workshop) -> None:
    """A list in a file names pages and feeds."""
    content = feed(item("1", site.url("/1"), "<img src='/ok/1.png'>"))
    url = site.serve("/feed", content, media_type="text/xml")
    run = workshop.run(workshop.write("urls.txt", f"{url}\n"))

    assert (run.stats.posts, run.stats.problems) == (1, 0)


EXPORT = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>A blog</title><link>{site}</link><wp:wxr_version>1.2</wp:wxr_version>
<item><title>The way home</title><link>{site}/2021/the-way-home/</link><dc:creator>ada</dc:creator>
<content:encoded><![CDATA[<!-- wp:image --><figure><img src="{site}/ok/inline.png"></figure>
[caption id="attachment_7"]<img src="{site}/ok/caption.png"> The window[/caption]
[gallery ids="7,8" link="file"]
Not this one: [[gallery ids="9"]]]]></content:encoded>
<wp:post_id>5</wp:post_id><wp:post_date_gmt>2021-12-01 00:11:49</wp:post_date_gmt>
<wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value></wp:postmeta>
</item>
{attachments}
<item><title>Main menu</title><link>{site}/menu</link><wp:post_id>20</wp:post_id>
<wp:status>publish</wp:status><wp:post_type>nav_menu_item</wp:post_type></item>
</channel></rss>
"""
ATTACHMENT = """<item><title>Picture {n}</title><link>{site}/picture-{n}/</link>
<wp:post_id>{n}</wp:post_id><wp:post_parent>5</wp:post_parent><wp:status>inherit</wp:status>
<wp:post_type>attachment</wp:post_type>
<wp:attachment_url>{site}/ok/upload-{n}.jpg</wp:attachment_url></item>
"""


def test_wordpress_export(site: Site, workshop: Workshop) -> None:
    """Each item of an export is a post, with what its galleries and thumbnail name by number."""
    base = site.url("").removesuffix("/")
    attachments = "".join(ATTACHMENT.format(n=n, site=base) for n in (7, 8, 9))
    path = workshop.write("export.xml", EXPORT.format(site=base, attachments=attachments))
    run = workshop.run(path)
    manifest = workshop.manifest(post_id(site, "/2021/the-way-home.html"))

    assert archived(manifest) == [
        site.url(f"/ok/{name}")
        for name in ("upload-9.jpg", "inline.png", "caption.png", "upload-7.jpg", "upload-8.jpg")
    ]
    assert (manifest.post.author, manifest.post.date) == ("ada", "2021-12-01T00:11:49Z")
    assert (run.stats.posts, run.stats.problems) == (4, 0)
    assert site.hits("/ok/upload-9.jpg") == 1


def test_second_choice(site: Site, workshop: Workshop) -> None:
    """Where a service that wraps another URL fails, the wrapped one is asked for."""
    wrapper = f"{site.url('/gone/proxy')}?url={site.url('/ok/inner.png')}"
    workshop.write("a.md", f"![a]({wrapper})")
    workshop.run()
    entry = workshop.entry("a.md")

    assert (entry.state, entry.url) == ("archived", wrapper)
    assert entry.capture is not None
    assert entry.capture.url == site.url("/ok/inner.png")


def test_random_pictures(workshop: Workshop) -> None:
    """Services that give another picture at each request are left out, with the reason."""
    workshop.write("a.md", "![a](https://picsum.photos/400/300?random=17)")
    workshop.run()
    entry = workshop.entry("a.md")

    assert entry.state == "skipped"
    assert entry.failure is not None
    assert entry.failure.code == "excluded"
    assert "--fetch-random-pictures" in entry.failure.detail


def test_all_candidates(site: Site, workshop: Workshop) -> None:
    """Of a srcset the largest is fetched, and all of them where that is asked for."""
    small, large = site.url("/ok/small.png"), site.url("/ok/large.png")
    workshop.write("a.html", f'<img srcset="{small} 1x, {large} 2x">')
    workshop.run()
    first = archived(workshop.manifest("a.html"))
    workshop.run(ARCHIVE_ALL_CANDIDATES=True)

    assert first == [large]
    assert archived(workshop.manifest("a.html")) == [small, large]
