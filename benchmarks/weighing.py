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
    wall: float  # seconds, from the start of the process
    processor: float  # seconds, of children too
    peak: float  # MiB, of the largest process
    size: int  # bytes of the file


@contextmanager
def weighed(file: str) -> Iterator[None]:
    """Print what this process took until here; `file` is what it made."""
    yield
    used = [resource.getrusage(who) for who in WHO]
    print(
        json.dumps(
            {
                "processor": sum(one.ru_utime + one.ru_stime for one in used),
                "peak": max(one.ru_maxrss for one in used) / 1024,
                "size": os.path.getsize(file),
            }
        )
    )


def weigh(module: str, *arguments: str) -> Weight:
    """Run a script that is `weighed`."""
    started = time.perf_counter()
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    took = time.perf_counter() - started
    return Weight(wall=took, **json.loads(done.stdout.splitlines()[-1]))
