"""The settings of a worker or clock that notes which of our overrides its library calls."""

from projet.settings import *  # noqa: F403
from projet.settings import CELERY_IMPORTS as OURS

CELERY_IMPORTS = [*OURS, "tests.engine.jobs", "tests.upstream.jobs", "tests.upstream.tap"]
