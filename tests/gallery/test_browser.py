"""The pages in a real browser, opened from the disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, expect

from tests.conftest import Workshop, image
from tests.gallery.conftest import pages, window
from tests.site import picture

OBSERVATORY = "posts/2021/12/observatory.md/index.html"
BROKEN = "posts/2021/12/links-that-broke.md/index.html"


def test_quiet(demo: Path, browser: Browser) -> None:
    """No page says anything on the console, and no request leaves the archive."""
    seen = window(browser, demo)
    for path in pages(demo):
        seen.open(path)

    assert len(pages(demo)) == 7
    assert (seen.said, seen.left) == ([], [])


def test_search(demo: Path, browser: Browser) -> None:
    """A key leads to the search, words narrow the list, Esc widens it again, and it is kept."""
    page = window(browser, demo).open("index.html")
    page.keyboard.press("/")
    page.keyboard.type("NIGHT obser")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("#status")).to_have_text("1 post of 3")
    page.reload()
    expect(page.locator(".card h3")).to_have_text(["One clear night at the observatory"])
    page.keyboard.press("/")
    page.keyboard.press("Escape")

    expect(page.locator(".card")).to_have_count(3)


def test_search_for_a_host(workshop: Workshop, browser: Browser) -> None:
    """A host is found by its own letters, though its URLs have others; no other host is."""
    workshop.write(
        "a.md", image("http://图片.例子.invalid/a.png") + image("http://b.invalid/b.png")
    )
    workshop.command("archive", "blog")
    page = window(browser, workshop.archive).open("gallery/missing.html")
    expect(page.locator(".row")).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("图片.例子")

    expect(page.locator(".row .url")).to_have_text(["http://xn--wcsw84d.xn--fsqu00a.invalid/a.png"])


def test_filter(demo: Path, browser: Browser) -> None:
    """Posts are chosen by what is missing of them, images by their state, failures by reason."""
    seen = window(browser, demo)
    posts, images, missing = map(
        seen.open, ("index.html", "gallery/images.html", "gallery/missing.html")
    )
    posts.select_option("#state", "missing")
    images.select_option("#state", "failed")
    missing.select_option("#state", "not-found")

    expect(posts.locator(".card h3")).to_have_text(["Three links that broke"])
    expect(images.locator(".tile")).to_have_count(3)
    expect(missing.locator(".row .url")).to_have_count(1)
    expect(missing.locator(".reasons code")).to_have_count(3)


def test_arrows(demo: Path, browser: Browser) -> None:
    """From the search the arrows go from post to post, and back."""
    page = window(browser, demo).open("index.html")
    page.keyboard.press("/")
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)

    expect(page.locator("h1")).to_have_text("One clear night at the observatory")


def test_light_box(demo: Path, browser: Browser) -> None:
    """Enter shows the original, arrows go on, Esc leads back to the picture."""
    page = window(browser, demo).open(OBSERVATORY)
    page.locator("a.zoom").first.focus()
    page.keyboard.press("Enter")
    box = page.locator("#lightbox")
    shown = box.locator("img")
    expect(box).to_be_visible()
    expect(shown).to_have_attribute("src", "images/comet.jpg")
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 960
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("src", "images/moon.jpg")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(box.locator("[data-part=count]")).to_have_text("4 of 4")
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()

    expect(page.locator("a.zoom").first).to_be_focused()


def test_light_box_of_the_grid(demo: Path, browser: Browser) -> None:
    """In the grid too, and it leads to the picture's facts, which unfold."""
    page = window(browser, demo).open("gallery/images.html")
    page.get_by_role("link", name="Star trails around the pole").focus()
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="In the post")
    expect(link).to_be_visible()
    link.press("Enter")
    facts = page.locator("details[open]")

    expect(facts).to_have_count(1)
    expect(facts).to_contain_text("star-trails.jpg")
    expect(facts).to_contain_text("sha256:")


