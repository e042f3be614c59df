"""Whether a delivery may run: the claim, and what becomes of a message whose claim is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from celery import current_app
from django.db import InterfaceError, OperationalError

from tasks_app.db import shared_time
from tasks_app.db.outage import is_of_the_value
from tasks_app.errors import CodedError
from tasks_app.ledger import causes, transitions
from tasks_app.ledger.hot_sql import Edition
from tasks_app.ledger.insertion import insert_jobs
from tasks_app.ledger.message_codec import (
    FAMILY,
    LATE_PART,
    LAUNCHED_BY,
    OURS,
    SCHEDULE,
    SCHEDULED_FOR,
    job_of_message,
)
from tasks_app.ledger.refused_message import count_messages, refused
from tasks_app.models import Job, MessageTally, State
from tasks_app.models.job import Origin

# Headers in which rows tell of people and schedules: nobody else's word counts for that.
_ONLY_OURS = frozenset({OURS, LAUNCHED_BY, SCHEDULE, SCHEDULED_FOR, FAMILY, LATE_PART})


def may_run(task: Any, token: str, args: Any, kwargs: Any) -> bool:
    """Whether this delivery has the job now; a foreign message gets its row first.

    Raises MessageRefused for a foreign message that can become no job.
    """
    if not task.request.get(OURS):
        adopt(task.name, task.request, args, kwargs)
    return claim_delivery(task, token) or _let_go(task, token)


def claim_delivery(task: Any, token: str) -> bool:
    """The guarded UPDATE, for the message that was delivered to this task."""
    shared_time.measure_now_and_then()  # a pool's process has no heartbeat that would
    request = task.request
    return transitions.claim(request.id, token, request.hostname or "", _edition(request))


def adopt(name: str, request: Any, args: Any, kwargs: Any) -> None:
    """Write the row of a foreign message, from Celery's request of it; one that is there is left as it is.

    Raises MessageRefused where no row takes it, and where its id is that of another job.
    """
    columns = ("name", "args", "kwargs", "message")
    found = Job.objects.filter(id=request.id).values(*columns).first()
    try:
        foreign = _job_of_request(name, request, args, kwargs)
        if found is None:
            foreign.published_at = shared_time.now()
            insert_jobs([foreign])
    except (OperationalError, InterfaceError) as error:
        if not is_of_the_value(error):
            raise
        raise refused(foreign.queue, error) from error
    except Exception as error:  # whatever it is that arrived, and whatever a kind's declaration makes of it
        raise refused(queue_of(request), error) from error
    if found is not None and _is_another(found, foreign):
        raise refused(foreign.queue, CodedError(causes.ID_OF_ANOTHER(id=request.id)))


def queue_of(request: Any) -> str:
    """Where a delivery came from, of Celery's request."""
    return str((request.delivery_info or {}).get("routing_key") or current_app.conf.task_default_queue)


def _is_another(found: Mapping[str, Any], foreign: Job) -> bool:
    """Whether the row of its id is of something else; a message that came twice, or is of an earlier attempt,
    is not."""
    headers = found["message"].get("headers")
    if headers is None:  # of a message that was refused
        return False
    editions = [
        (one.get("retries") or 0, one.get("replaced_task_nesting") or 0)
        for one in (headers, foreign.message["headers"])
    ]
    same = (found["name"], found["args"], found["kwargs"]) == (foreign.name, foreign.args, foreign.kwargs)
    return editions[0] == editions[1] and not same


def _let_go(task: Any, token: str) -> bool:
    """After a claim that was refused: of a paused, early or stale message the clock publishes the job's own
    when it may start; one whose job is gone is counted, and nothing runs."""
    job_id = task.request.id
    found = Job.objects.filter(id=job_id).values("state", "cancel_asked_at").first()
    if found is None:
        count_messages(MessageTally.Reason.PRUNED)
    elif found["state"] == State.WAITING:
        if found["cancel_asked_at"]:  # a worker of an older release handed it back all the same
            task.backend.end_asked(job_id, token, task.request, waiting_too=True)
        else:
            transitions.unpublish(job_id)
    return False


def _edition(request: Any) -> Edition:
    return Edition(request.retries or 0, request.replaced_task_nesting or 0)


def _job_of_request(name: str, request: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Job:
    """The unsaved row of a message that somebody else published, from what Celery made of it."""
    time_limit, soft_time_limit = request.timelimit or (None, None)
    message = current_app.amqp.as_task_v2(
        request.id,
        name,
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
    headers = {key: value for key, value in (request.headers or {}).items() if key not in _ONLY_OURS}
    return job_of_message(
        name,
        message,
        headers=headers | {"eta": request.eta},
        origin=Origin.ADOPTED,
        queue=queue_of(request),
    )
