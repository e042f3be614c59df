"""What a process and its children took, as a line of JSON. Each figure has a process of its own: the peak of
one that did something else before may be of that."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@dataclass(frozen=True)
class Weight:
    wall: float  # seconds, of what it was asked for: its process is up
    processor: float  # the same, of its children too
    peak: float  # MiB, of the largest process
    size: int  # bytes of the file


@contextmanager
def weighed(file: str) -> Iterator[None]:
    """Print what was taken meanwhile; `file` is what was made."""
    started, before = time.perf_counter(), _processor()
    yield
    print(
        json.dumps(
            {
                "wall": time.perf_counter() - started,
                "processor": _processor() - before,
                "peak": max(resource.getrusage(who).ru_maxrss for who in WHO) / 1024,
                "size": os.path.getsize(file),
            }
        )
    )


def weigh(module: str, *arguments: str) -> Weight:
    """Run a script that is `weighed`."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return Weight(**json.loads(done.stdout.splitlines()[-1]))


def _processor() -> float:
    used = [resource.getrusage(who) for who in WHO]
    return sum(one.ru_utime + one.ru_stime for one in used)
