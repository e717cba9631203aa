"""Manifests are read by threads, and the first of them by several at once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

COMPLETE = Path(__file__).parents[2] / "data" / "manifests" / "complete.json"
PROCESSES = 40
AT_ONCE = 4
SCRIPT = """
import sys
from threading import Barrier, Thread
sys.setswitchinterval(1e-6)
from pathlib import Path
from crawler.store.manifest import read_manifest
barrier = Barrier(8)
def read():
    barrier.wait()
    assert read_manifest(Path(sys.argv[1])) is not None
threads = [Thread(target=read) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_first_manifests_at_once() -> None:
    """Threads that read their first manifests at once do not end the process."""
    ends = []
    for _ in range(PROCESSES // AT_ONCE):
        started = [
            subprocess.Popen([sys.executable, "-c", SCRIPT, str(COMPLETE)]) for _ in range(AT_ONCE)
        ]
        ends += [process.wait(timeout=60) for process in started]

    assert ends == [0] * PROCESSES
