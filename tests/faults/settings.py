"""The settings of workers that know the jobs of the fault suite."""

from projet.settings import *  # noqa: F403
from projet.settings import CELERY_IMPORTS as OWN_IMPORTS

CELERY_IMPORTS = [*OWN_IMPORTS, "tests.faults.jobs"]
