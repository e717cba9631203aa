"""The exit codes, where a verb looks for them."""

from crawler.grounds.exits import Exit

__all__ = ["Exit"]
