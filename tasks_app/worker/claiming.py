"""Whether a delivery may run: the claim, and what becomes of a message whose claim is refused."""

from __future__ import annotations

from typing import Any

from tasks_app.db import shared_time
from tasks_app.ledger import transitions
from tasks_app.ledger.hot_sql import Edition
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.message_codec import OURS, job_of_message
from tasks_app.models import Job, State
from tasks_app.models.job import Origin


def claim_delivery(task: Any, token: str) -> bool:
    """The guarded UPDATE, for the message that was delivered to this task."""
    shared_time.measure_now_and_then()  # a pool's process has no heartbeat that would
    request = task.request
    edition = Edition(request.retries or 0, request.replaced_task_nesting or 0)
    return transitions.claim(request.id, token, request.hostname or "", edition)


def adopt(task: Any, token: str, args: Any, kwargs: Any) -> bool:
    """After a claim that was refused: whether the delivery may run all the same.

    A foreign message gets its row, and its claim; of a paused, early or stale one of ours the clock publishes
    the job's own when it may start.
    """
    job_id = task.request.id
    found = Job.objects.filter(id=job_id).values("state", "cancel_asked_at").first()
    if found is None and not task.request.get(OURS):
        foreign = _job_of_request(task, args, kwargs)
        foreign.published_at = shared_time.now()
        insert_jobs([foreign])
        if claim_delivery(task, token):
            return True
        found = {"state": State.WAITING, "cancel_asked_at": None}  # its queue is paused
    if found and found["state"] == State.WAITING:
        if found["cancel_asked_at"]:  # a worker of an older release handed it back all the same
            task.backend.end_asked(job_id, token, task.request, waiting_too=True)
        else:
            transitions.unpublish(job_id)
    return False


def _job_of_request(task: Any, args: Any, kwargs: Any) -> Job:
    """The unsaved row of a message that somebody else published, from what Celery made of it."""
    request = task.request
    time_limit, soft_time_limit = request.timelimit or (None, None)
    message = task.app.amqp.as_task_v2(
        request.id,
        task.name,
        args,
        kwargs,
        retries=request.retries or 0,
        callbacks=request.callbacks,
        errbacks=request.errbacks,
        chain=request.chain,
        chord=request.chord,
        group_id=request.group,
        root_id=request.root_id,
        parent_id=request.parent_id,
        expires=request.expires,
        time_limit=time_limit,
        soft_time_limit=soft_time_limit,
        replaced_task_nesting=request.replaced_task_nesting or 0,
    )
    queue = (request.delivery_info or {}).get("routing_key")
    return job_of_message(task.name, message, headers=request.headers, origin=Origin.ADOPTED, queue=queue)
