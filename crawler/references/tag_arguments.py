"""The arguments of a template's tag: named or not, quoted or bare, between spaces and commas.

Source: https://jekyllrb.com/docs/includes/#passing-parameters-to-includes,
https://gohugo.io/content-management/shortcodes/#arguments, https://hexo.io/docs/tag-plugins
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_ARGUMENT: Final = re.compile(
    r"""(?:([A-Za-z_][\w.-]*+)(?:\s*+=\s*+|:\s++))?"""
    r"""(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`([^`]*+)`|([^\s,|"'`]\S*+))""",
    re.DOTALL,
)
_ESCAPED: Final = re.compile(r"""\\(["'\\])""")


class Argument(NamedTuple):
    """One argument."""

    name: str
    """Lower case, without ``-`` and ``_``; empty where there is none."""
    value: str
    quoted: bool


def parse_arguments(text: str) -> list[Argument]:
    r"""Return the arguments of *text* in their order.

    >>> [a.value for a in parse_arguments('left, src=`a "b".png` x=page.y "c \\"d\\""')]
    ['left', 'a "b".png', 'page.y', 'c "d"']
    """
    return [_argument(match) for match in _ARGUMENT.finditer(text)]


def _argument(match: re.Match[str]) -> Argument:
    name, double, single, raw, bare = match.groups()
    name = (name or "").lower().replace("-", "").replace("_", "")
    if bare is not None:
        return Argument(name, bare.rstrip(","), quoted=False)
    if raw is not None:
        return Argument(name, raw, quoted=True)
    return Argument(name, _ESCAPED.sub(r"\1", single if double is None else double), quoted=True)
