VERSION = "0.1.0"

from projet.celery import app as celery_app  # noqa: E402 - the settings it reads may ask for the version

__all__ = ["VERSION", "celery_app"]
