"""What the end of a job that did not succeed leaves besides: its kind says, in the transaction of the end."""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError, transaction

from tasks_app.catalogue import kind_of, kinds
from tasks_app.models import Job
from tasks_app.notices import Notice

logger = logging.getLogger(__name__)


def tell_kind_of(job_id: str, why: Notice) -> None:
    """To the kind of a job that has just failed, was cancelled or is of unknown outcome.

    The end stands whatever the kind makes of that, unless the database is away: then it is written anew.
    """
    owing = [kind.name for kind in kinds() if kind.when_unsuccessful]
    job = Job.objects.filter(id=job_id, name__in=owing).defer("message").first()
    kind = kind_of(job.name) if job else None
    if job is None or kind is None or kind.when_unsuccessful is None:
        return
    try:
        with transaction.atomic():
            kind.when_unsuccessful(job, why)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("What the end of job %s[%s] leaves besides could not be written.", job.name, job_id)
