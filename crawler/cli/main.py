"""The group of all verbs, and what is the same for each: options, errors, exit codes."""

from __future__ import annotations

import gc
import re
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from pathlib import Path

import click

from crawler import __version__
from crawler.cli.exits import Exit
from crawler.cli.logs import logged_defect, say_error
from crawler.cli.options import WANTS_JSON
from crawler.cli.output import Output, ReaderLeftError, guarded, print_document, print_text
from crawler.errors import (
    ArchiveLockedError,
    ImageArchiverError,
    NoDecoderError,
    StorageError,
    ThreadsError,
    UsageError,
    WrongSetting,
)

_EXITS: tuple[tuple[type[Exception], Exit], ...] = (
    (click.ClickException, Exit.USAGE),
    (click.Abort, Exit.INTERRUPTED),
    (ArchiveLockedError, Exit.LOCKED),
    (StorageError, Exit.STOPPED),
    (NoDecoderError, Exit.STOPPED),
    (ImageArchiverError, Exit.USAGE),
)


COMMANDS = {
    "archive": "crawler.cli.archive",
    "plan": "crawler.queries.plan_command",
    "status": "crawler.queries.status_command",
    "retry": "crawler.cli.retry",
    "verify": "crawler.verify.command",
    "export": "crawler.export.command",
    "import": "crawler.export.import_command",
    "view": "crawler.gallery.command",
    "explain": "crawler.queries.explain_command",
    "localize": "crawler.localize.command",
    "restore": "crawler.localize.restore_command",
    "schedule": "crawler.schedule.command",
    "demo": "crawler.demo.command",
}
"""The module of each command, in the order of the help; the command in it has the same name."""


class _Verbs(click.Group):
    """Imports a verb when it is asked for: one that does not crawl needs no Scrapy."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as inherited
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as inherited
        if cmd_name not in COMMANDS:
            return None
        # A name that the language keeps for itself has a mark in it.
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(COMMANDS[cmd_name]), name)
        assert isinstance(command, click.Command)  # noqa: S101 - for the type checker
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that was typed; raises NoSuchCommand, which names those most like it."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=COMMANDS, ctx=ctx
            ) from None

    def invoke(self, ctx: click.Context) -> object:
        """Run the verb; who holds an archive is a document too, where one was asked for."""
        try:
            return super().invoke(ctx)
        except ArchiveLockedError as error:
            if ctx.meta.get(WANTS_JSON):
                document = {
                    "error": {
                        "code": error.code,
                        "message": str(error),
                        "holder": error.holder,
                    }
                }
                print_document(document)
            raise


@click.group(
    cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="image-archiver")
def image_archiver() -> None:
    """Archive the images that articles name.

    Finds every image that Markdown and HTML articles name, fetches each one politely, keeps the
    bytes as they came, makes a converted copy and thumbnails, and writes a manifest beside each
    article that says for every reference what became of it.

    \b
    Begin with one of these; each has more in its own --help:
      image-archiver demo            a sample site; needs no network
      image-archiver plan blog/      what would be fetched; asks nobody
      image-archiver archive blog/   the main job, on a folder of articles
      image-archiver status          what is archived, what is not, what to do

    \b
    After this line bash completes verbs, options, hosts and posts (zsh and
    fish: zsh_source, fish_source):
      eval "$(_IMAGE_ARCHIVER_COMPLETE=bash_source image-archiver)"

    Exit codes: 0 all archived, 1 some are not, 2 wrong usage, 3 stopped by a limit or the disk,
    4 interrupted, 5 damage found, 6 another run holds the archive, 70 a defect of this program.
    """


def run_command_line(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors become one line on standard error."""
    # Whoever ends a run before it began, or a verb that is no run, is answered as Ctrl-C is.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with guarded() as output:
            return _run(arguments, output)
    finally:
        # The process ends: a last walk over everything that was imported would take 0.2 s.
        gc.freeze()


def _run(arguments: Sequence[str] | None, output: Output) -> int:
    try:
        code = _do(arguments, output)
        _print_rest(output)
        defect = logged_defect()
        if defect is not None:
            say_error(f"a defect of this program: {defect}; please report the above")
            code = Exit.DEFECT
    except ReaderLeftError:
        return Exit.ALL_ARCHIVED
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except Exception as error:  # noqa: BLE001 - the last line of defence
        known = _known(error)
        code = next((code for kind, code in _EXITS if isinstance(known, kind)), Exit.DEFECT)
        if code == Exit.DEFECT:
            say_error("a defect of this program; please report the above", error)
        else:
            say_error(_message(known))
    return code


_NO_THREAD = "can't start new thread"
"""What Python says, in an error of no class of its own, when the system refuses one."""


def _known(error: Exception) -> Exception:
    """Return *error* as one of ours, where it says something of what this process runs in."""
    if isinstance(error, FileNotFoundError) and not _has_folder():
        return UsageError("the working folder was removed: go to another, or give absolute paths")
    if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
        return ThreadsError()
    return error


def _has_folder() -> bool:
    """Return whether there is a working folder that relative paths begin at."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True


def _do(arguments: Sequence[str] | None, output: Output) -> int:
    """Do what was typed, and return its exit code."""
    try:
        result = image_archiver.main(
            args=None if arguments is None else list(arguments),
            prog_name="image-archiver",
            standalone_mode=False,
            obj=output,
        )
    except click.exceptions.NoArgsIsHelpError as error:
        output.is_answer = False
        print_text(f"{error.format_message()}\n")
        return Exit.USAGE
    return result if isinstance(result, int) else Exit.ALL_ARCHIVED


def _print_rest(output: Output) -> None:
    """Print what waits, and tell of what could not be printed. Raises OutputError."""
    sys.stdout.flush()
    output.check()
    if output.error is not None and not output.has_no_reader:
        say_error(f"{output.in_words()}; the work is done, and the exit code says how it ended")


_SETTING = re.compile(r"\b[A-Z]+(?:_[A-Z]+)+\b")


def _in_options(error: WrongSetting) -> str:
    """Return what is wrong, with the options of the command line in the place of settings."""
    from crawler.cli.archive import options_by_setting  # noqa: PLC0415 - only for this

    options = options_by_setting()
    expected = _SETTING.sub(lambda found: options.get(found[0], found[0]), error.expected)
    return f"{options.get(error.name, error.name)} {error.value!r}: expected {expected}"


def _message(error: Exception) -> str:
    if isinstance(error, WrongSetting):
        return _in_options(error)
    if isinstance(error, click.UsageError):
        hint = f" (see {error.ctx.command_path} --help)" if error.ctx else ""
        # click lists choices on lines of their own.
        return " ".join(error.format_message().split()) + hint
    return error.format_message() if isinstance(error, click.ClickException) else str(error)
