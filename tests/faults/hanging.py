"""The settings of a clock that stands still, and of workers that know the jobs of the fault suite."""

from projet.settings import CELERY_IMPORTS as OWN_IMPORTS
from tests.clock.hanging import *  # noqa: F403

CELERY_IMPORTS = [*OWN_IMPORTS, "tests.faults.jobs"]
