"""Queues & workers: what waits and runs, who works, and what people do to either.

page      the page, and its figures a few seconds later
pausing   pause a queue until a moment, change that, resume it
workers   ask a worker to finish and stop; let it go on
"""

from tasks_app.admin.queues import page as page
from tasks_app.admin.queues import pausing as pausing
from tasks_app.admin.queues import workers as workers
