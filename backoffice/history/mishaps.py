"""What goes wrong in a past: errors that the product's own code, or a library below it, really raises.

Each is provoked once for each job, so that class, sentence and traceback are what support would find.
"""

from __future__ import annotations

import errno
import json
import os
import traceback
from collections.abc import Callable
from typing import IO, Any, cast

from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from celery.exceptions import SoftTimeLimitExceeded, WorkerLostError
from django.db import OperationalError

from backoffice import storage
from backoffice.emails import causes as email_causes
from backoffice.emails import ses
from backoffice.emails.audience import welcome
from backoffice.emails.errors import OutcomeUnknown, Refused
from backoffice.emails.render import Source, render
from backoffice.history.cast import Person
from backoffice.models import Recipient
from tasks_app.errors import Unknown
from tasks_app.ledger import causes
from tasks_app.ledger.failure import Failure, because

_traces: dict[object, str] = {}


def failure_of(provoke: Callable[[], object]) -> Failure:
    """What is kept of the error that this raises."""
    try:
        provoke()
    except Exception as error:
        return Failure.of(error, _traceback_of(error, getattr(provoke, "func", provoke)))
    raise AssertionError(f"{provoke} went well.")


def _traceback_of(error: Exception, raiser: object) -> str:
    """As Python prints it; its frames, which are the same each time, are printed once for each raiser."""
    said = "".join(traceback.format_exception_only(error))
    if raiser not in _traces:
        _traces[raiser] = "".join(traceback.format_exception(error)).removesuffix(said)
    return _traces[raiser] + said


# --- Emails ---------------------------------------------------------------------------------------


def opted_out(person: Person) -> None:
    welcome(Recipient(pk=person.pk, email=person.email, name=person.name, active=False), person.pk)


def deleted(person: Person) -> None:
    raise Refused(email_causes.RECIPIENT_DELETED(id=person.pk))


def value_missing(person: Person) -> None:
    render(
        Source("Invoice {{ invoice_number }}", "Due {{ due_date }}.", ""),
        {"recipient": {"name": person.name}},
    )


def rejected(person: Person) -> None:
    _ses_says("MessageRejected", f"Email address is not verified: {person.email}", 400)


def throttled(person: Person) -> None:
    _ses_says("TooManyRequestsException", "Maximum sending rate exceeded.", 429)


def out_of_reach(person: Person) -> None:
    raise ses.meaning(EndpointConnectionError(endpoint_url="https://email.eu-west-3.amazonaws.com/"))


def no_answer(person: Person) -> None:
    try:
        raise ses.meaning(ReadTimeoutError(endpoint_url="https://email.eu-west-3.amazonaws.com/"))
    except OutcomeUnknown as error:
        raise Unknown(error.notice) from error


def _ses_says(code: str, message: str, status: int) -> None:
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    raise ses.meaning(ClientError(answer, "SendEmail"))


# --- Reports and what other code of the company does ------------------------------------------------


class _Unkeepable:
    """A file that can be measured, and then finds no room."""

    looks, rest = 0, b""

    def seek(self, *_where: int) -> None:
        self.looks, self.rest = self.looks + 1, b"%PDF-"

    def read(self, _size: int = -1) -> bytes:
        if self.looks > 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        found, self.rest = self.rest, b""
        return found


def storage_full() -> None:
    storage.keep(cast("IO[bytes]", _Unkeepable()), "reports/no-room.pdf")


def database_locked() -> None:
    raise OperationalError("database is locked")


def partner_is_silent(number: int) -> None:
    raise ConnectionError(
        f"HTTPSConnectionPool(host='erp.example.org', port=443): read timed out after {number} s"
    )


def order_is_odd(number: int) -> None:
    json.loads(f'{{"order": {number}, "lines": [')


def order_has_no_total(number: int) -> None:
    {"order": number, "lines": []}["total"]


def worker_lost() -> Failure:
    return because(
        causes.WORKER_DIED(detail="Its process died: signal 9 (SIGKILL)."), WorkerLostError.__name__
    )


def lost_for_good(deaths: int) -> Failure:
    reason = str(worker_lost().notice)
    return because(causes.WORKER_LOST(count=deaths, reason=reason), WorkerLostError.__name__)


def time_limit() -> None:
    raise SoftTimeLimitExceeded
