"""The Celery app: `celery -A projet …`. Everything it publishes or runs passes through the engine."""

import os
import sys
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from celery import Celery, signals
from django.conf import settings

from projet.conf.environment import read_settings
from tasks_app.db import shared_time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
# SIGTERM, as compose and systemd send it: running jobs get a soft shutdown, the others are handed back.
os.environ.setdefault("REMAP_SIGTERM", "SIGQUIT")
if "celery" in Path(sys.argv[0]).parts[-2:]:  # its own command line, as `celery` or `python -m celery`
    read_settings()


class BackOffice(Celery):  # type: ignore[misc]  # Celery is not typed
    @cached_property
    def Beat(self) -> Any:  # noqa: N802 - Celery's name
        return self.subclass_with_self("projet.beat:QuietBeat")

    def now(self) -> datetime:
        """What `countdown` and `expires` are counted from: the time that all hosts share."""
        return shared_time.now().astimezone(self.timezone)


app = BackOffice(
    "projet",
    amqp="tasks_app.broker.amqp:JobAMQP",
    task_cls="tasks_app.worker.task:JobTask",
    events="tasks_app.worker.events:JobEvents",
)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.setup_logging.connect
def keep_our_logs(**kwargs: Any) -> None:
    """That somebody listens is enough: Celery sets up no handlers of its own. LOG_LEVEL counts, not `-l`.

    What libraries print becomes lines of the log, as where Celery sets it up itself.
    """
    app.log.redirect_stdouts("WARNING")


@signals.celeryd_init.connect
def no_banner_in_json(instance: Any, **kwargs: Any) -> None:
    instance.quiet = instance.quiet or settings.LOG_FORMAT == "json"


@app.task(bind=True)
def debug_task(self: Any) -> dict[str, str]:
    """Proves the whole road: a job that only says where it ran."""
    return {"status": "ok", "id": self.request.id, "worker": self.request.hostname or ""}
