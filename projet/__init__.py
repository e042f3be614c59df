"""The Django project: settings, the admin site, and what surrounds it. Celery looks for its app here."""

from projet.celery import app as celery_app

__all__ = ["celery_app"]
