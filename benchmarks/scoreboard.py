"""What tools make of one page of images that are right, fake, or not to be asked for.

    python benchmarks/scoreboard.py [--gallery-dl PATH] [--wget PATH] [--cases]

Every tool gets the page twice, from a new site on the loopback address that plays all of its hosts
as a proxy: nothing leaves this machine, whatever address is asked for. Prints a table in Markdown;
with --cases also what became of each image.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rivals.cases import ARTICLE, CASES, Case, forbidden, prepare
from rivals.judge import Verdict, judge
from rivals.tools import Kept, Tool, tools

from tests.site import Proxy, Request, Site

_SECONDS = 60
"""For one run of one tool."""
_THERE = [case for case in CASES if case.shows is not None]
_FAKES = [case for case in CASES if case.shows is None and not case.forbidden]
_OFF_LIMITS = [case for case in CASES if case.forbidden]
_NO_IMAGES = {"/robots.txt", "/" + ARTICLE.split("/", 3)[3]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What one tool made of the page."""

    verdicts: dict[str, Verdict]
    """By the key of the case."""
    asked: int
    """How many things it asked for that a guest does not."""
    requests: int
    """In the second run."""
    images: int
    """Those of them for anything but the page and robots.txt."""
    stopped: bool
    """Whether its time was over before it ended."""

    def count(self, cases: list[Case], *verdicts: Verdict) -> int:
        """Return how many of *cases* came out as one of *verdicts*."""
        return sum(self.verdicts[case.key] in verdicts for case in cases)


def main() -> None:
    """Run all tools and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--gallery-dl", default="gallery-dl", metavar="PATH")
    parser.add_argument("--wget", default="wget", metavar="PATH")
    parser.add_argument("--cases", action="store_true", help="print every case, too")
    chosen = parser.parse_args()
    compared = tools(gallery_dl=chosen.gallery_dl, wget=chosen.wget)
    scores = {tool.name: score(tool) for tool in compared if tool.version}
    print(table(compared, scores))
    if chosen.cases:
        print(f"\n{cases_table(scores)}")


def score(tool: Tool) -> Score:
    """Run *tool* twice over a new site and count."""
    with tempfile.TemporaryDirectory(prefix="scoreboard-") as name, Site() as site:
        folder = Path(name)
        prepare(site)
        with Proxy(http=site) as proxy:
            ended = _run(tool, folder, proxy.url)
            first = list(site.requests)
            verdicts = _verdicts(tool.kept(folder / "kept"))
            ended &= _run(tool, folder, proxy.url)
            second = site.requests[len(first) :]
        log = (folder / "log").read_text(encoding="utf-8", errors="replace")
    assert not ended or set(verdicts.values()) != {Verdict.MISSED}, f"{tool.name}: {log}"
    return Score(
        verdicts=verdicts,
        asked=_asked(first + second),
        requests=len(second),
        images=sum(request.path not in _NO_IMAGES for request in second),
        stopped=not ended,
    )


def _run(tool: Tool, folder: Path, proxy: str) -> bool:
    """Return whether the tool came to its end; its exit code is no part of the score."""
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    # A home of its own: nobody's configuration has a part in the score.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "http_proxy": proxy,
        "no_proxy": "",
    }
    with (folder / "log").open("wb") as log:
        try:
            subprocess.run(
                tool.command(kept),
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False
    return True


def _asked(requests: list[Request]) -> int:
    """Return how many images were asked for that a guest does not ask for."""
    asked = {(str(request.headers["Host"]), request.path) for request in requests}
    return sum(forbidden(host, path) and path != "/robots.txt" for host, path in asked)


def _verdicts(kept: Kept) -> dict[str, Verdict]:
    return {case.key: _verdict(case, kept.get(case.key, [])) for case in CASES}


def _verdict(case: Case, paths: list[Path]) -> Verdict:
    if not paths:
        return Verdict.MISSED
    if case.shows is None:
        return Verdict.WRONG
    verdicts = {judge(path.read_bytes(), case.shows) for path in paths}
    return next(verdict for verdict in Verdict if verdict in verdicts)


def table(compared: tuple[Tool, ...], scores: dict[str, Score]) -> str:
    """Return the scores as a table in Markdown, with the date."""
    head = (
        "| tool | images right | byte for byte | altered | wrong successes"
        " | asked against the rules | requests, 2nd run | of these for images |"
    )
    date = datetime.now(UTC).date().isoformat()
    counts = f"{len(_THERE)} images, {len(_FAKES)} fakes, {len(_OFF_LIMITS)} off limits"
    rows = [_row(tool, scores.get(tool.name)) for tool in compared]
    return "\n".join([f"{date}: {counts}.", "", head, "|---" * 8 + "|", *rows])


def _row(tool: Tool, score: Score | None) -> str:
    if score is None:
        return f"| {tool.name} | not installed |" + " |" * 6
    cells = [
        f"{tool.name} {tool.version}" + (f" (stopped after {_SECONDS} s)" if score.stopped else ""),
        f"{score.count(_THERE, Verdict.EXACT, Verdict.RIGHT)} of {len(_THERE)}",
        score.count(_THERE, Verdict.EXACT),
        score.count(_THERE, Verdict.ALTERED),
        score.count(_THERE + _FAKES, Verdict.WRONG),
        f"{score.asked} of {len(_OFF_LIMITS)}",
        score.requests,
        score.images,
    ]
    return "| " + " | ".join(map(str, cells)) + " |"


def cases_table(scores: dict[str, Score]) -> str:
    """Return what became of every case as a table in Markdown."""
    names = list(scores)
    lines = [f"| case | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for case in CASES:
        words = [_word(case, scores[name].verdicts[case.key]) for name in names]
        lines.append(f"| {case.key} | {' | '.join(words)} |")
    return "\n".join(lines)


def _word(case: Case, verdict: Verdict) -> str:
    if case.shows is not None:
        return verdict.name.lower()
    return "nothing" if verdict is Verdict.MISSED else "kept"


if __name__ == "__main__":
    main()
