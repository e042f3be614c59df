"""The settings of this version; only its pause before a job is offered again is shorter."""

from projet.settings import *  # noqa: F403

CELERY_IMPORTS = ["tests.growing.newer"]
