"""The Celery app: `celery -A projet …`. Everything it publishes or runs passes through the engine."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")

app = Celery("projet", amqp="tasks_app.amqp:JobAMQP", task_cls="tasks_app.job_task:JobTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
