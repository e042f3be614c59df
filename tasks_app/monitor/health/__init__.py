"""One set of checks for the pages, /readyz, `manage.py doctor` and the metrics.

A check is a function of the present moment that yields findings, each a level, a sentence and what to do.
Those of the engine stand in this package, those of the domain in backoffice/health.py, which has them all.
"""

from tasks_app.monitor.health.checks import Check, Cost, Finding, Guide, Level, run, worst
from tasks_app.monitor.health.clock import CLOCK
from tasks_app.monitor.health.hosts import HOSTS
from tasks_app.monitor.health.quiet import QUIET
from tasks_app.monitor.health.search import SEARCH
from tasks_app.monitor.health.services import BROKER, DATABASE, WORKERS
from tasks_app.monitor.health.work import WORK

CHECKS = [*DATABASE, *BROKER, *WORKERS, *CLOCK, *HOSTS, *WORK, *QUIET, *SEARCH]

__all__ = [
    "BROKER",
    "CHECKS",
    "CLOCK",
    "DATABASE",
    "HOSTS",
    "WORK",
    "WORKERS",
    "Check",
    "Cost",
    "Finding",
    "Guide",
    "Level",
    "run",
    "worst",
]
