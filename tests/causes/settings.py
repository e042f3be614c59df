"""The settings of workers that know the tests' jobs."""

from projet.settings import *  # noqa: F403

CELERY_IMPORTS = ["tests.causes.jobs"]
