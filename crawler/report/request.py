"""What a run was asked to do, as far as it matters and is nobody's secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from crawler.archiving.config import Options
from crawler.common import json_codec, urls
from crawler.downloads import Policy

_NOT_SAID = frozenset({"archive", "policy", "notify_command", "notify_timeout", "posts_in_hand"})
"""Where the report stands; the policy, whose fields are said; what may hold a key of somebody's."""


def asked_of(options: Options, default: Options) -> dict[str, Any]:
    """Return the options that differ from those *default*, by name, without credentials."""
    given = dict(_fields(options, default))
    return {name: _said(value) for name, value in given.items() if name not in _NOT_SAID}


def _fields(value: Options | Policy, default: Options | Policy) -> Iterator[tuple[str, object]]:
    for field in fields(value):
        one, other = getattr(value, field.name), getattr(default, field.name)
        if isinstance(one, Policy):
            yield from _fields(one, other)
        elif one != other:
            yield field.name, one


def _said(value: object) -> Any:  # noqa: ANN401 - plain data has no narrower type
    if isinstance(value, Path | str):
        return urls.without_credentials_inside(str(value))
    if isinstance(value, frozenset | tuple | list):
        ordered = sorted(value) if isinstance(value, frozenset) else value
        return [_said(each) for each in ordered]
    return json_codec.to_builtins(value)