def test_gaps(demo: Path, browser: Browser) -> None:
    """What is missing is said at the top, and drawn where the picture was."""
    page = window(browser, demo).open(BROKEN)

    expect(page.locator(".banner")).to_contain_text("3 pictures of 3 are not archived")
    expect(page.locator(".gap")).to_have_count(3)
    expect(page.locator(".gap").first).to_contain_text("not-found: HTTP 404")


def test_pictures_are_local(demo: Path, browser: Browser) -> None:
    """Every picture of an article is there, from its own bundle."""
    page = window(browser, demo).open("posts/2021/12/a-last-lap-around-the-station.md/index.html")
    images = page.locator(".article img")
    sizes = images.evaluate_all(
        "images => Promise.all(images.map(i => { i.loading = 'eager';"
        " return i.decode().then(() => i.naturalWidth); }))"
    )

    assert len(sizes) == 10
    assert all(sizes)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1440, "light")])
def test_accessible(demo: Path, browser: Browser, width: int, scheme: str) -> None:
    """axe-core finds no violation, on a phone in dark or a desk in light."""
    seen = window(
        browser,
        demo,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,  # for axe-core's own script
    )
    found = {path: Axe().run(seen.open(path)).response["violations"] for path in pages(demo)}
    box = seen.open(OBSERVATORY)
    box.locator("a.zoom").first.click()
    found["light box"] = Axe().run(box).response["violations"]

    assert {path: [v["id"] for v in violations] for path, violations in found.items()} == {
        path: [] for path in found
    }


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_width(hostile: Path, browser: Browser, width: int) -> None:
    """No page is wider than its window, however long its words are."""
    seen = window(browser, hostile, viewport={"width": width, "height": 900})
    widths = {
        path: seen.open(path).evaluate("document.documentElement.scrollWidth")
        for path in pages(hostile)
    }

    assert widths == dict.fromkeys(widths, width)


def test_hostile(hostile: Path, browser: Browser) -> None:
    """Nothing of a post runs, nothing is asked for, and nothing had to be held back for that."""
    seen = window(browser, hostile)
    for path in pages(hostile):
        page = seen.open(path)
        page.mouse.move(400, 400)
        for link in page.locator("a[data-picture], a[data-index]").all()[:3]:
            link.dispatch_event("click")
            page.keyboard.press("Escape")
        assert page.evaluate("window.ran") is None
        assert (
            page.locator("iframe, form, object, embed, base, video, audio, style[data-x]").count()
            == 0
        )
        assert page.locator("[style*=url], [onload], [onerror], [onclick]").count() == 0
        assert page.title() != "ran"

    assert (seen.said, seen.left) == ([], [])


def test_drawing(hostile: Path, browser: Browser) -> None:
    """A drawing with scripts is shown as a picture, and no link leads into it."""
    page = window(browser, hostile).open("posts/drawing.md/index.html")
    shown = page.locator(".article img")
    shown.evaluate("image => image.decode()")

    expect(shown).to_have_attribute("src", "images/drawing.svg")
    assert page.locator("a[href$='.svg']").count() == 0


def test_posts_in_doubt(workshop: Workshop, browser: Browser) -> None:
    """A post that may name images which were not found is no whole one, and says why."""
    workshop.write("a.md", "---\ntitle: [\n---\nwords\n")
    workshop.write("a/b.png", picture("b.png"))
    workshop.write("b.md", image("a/b.png"))
    workshop.command("archive", "blog")
    seen = window(browser, workshop.archive)
    posts, gaps = map(seen.open, ("index.html", "gallery/missing.html"))
    posts.select_option("#state", "missing")

    expect(posts.locator(".card h3")).to_have_text(["a.md"])
    expect(posts.locator(".card .badge")).to_have_text(["may be incomplete"])
    expect(gaps.locator(".row")).to_have_count(1)
    expect(gaps.locator(".row")).to_contain_text("broken YAML front matter")
    expect(gaps.locator("#status")).to_have_text("1 gap")
    assert seen.said == []
