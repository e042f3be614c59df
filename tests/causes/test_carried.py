"""Codes go from process to process: by pickle, by the JSON of a result, to whoever waits for it."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from celery import current_app
from celery.exceptions import TaskRevokedError, TimeLimitExceeded, WorkerLostError
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django_celery_results.models import TaskResult

from backoffice.emails import causes as email_causes
from backoffice.emails.errors import HoldAll, Refused
from backoffice.emails.ses_errors import PAUSED
from backoffice.reports import causes as report_causes
from backoffice.reports.periods import ImpossiblePeriod
from backoffice.s3 import NO_BUCKET, BucketRefused
from backoffice.storage import REFUSED, StorageRefused
from tasks_app.errors import (
    ARGUMENTS_INVALID,
    UNKNOWN_JOB,
    CodedError,
    InvalidArguments,
    JobCancelled,
    Unknown,
    UnknownJob,
)
from tasks_app.ledger import causes
from tasks_app.ledger.failure import Failure, notice_of
from tests.causes import jobs
from tests.servers import Process, RedisServer
from tests.stack import Stack

pytestmark = pytest.mark.once

ERRORS: list[CodedError] = [
    Refused(email_causes.RECIPIENT_OPTED_OUT(recipient="Zoé <zoe@example.org>")),
    PAUSED.said("SendingPausedException", "No more."),
    StorageRefused(REFUSED(error=BucketRefused(NO_BUCKET(bucket="b", error="x")))),
    BucketRefused(NO_BUCKET(bucket="b", error="x")),
    ImpossiblePeriod(report_causes.NO_FIRST_DAY()),
    InvalidArguments(ARGUMENTS_INVALID(errors={"colour": ["no such colour"]})),
    UnknownJob(UNKNOWN_JOB(name="x.y")),
    Unknown("the other side did not answer"),
    JobCancelled(),
]
EACH = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


@EACH
def test_an_error_goes_to_another_process_whole(error: CodedError) -> None:
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):  # noqa: S301 - our own
        assert type(again) is type(error)
        assert (again.code, again.notice, str(again)) == (error.code, error.notice, str(error))


@EACH
def test_an_error_survives_the_json_of_a_result(error: CodedError) -> None:
    backend = current_app.backend
    stored = json.loads(backend.encode(backend.prepare_exception(error)))
    assert (stored["code"], stored["sentence"]) == (notice_of(error).code, str(error))
    again = backend.exception_to_python(stored)
    assert type(again) is type(error)
    assert (again.notice, str(again)) == (error.notice, str(error))


def test_what_follows_from_the_parameters_survives_too() -> None:
    held = pickle.loads(pickle.dumps(ERRORS[1]))  # noqa: S301 - our own
    assert isinstance(held, HoldAll)
    assert (held.asked, held.provider_code, held.detail) == (True, "SendingPausedException", "No more.")
    assert pickle.loads(pickle.dumps(ERRORS[4])).field == "start"  # noqa: S301 - our own
    assert pickle.loads(pickle.dumps(ERRORS[5])).errors == {"colour": ["no such colour"]}  # noqa: S301


def test_a_bucket_s_error_has_no_number_of_the_system() -> None:
    """Who asks for its `strerror` first, as for a folder's, must get on to its sentence."""
    for error in (ERRORS[3], pickle.loads(pickle.dumps(ERRORS[3]))):  # noqa: S301 - our own
        assert isinstance(error, OSError)
        assert (error.errno, error.strerror) == (None, None)


def test_an_error_within_an_error_is_said_in_the_reader_s_language() -> None:
    with translation.override("fr"):
        assert "n’existe pas" in str(ERRORS[2])


@pytest.mark.parametrize("own", [WorkerLostError, TaskRevokedError])
def test_celery_s_own_errors_carry_our_notices(own: type[Exception]) -> None:
    why = causes.WORKER_LOST(count=2, reason=causes.WORKER_STOPPED())
    backend = current_app.backend
    stored = json.loads(backend.encode(backend.prepare_exception(own(why))))
    assert (stored["exc_type"], stored["code"]) == (own.__name__, "worker.lost")
    again = backend.exception_to_python(stored)
    assert (type(again).__name__, str(again)) == (own.__name__, str(why))
    assert Failure.of(own(why)).notice == why


def test_a_time_limit_is_one_cause_whatever_its_seconds() -> None:
    assert {Failure.of(TimeLimitExceeded(seconds)).notice.code for seconds in (3, 600)} == {"job.time_limit"}


def test_words_of_a_job_s_own_are_kept_and_told_apart_as_foreign_ones_are(db: None) -> None:
    def cause(text: str) -> str:
        sent = jobs.say.apply((text,))
        return str(TaskResult.objects.get(task_id=sent.id).result)

    one, same, other = (json.loads(cause(text)) for text in ("Door 4 stuck.", "Door 19 stuck.", "No door."))
    assert one["sentence"] == "Door 4 stuck."
    assert one["code"] == same["code"] != other["code"]


@pytest.mark.stack
def test_whoever_waits_in_another_process_gets_the_error_itself(
    processes: Stack, broker: RedisServer, client: Client, admin_user: Any
) -> None:
    worker: Process = processes.start_worker(DJANGO_SETTINGS_MODULE="tests.causes.settings")
    assert worker
    sent = jobs.refuse.delay("Zoé Martin")
    with pytest.raises(Refused) as caught:
        sent.get(timeout=60)
    assert caught.value.code == "email.recipient_opted_out"
    assert caught.value.notice.params == {"recipient": "Zoé Martin"}
    result = TaskResult.objects.get(task_id=sent.id)
    assert result.traceback
    client.force_login(admin_user)
    page = client.get(
        reverse("admin:django_celery_results_taskresult_change", args=[result.pk]),
        headers={"accept-language": "fr"},
    ).content.decode()
    assert "Zoé Martin ne souhaite plus recevoir" in page
