"""Python imports this where it starts; so the processes of the workers are watched, too."""

from __future__ import annotations

from tests.crash.shim import install

install()
