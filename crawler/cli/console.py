"""Consoles on which words of others stay words: no control character reaches the terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from crawler.common.characters import visible


class SafeConsole(Console):
    """A console whose own codes pass, and those in what it is given to show do not."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield what shows *renderable*."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else visible(text), style, control)
