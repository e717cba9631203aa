r"""Resolve the expressions that Liquid and its kin put into URLs, as an engine would for ``/``.

The site's address is taken to be empty, so that ``{{ site.baseurl }}/a.png`` is root-relative. What
only the engine can know is left where it stands, without the spaces and quotes that would tear a
URL apart, and `is_computed` tells it. Inside of ``{% raw %}`` nothing is an expression.
Source: https://jekyllrb.com/docs/liquid/filters/, https://jekyllrb.com/docs/liquid/tags/#links,
https://hexo.io/docs/tag-plugins#Include-Assets
"""

from __future__ import annotations

import re
from typing import Final

from crawler.references.limits import EXPRESSIONS

_EXPRESSION: Final = re.compile(
    r"(?P<raw>(?<!`)\{%[-+]?\s*+(?:raw|verbatim)\s*+-?%\})"
    r"|\{%[-+]?\s*+(?P<link>link|asset_path)\s++"
    r"""(?P<path>"[^"%\n]++"|'[^'%\n]++'|[^%{}\s,"'|]++)\s*+-?%\}"""
    r"|\{\{[<%]\s*+(?:base_?url|site_?url)\s*+/?[>%]\}\}(?P<site>)"
    r"|\{\{(?![<%{/])-?(?P<output>[^{}\n`]*+)\}\}"
    r"""|(?:(?<=\]\()|(?<==["']))(?:\{%[^{}\n]*+%\}|\{\{[<%][^{}\n]*+\}\})"""
)
_END_OF_RAW: Final = re.compile(r"\{%[-+]?\s*+end(?:raw|verbatim)\s*+-?%\}")
_OPERAND: Final = re.compile(r"""\s*+(?:"([^"]*+)"|'([^']*+)'|([\w.-]++))\s*+""")
_FILTER: Final = re.compile(r"\|\s*+(\w++)\s*+(?::([^|]*+))?")
_TEARING: Final = str.maketrans("", "", " \t\"'<>()")
_BEFORE: Final = frozenset("(\"'/-_.}")
_AFTER: Final = re.compile(r"[/_-]|\.\w")
"""Around an expression, what tells that it is a part of a URL."""

_ADDRESSES: Final = frozenset(
    {"base_path", "baseurl", "root_url", "site.base_url", "site.baseurl", "site.github.url",
     "site.url"}
)  # fmt: skip
_UNCHANGING: Final = frozenset(
    {"cgi_escape", "escape", "escape_once", "lstrip", "rstrip", "safe", "strip", "uri_escape",
     "url", "xml_escape"}
)  # fmt: skip
_ROOTED: Final = frozenset({"absolute_url", "relative_url"})


def is_computed(url: str) -> bool:
    """Return whether a part of *url* is an expression that only the site's engine can resolve."""
    if "{" not in url or url[:5].lower() == "data:":
        return False
    return any(sign in url for sign in ("{{", "{%", "{ {", "{ %"))


def resolve_expressions(text: str) -> tuple[str, bool]:
    """Return *text* as an engine would hand it to Markdown, and whether it was read to its end.

    >>> resolve_expressions('{{ site.baseurl }}/a.png "{{ "b.png" | relative_url }}"')
    ('/a.png "/b.png"', True)
    >>> resolve_expressions("![]({% link assets/c.png %}) ![]({{ page.url | slugify }}.png)")
    ('![](/assets/c.png) ![]({{page.url|slugify}}.png)', True)
    """
    if "{{" not in text and "{%" not in text:
        return text, True
    parts: list[str] = []
    at, raw_ends = 0, True
    for _ in range(EXPRESSIONS):
        match = _EXPRESSION.search(text, at)
        if match is None:
            return "".join([*parts, text[at:]]), True
        parts.append(text[at : match.start()])
        at = match.end()
        if match["raw"] is None:
            parts.append(_resolved(text, match))
            continue
        end = _END_OF_RAW.search(text, at) if raw_ends and text[at : at + 1] != "`" else None
        raw_ends = end is not None or text[at : at + 1] == "`"
        parts.append(match.group())
        if end is not None:
            parts.append(_literal(text[at : end.start()]))
            at = end.start()
    return "".join([*parts, text[at:]]), False


def _literal(text: str) -> str:
    """Return *text* with nothing in it that reads like an expression or a tag."""
    return text.replace("{{", "{ {").replace("{%", "{ %")


def _resolved(text: str, match: re.Match[str]) -> str:
    before = text[match.start() - 1 : match.start()]
    if before == "\\":
        return match.group()
    if match["link"]:
        path = match["path"].strip("\"'")
        return path if match["link"] == "asset_path" else f"/{path.lstrip('/')}"
    if match["site"] is not None:
        return "" if text.startswith("/", match.end()) else "/"
    if match["output"] is None:
        return _whole(match.group())
    value = _value(match["output"])
    if value is not None:
        return value
    inside_url = before.isalnum() or before in _BEFORE or _AFTER.match(text, match.end())
    return _whole(match.group()) if inside_url else match.group()


def _whole(expression: str) -> str:
    """Return *expression* as one word, which neither Markdown nor HTML tears apart."""
    return "{{" + expression.strip("{}<>%").translate(_TEARING) + "}}"


def _value(expression: str) -> str | None:
    """Return what *expression* is where the site's address is empty; None where nobody can know."""
    operand = _OPERAND.match(expression)
    value = _operand(operand)
    at = operand.end() if operand else 0
    while value is not None and at < len(expression):
        applied = _FILTER.match(expression, at)
        if applied is None:
            return None if expression[at:].strip("- ") else value
        value = _filtered(value, applied[1], applied[2] or "")
        at = applied.end()
    return value


def _operand(operand: re.Match[str] | None) -> str | None:
    if operand is None:
        return None
    double, single, variable = operand.groups()
    if variable is not None:
        return "" if variable.rstrip("-").lower() in _ADDRESSES else None
    return str(double if single is None else single)


def _filtered(value: str, name: str, argument: str) -> str | None:
    if name in _UNCHANGING:
        return value
    if name in _ROOTED:
        return value if value.startswith("/") or "://" in value else f"/{value}"
    other = _operand(_OPERAND.fullmatch(argument.rstrip("- ")))
    if other is None or name not in {"append", "prepend"}:
        return None
    return value + other if name == "append" else other + value
