"""The settings of the next version, which has one more job."""

from projet.settings import *  # noqa: F403

CELERY_IMPORTS = ["tests.growing.newer", "tests.growing.newer_jobs"]
