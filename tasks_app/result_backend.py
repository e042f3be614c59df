"""django-celery-results' backend, with the Job's end in the same transaction."""

from django_celery_results.backends.database import DatabaseBackend


class JobResultBackend(DatabaseBackend):
    pass
