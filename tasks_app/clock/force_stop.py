"""Running jobs that were asked to stop and did not: after a grace their processes are ended."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from celery import current_app
from django.conf import settings

from tasks_app.broker.publishing import BROKER_ERRORS, broker_channel
from tasks_app.catalogue import kind_of
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.cancelled_run import cancel_waiting
from tasks_app.ledger.failure import because
from tasks_app.models import Job
from tasks_app.worker.result_writer import tell_that_cancelled

logger = logging.getLogger(__name__)


def overdue(now: datetime) -> list[Job]:
    """Running jobs that were asked to stop longer ago than the grace, and may be cut off anywhere."""
    # Without the model's order, for which SQLite would read all jobs there ever were.
    asked = Job.objects.running().filter(cancel_asked_at__lte=now - settings.CANCEL_GRACE).order_by()
    return [
        job
        for job in asked.only("id", "name", "worker", "about")
        if (kind := kind_of(job.name)) and kind.stop_by_force
    ]


def make_way(ids: Iterable[str]) -> None:
    """Jobs whose schedule has the next run stop what still goes on: they are asked, once, as by a person.

    Of kinds that may be stopped by force the processes are ended after the grace; the others end when they
    hear of it, and the next run waits for that.
    """
    why = causes.MAKES_WAY()
    for job in Job.objects.filter(pk__in=list(ids)):
        if not cancel_waiting(job, why, tell_that_cancelled):
            transitions.ask_to_cancel(job.id, because(why))


def stop_by_force(now: datetime) -> None:
    """Tell the workers to end the processes of what was asked to stop longer ago than the grace.

    The message is a bell like any other: one that is lost is repeated by the next tick, for as long as the
    row says running and asked. The worker ends the job as cancelled, under the run's token.
    """
    by_worker: dict[str, list[str]] = defaultdict(list)
    for job in overdue(now):
        by_worker[job.worker].append(job.id)
    if not by_worker:
        return
    try:
        with broker_channel() as channel:
            for worker, ids in by_worker.items():
                logger.info("Stopping %s on %s by force.", ", ".join(ids), worker)
                current_app.control.revoke(
                    ids,
                    destination=[worker],
                    terminate=True,
                    connection=channel.connection.client,
                    channel=channel,
                )
    except BROKER_ERRORS as error:
        logger.warning("Jobs that should stop cannot be told: %s", error)
