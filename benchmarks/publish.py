"""`python -m benchmarks.publish MODULE COUNT`: publish in a loop of `.delay()`, print the seconds it took."""

from __future__ import annotations

import sys
import time
from importlib import import_module

module, count = import_module(sys.argv[1]), int(sys.argv[2])
module.app.set_default()
module.noop.apply_async(task_id="warm-up")  # connections, imports
started = time.perf_counter()
for _ in range(count):
    module.noop.delay()
print(time.perf_counter() - started)
