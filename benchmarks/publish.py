"""`python -m benchmarks.publish MODULE COUNT [bulk]`: publish, print the seconds it took.

One message after the other by `.delay()`, or with `bulk` by the module's own function for many.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module

module, count = import_module(sys.argv[1]), int(sys.argv[2])
module.app.set_default()
module.noop.apply_async(task_id="warm-up")  # connections, imports
started = time.perf_counter()
if "bulk" in sys.argv[3:]:
    module.bulk(count)
else:
    for _ in range(count):
        module.noop.delay()
print(time.perf_counter() - started)
