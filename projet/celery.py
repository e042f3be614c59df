"""The Celery app: `celery -A projet …`. Everything it publishes or runs passes through the engine."""

import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery

from projet.environment import read_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
# SIGTERM, as compose and systemd send it: running jobs get a soft shutdown, the others are handed back.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
if "celery" in Path(sys.argv[0]).parts[-2:]:  # its own command line, as `celery` or `python -m celery`
    read_settings()

app = Celery("projet", amqp="tasks_app.amqp:JobAMQP", task_cls="tasks_app.job_task:JobTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task(bind=True)
def debug_task(self: Any) -> dict[str, str]:
    """Proves the whole road: a job that only says where it ran."""
    return {"status": "ok", "id": self.request.id, "worker": self.request.hostname or ""}
