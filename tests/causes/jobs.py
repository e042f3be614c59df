"""Jobs that fail, for tests of what is kept of it."""

from __future__ import annotations

import json
from typing import Any

from celery import shared_task

from backoffice.emails import causes
from backoffice.emails.errors import Refused, TryAgain
from tasks_app.errors import CodedError


@shared_task(bind=True)
def refuse(self: Any, name: str) -> None:
    raise Refused(causes.RECIPIENT_OPTED_OUT(recipient=name))


@shared_task(bind=True, max_retries=1)
def fail_once(self: Any) -> str:
    if not self.request.retries:
        raise self.retry(exc=TryAgain(causes.OUTBOX_CLOSED(error="disk full")), countdown=0)
    return "at last"


@shared_task(bind=True)
def parse(self: Any, text: str) -> Any:
    return json.loads(text)


@shared_task(bind=True)
def say(self: Any, text: str) -> None:
    raise CodedError(text)
