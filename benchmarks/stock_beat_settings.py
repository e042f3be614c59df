"""Django's own admin with django-celery-beat as it comes, on the tables of this back office."""

from benchmarks.stock_settings import *  # noqa: F403 - the same, with another app

INSTALLED_APPS = [*INSTALLED_APPS, "django_celery_beat"]  # noqa: F405
