"""Options that every verb has."""

from __future__ import annotations

import gc
import tomllib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding

from crawler.cli.console import SafeConsole

_Command = TypeVar("_Command", bound=Callable[..., Any])

CONFIG = "crawler.cli.config"
"""Where the context keeps the file that --config names."""
WANTS_JSON = "crawler.cli.json"
"""Where the context keeps whether standard output is for a JSON document."""
_NEW_OBJECTS = 5_000
"""After so many the garbage collector looks at them; with its 700 it takes 7 % of a crawl."""


def common_options(command: _Command) -> _Command:
    """Give *command* the options that every verb has."""
    for option in reversed(
        (
            click.option(
                "--archive",
                type=click.Path(file_okay=False, path_type=Path),
                default=Path("archive"),
                show_default=True,
                metavar="DIR",
                help="The folder of the archive.",
            ),
            click.option(
                "--config",
                type=click.Path(exists=True, dir_okay=False, path_type=Path),
                is_eager=True,
                expose_value=False,
                callback=_read_config,
                metavar="FILE",
                help="A TOML file with the options' names as keys.",
            ),
            click.option(
                "--json",
                "as_json",
                is_flag=True,
                callback=_wants_json,
                help="One JSON document on standard output, all else on standard error.",
            ),
            click.option("-q", "--quiet", is_flag=True, help="Say only what went wrong."),
            click.option("-v", "--verbose", is_flag=True, help="Say what is going on."),
        )
    ):
        command = option(command)
    return command


def reading_options(command: _Command) -> _Command:
    """Give *command* the options about how sources are read."""
    for option in reversed(
        (
            click.option(
                "--base-url", metavar="URL", help="What relative references resolve against."
            ),
            click.option(
                "--select", metavar="CSS", help="The element of a page that holds its article."
            ),
            click.option(
                "--all-candidates",
                is_flag=True,
                default=None,
                help="Fetch every size of an image that a srcset offers, not the largest alone.",
            ),
        )
    ):
        command = option(command)
    return command


def setting_option(command: _Command) -> _Command:
    """Give *command* ``-s NAME=VALUE``."""
    return click.option(
        "-s",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        callback=_settings,
        help="A Scrapy setting; may be repeated.",
    )(command)


@contextmanager
def no_collection() -> Iterator[None]:
    """Import without the garbage collector.

    Imports make no garbage; looking for some among all that is new takes a seventh of their time.
    What comes after makes little, none of it large, and seldom looking for it costs least.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
        gc.enable()


def say_on(*, as_json: bool) -> Console:
    """Return where words for people go: standard output, unless that is for a JSON document."""
    return SafeConsole(stderr=as_json, highlight=False, soft_wrap=True)


def tell(console: Console, words: str, *, indent: int = 0) -> None:
    """Say *words*, in rich's markup: on a terminal broken between words, elsewhere never."""
    if console.is_terminal:
        console.print(Padding(words, (0, 0, 0, indent), expand=False), soft_wrap=False)
    else:
        console.print(f"{' ' * indent}{words}")


def tell_command(
    console: Console, words: str, command: str, *, indent: int = 2, style: str = "none"
) -> None:
    """Say *words* and what to type; who copies the command finds it whole, on a line if need be."""
    line = f"{' ' * indent}{words}: "
    if console.is_terminal and len(line) + len(command) > console.width:
        line = f"{line.rstrip()}\n{' ' * (indent + 2)}"
    console.print(f"{escape(line)}{escape(command)}", style=style)


def _wants_json(context: click.Context, _option: click.Parameter, value: bool) -> bool:
    context.meta[WANTS_JSON] = value
    return value


def _settings(
    _context: click.Context, _option: click.Parameter, values: tuple[str, ...]
) -> dict[str, str]:
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"{value!r} is not NAME=VALUE")
    return dict(value.split("=", 1) for value in values)


def _read_config(
    context: click.Context, _option: click.Parameter, path: Path | None
) -> Path | None:
    if path is None:
        return None
    context.meta[CONFIG] = path
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise click.BadParameter(f"{path}: {error}") from error
    names = _options_of(context.command)
    others = [key for key in given if key not in names or key == "config"]
    if others:
        _check_others(context, path, others)
    context.default_map = {
        str(names[key].name): [value]
        if names[key].multiple and not isinstance(value, list)
        else value
        for key, value in given.items()
        if key not in others
    }
    return path


def _options_of(command: click.Command) -> dict[str, click.Option]:
    """Return the options of *command* by the names that a file gives them."""
    return {
        name.lstrip("-"): parameter
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for name in parameter.opts
        if name != "--config"
    }


def _check_others(context: click.Context, path: Path, keys: Iterable[str]) -> None:
    """Raise BadParameter for a key that is an option of no verb.

    One file serves several verbs: each takes what it knows, and passes over what others know.
    """
    root = context.find_root()
    assert isinstance(root.command, click.Group)  # noqa: S101 - for the type checker
    verbs = (root.command.get_command(root, verb) for verb in root.command.list_commands(root))
    names = {name for command in verbs if command for name in _options_of(command)}
    for key in keys:
        if key not in names:
            near = get_close_matches(key, sorted(names), 1)
            like = f"; did you mean {near[0]!r}?" if near else ""
            raise click.BadParameter(f"{path}: no option is called {key!r}{like}")
