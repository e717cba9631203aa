"""The exit codes, where a verb looks for them."""

from crawler.common.exit_codes import Exit

__all__ = ["Exit"]
