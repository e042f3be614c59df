"""The settings of workers that know a job with a secret argument."""

from projet.settings import *  # noqa: F403

CELERY_IMPORTS = ["tests.sign_in.secret_jobs"]
