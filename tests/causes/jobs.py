"""Jobs that fail, for tests of what is kept of it."""

from __future__ import annotations

import json
from typing import Any

from celery import shared_task

from backoffice.emails import causes
from backoffice.emails.errors import Refused
from tasks_app.errors import CodedError


@shared_task(bind=True)
def refuse(self: Any, name: str) -> None:
    raise Refused(causes.RECIPIENT_OPTED_OUT(recipient=name))


@shared_task(bind=True)
def succeed(self: Any) -> str:
    return "ok"


@shared_task(bind=True)
def parse(self: Any, text: str) -> Any:
    return json.loads(text)


@shared_task(bind=True)
def say(self: Any, text: str) -> None:
    raise CodedError(text)
