"""The command ``image-archiver``, also ``python -m crawler``.

Imports nothing at its top: worker processes import the main module again, and must stay light.
"""

from __future__ import annotations


def main() -> int:
    """Run the command line; return its exit code."""
    from crawler.cli import run_command_line  # noqa: PLC0415 - see above

    return run_command_line()


if __name__ == "__main__":
    raise SystemExit(main())
