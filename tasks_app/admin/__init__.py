"""The engine's pages. Each registers itself, so each file and folder is imported here.

jobs/        the list of jobs, one of them                batches/    many jobs, run again
failures/    failed jobs by cause                         schedules/  schedules, one of them
queues/      queues and workers                           alerts      who is told of what
calendars    which days are worked                        quiet_periods  when no schedule makes jobs
quiet_words  when one is, and of whom
results      what Celery keeps of outcomes                launch      the launch page
audit_log, audit_things   what the audit log says, and of what

And what they share: common, dialogs (a POST that says what it will do), dressing (Unfold's widgets), framing,
arguments (a job's, as they are shown), filters, layout (what a row shows where), moments, searching,
selection (an action on many), things (what links where).
"""

from importlib import import_module
from pkgutil import iter_modules

for _page in iter_modules(__path__):
    import_module(f"{__name__}.{_page.name}")
