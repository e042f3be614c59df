"""The engine's pages. Each registers itself, so each file is imported here.

jobs, job_page …       the list of jobs, and one of them      job_rerun …     running them again
job_lineage            what came of it                        launch …        the launch page
schedules, schedule_page …   schedules, and one of them       queues          queues and workers
results                what Celery keeps of outcomes

And what they share: common, dialogs (a POST that says what it will do), dressing (Unfold's widgets), framing.
"""

from importlib import import_module
from pkgutil import iter_modules

for _page in iter_modules(__path__):
    import_module(f"{__name__}.{_page.name}")
