"""The least Django that django-celery-results needs."""

import os

import dj_database_url

SECRET_KEY = "insecure-benchmark-key"  # noqa: S105 - no web process uses it
DATABASES = {
    "default": dj_database_url.parse(
        os.environ["DATABASE_URL"],
        conn_max_age=60 if os.environ["KEEP_CONNECTIONS"] else 0,
        conn_health_checks=True,
    )
}
INSTALLED_APPS = ["django_celery_results"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
