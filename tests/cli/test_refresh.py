"""What a person is told of images that were asked for again."""

from __future__ import annotations

import json

from tests.conftest import Workshop, image
from tests.site import Answer, Site, picture

_HERE = "--allow-private-addresses"


def test_summary(site: Site, workshop: Workshop) -> None:
    """The summary counts what came of them, exit is 0, and `explain` has the answer."""
    urls = [site.serve(f"/{name}.png", picture(name)) for name in ("same", "changed", "gone")]
    workshop.write("a.md", "".join(map(image, urls)))
    workshop.run()
    site.serve("/changed.png", picture("other"))
    site.on("/gone.png", lambda _exchange: Answer(status=410, body=b"no"))
    result = workshop.command("archive", "blog", _HERE, "--refresh", "0")
    explained = workshop.command("explain", urls[2])

    assert result.returncode == 0, result.stderr
    assert (
        "Asked again for 3 images: 1 as before; 1 changed, the former version is kept;"
        " 1 gone there, kept here."
    ) in " ".join(result.stdout.split())
    assert "archived; its server answers now: gone (HTTP 410)" in explained.stdout
    assert "asked again" in explained.stdout
    assert "what to do" not in explained.stdout


def test_document(site: Site, workshop: Workshop) -> None:
    """The JSON document has the counts where a refresh was asked for, and only there."""
    workshop.write("a.md", image(site.serve("/x.png", picture("x"))))
    first = workshop.command("archive", "blog", _HERE, "--json")
    site.on(
        "/x.png", lambda _exchange: Answer(status=503, body=b"no", headers={"Retry-After": "99999"})
    )
    second = workshop.command("archive", "blog", _HERE, "--json", "--refresh", "0")

    assert "refreshed" not in json.loads(first.stdout)
    assert json.loads(second.stdout)["refreshed"] == {
        "unchanged": 0,
        "changed": 0,
        "gone": 0,
        "unanswered": 1,
    }
    assert second.returncode == 0


def test_wrong_age(workshop: Workshop) -> None:
    """An age without a unit is refused with an example."""
    result = workshop.command("archive", "blog", "--refresh", "30")

    assert result.returncode == 2
    assert "--refresh '30': expected an age such as 30d, 12h or 0" in result.stderr
