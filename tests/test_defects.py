"""What fails with a traceback does not end as if all were well, whoever caught it."""

from __future__ import annotations

import json
import subprocess

import pytest

from crawler import settings
from tests.conftest import Workshop, image
from tests.site import Site, picture

_FAULTY = '''
"""What somebody else wrote, and adds to the run by a setting."""

from scrapy import signals


class _Broken(Exception):
    """Raised by nobody on purpose."""


class Extension:
    """Fails when it hears of a signal."""

    signal = ""

    @classmethod
    def from_crawler(cls, crawler):
        extension = cls()
        crawler.signals.connect(extension.hear, getattr(signals, cls.signal))
        return extension

    def hear(self):
        raise _Broken(self.signal)


class AtOpening(Extension):
    signal = "spider_opened"


class AtItem(Extension):
    signal = "item_scraped"


class AtClosing(Extension):
    signal = "spider_closed"


class Pipeline:
    """Fails over every post."""

    def process_item(self, item):
        raise _Broken("a post")


class ClosingPipeline:
    """Fails at the end."""

    def close_spider(self):
        raise _Broken("the end")


class Middleware:
    """Fails before the first post."""

    async def process_start(self, start):
        raise _Broken("the beginning")
        yield
'''
_FAULTS = [
    ("EXTENSIONS", "AtOpening"),
    ("EXTENSIONS", "AtItem"),
    ("EXTENSIONS", "AtClosing"),
    ("ITEM_PIPELINES", "Pipeline"),
    ("ITEM_PIPELINES", "ClosingPipeline"),
    ("SPIDER_MIDDLEWARES", "Middleware"),
]


def _run(workshop: Workshop, *words: str) -> subprocess.CompletedProcess[str]:
    (workshop.folder / "faulty.py").write_text(_FAULTY)
    return workshop.command(*words, environment={"PYTHONPATH": str(workshop.folder)})


def _option(setting: str, name: str) -> tuple[str, str]:
    """Return what adds a part of the module to those of a setting."""
    parts = {**getattr(settings, setting, {}), f"faulty.{name}": 900}
    return "-s", f"{setting}={json.dumps(parts)}"


@pytest.mark.parametrize("verb", ["archive", "retry"])
@pytest.mark.parametrize("fault", _FAULTS, ids="-".join)
def test_run(verb: str, fault: tuple[str, str], site: Site, workshop: Workshop) -> None:
    """A run in which something failed that Scrapy caught is a defect, and says of what kind."""
    url = site.serve("/a.png", "", status=410)
    workshop.write("a.md", image(url))
    workshop.run()
    site.serve("/a.png", picture("/a.png"))
    workshop.write("b.md", image(site.url("/ok.png")))
    words = ("blog",) if verb == "archive" else ()
    process = _run(workshop, verb, *words, "--allow-private-addresses", *_option(*fault))
    # Of two runs in one second the names do not tell which was the later.
    reports = (workshop.archive / "runs").glob("*.json")
    report = json.loads(max(reports, key=lambda path: path.stat().st_mtime_ns).read_text())

    assert process.returncode == 70, process.stderr
    assert "Traceback" in process.stderr
    assert process.stderr.count("a defect of this program: _Broken: ") == 1
    assert "Nothing is missing" not in process.stdout
    # What fails when the report is written already cannot stand in it.
    if fault[1] != "AtClosing":
        assert (report["ending"], report["exit_code"]) == ("defect", 70)
        assert report["reason"].startswith("_Broken: ")


def test_quiet(workshop: Workshop) -> None:
    """With --quiet and --json it is said where errors are said."""
    workshop.write("a.md", "text")
    fault = _option("EXTENSIONS", "AtOpening")
    quiet = _run(workshop, "archive", "blog", "--quiet", *fault)
    machine = _run(workshop, "archive", "blog", "--json", *fault)
    lines = _run(workshop, "archive", "blog", "--log-json", *fault)

    assert [each.returncode for each in (quiet, machine, lines)] == [70, 70, 70]
    assert (quiet.stdout, json.loads(machine.stdout)["posts"]) == ("", 1)
    for each in (quiet, machine, lines):
        assert "a defect of this program: _Broken: spider_opened" in each.stderr.splitlines()[-1]
    assert all(json.loads(line) for line in lines.stderr.splitlines())


def test_repair(site: Site, workshop: Workshop) -> None:
    """Where lost images were to be asked for and nobody did, that is no mere damage."""
    workshop.write("a.md", image(site.url("/ok.png")))
    workshop.run()
    (original,) = workshop.bundle("a.md").glob("images/*")
    original.unlink()
    fault = _option("SPIDER_MIDDLEWARES", "Middleware")
    process = _run(workshop, "verify", "--repair", "--allow-private-addresses", *fault)

    assert process.returncode == 70
    assert process.stderr.splitlines()[-1].startswith(
        "image-archiver: a defect of this program: _Broken: the beginning"
    )
