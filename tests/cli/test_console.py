"""What is shown on a terminal does not command it."""

from __future__ import annotations

import io
import logging

import pytest
from rich.padding import Padding
from rich.text import Text

from crawler.cli.console import SafeConsole
from crawler.cli.logs import log_to_stderr
from tests.conftest import Workshop
from tests.site import Site

HOSTILE = "a\x1b]0;mine\x07\x1b[2J\x9b2J\x7f"


def test_console() -> None:
    """Control characters in what is shown become pictures; the console's own codes pass."""
    out = io.StringIO()
    console = SafeConsole(file=out, force_terminal=True, color_system="standard", no_color=False)
    for each in (HOSTILE, Text(HOSTILE), Padding(HOSTILE, 1), f"[red]{HOSTILE}[/red]"):
        console.print(each)
    shown = out.getvalue()

    assert "\x1b[31m" in shown
    assert "a␛]0;mine" in shown
    assert not any(code in shown for code in ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\x7f"))


def test_log(capsys: pytest.CaptureFixture[str]) -> None:
    """Nor do the lines of a log that speak of such a thing."""
    log_to_stderr(quiet=False, verbose=False)
    logging.getLogger("crawler").warning("%s\n\tis odd", HOSTILE)
    logging.basicConfig(handlers=[], force=True)

    assert capsys.readouterr().err.endswith("a␛]0;mine␇␛[2J\\u009b2J␡\n\tis odd\n")


def test_commands(site: Site, workshop: Workshop) -> None:
    """A hostile title, file name and URL run through the commands, and nothing of them acts."""
    url = site.url("/gone.png")
    workshop.write(
        f"{HOSTILE}.md", f'---\ntitle: "a\\e]0;mine\\a"\n---\n![]({url})\n![]({HOSTILE})'
    )
    results = [
        workshop.command("plan", "blog"),
        workshop.command("archive", "blog", "--allow-private-addresses", "-v"),
        workshop.command("status"),
        workshop.command("status", "--failed"),
        workshop.command("verify"),
        workshop.command("explain", url),
    ]

    assert "%C2%9B2J" in results[0].stdout
    for result in results:
        assert result.stdout
        assert not {"\x1b", "\x07", "\x9b", "\x7f"} & {*result.stdout, *result.stderr}
