"""What is missing or not known to be there, in words for people; for runs and for archives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter

from rich.console import Console
from rich.markup import escape

from crawler.cli.options import tell
from crawler.common.lack import Lack
from crawler.common.problems import PROBLEMS_BY_NAME, kind_of_problem

_LISTED = 10
"""Problems listed of each kind."""


def say_lack(lack: Lack, console: Console, scope: str = "") -> None:
    """Say that nothing is missing *scope*, or what is not known to be there."""
    colour = "green" if lack.is_none else "yellow"
    for words in lack.words(scope):
        tell(console, f"[{colour}]{escape(words)}[/{colour}]")


def say_problems(
    found: Sequence[tuple[str, str]],
    counts: Mapping[str, int],
    console: Console,
    *,
    most: int | None = _LISTED,
) -> None:
    """Say the problems *found*, each with its post, of each kind not more than *most*.

    *counts* has all of them by kind.
    """
    for kind, count in counts.items():
        listed = [each for each in found if kind_of_problem(each[1]).name == kind][:most]
        console.print()
        advice = escape(PROBLEMS_BY_NAME[kind].advice)
        tell(console, f"[yellow]{kind}[/yellow] ({count:,}): {advice}")
        for post, problems in groupby(listed, key=itemgetter(0)):
            console.print(f"  {escape(post)}")
            for _, problem in problems:
                tell(console, escape(problem), indent=4)
        if count > len(listed):
            tell(console, f"… and {count - len(listed):,} more", indent=2)
