"""A delivery as the worker's main process sees it: whose run it is, and what its end there means."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC
from typing import Any

from billiard.exceptions import Terminated, WorkerLostError
from celery.exceptions import InvalidTaskError
from celery.worker import state as worker_state
from celery.worker.request import Request
from django.db import InterfaceError, OperationalError, connection
from kombu.utils.uuid import uuid

from tasks_app.catalogue import kind_of
from tasks_app.db import shared_time
from tasks_app.ledger.lost_run import hand_back, lose
from tasks_app.ledger.message_checks import wrong_part
from tasks_app.ledger.message_codec import KEEP_RESULT, OURS, TOKEN, representations, secrets_of
from tasks_app.logs import context as log_context
from tasks_app.logs.masking import masked
from tasks_app.worker.claiming import adopt
from tasks_app.worker.result_writer import tell_that_cancelled, tell_that_lost

logger = logging.getLogger(__name__)


class JobRequest(Request):  # type: ignore[misc]
    """A delivery in the worker's main process. It makes the token that the pool process claims with,
    because hard time limits and lost processes are noticed here and must know whose run it was.

    Raises InvalidTaskError, with a sentence, for a message that is not what it should be: later, in the
    middle of its event loop, Celery would stumble over it and the worker would end.
    """

    def __init__(self, message: Any, *args: Any, **kwargs: Any) -> None:
        body = kwargs["body"] if kwargs.get("decoded") else message.payload
        if wrong := wrong_part(kwargs.get("headers") or message.headers, body):
            raise InvalidTaskError(wrong)
        super().__init__(message, *args, **kwargs)
        self.is_ours = bool(self._request_dict.get(OURS))
        if not self.is_ours:
            self._eta = None  # its row waits, never the worker
        self._request_dict[TOKEN] = uuid()
        self._mask_secrets()
        log_context.hold(self)
        if self._ignore_result:  # a foreign message: Celery would not tell of a retry either
            self._request_dict[KEEP_RESULT] = self._request_dict["ignore_result"] = False
            self._ignore_result: bool = False

    def _mask_secrets(self) -> None:
        """Whoever sent the message: its sender may know nothing of what this worker's kind declares."""
        kind = kind_of(self._type)
        self.has_secrets = bool(kind and kind.secret)
        if not self.has_secrets:
            return
        self.secrets = secrets_of(self._type, self._args, self._kwargs)
        self._argsrepr, self._kwargsrepr = representations(self._type, self._args, self._kwargs)
        self._request_dict |= {"argsrepr": self._argsrepr, "kwargsrepr": self._kwargsrepr}

    def info(self, safe: bool = False) -> Any:
        """For `celery inspect`, which asks for the arguments as they are."""
        return super().info(safe=safe or self.has_secrets)

    def send_event(self, type: str, **fields: Any) -> None:
        """For Flower: errors and results as texts."""
        if self.has_secrets:
            texts = {name: text for name, text in fields.items() if isinstance(text, str)}
            fields |= masked(texts, self.secrets)
        super().send_event(type, **fields)

    def maybe_expire(self) -> bool:
        """By the time that all hosts share: a worker whose clock is ahead drops nothing before its time."""
        expires = self._expires
        if expires is None or shared_time.now() <= expires.astimezone(UTC):
            return False
        worker_state.revoked.add(self.id)
        return True

    @property
    def facts(self) -> dict[str, Any]:
        """What log lines of this process say of the job."""
        return log_context.facts(self.name, self._context)

    @property
    def token(self) -> str:
        return str(self._request_dict[TOKEN])

    def on_failure(self, exc_info: Any, send_failed_event: bool = True, return_ok: bool = False) -> Any:
        """A lost process is decided on at once: the row moves before Celery puts the message back."""
        with log_context.lines_about(self.facts):  # Celery's line of the error names no job
            return self._on_failure(exc_info, send_failed_event, return_ok)

    def _on_failure(self, exc_info: Any, send_failed_event: bool, return_ok: bool) -> Any:
        error = getattr(exc_info.exception, "exc", exc_info.exception)
        if isinstance(error, WorkerLostError | SystemExit | Terminated):
            if worker_is_leaving():
                self._hand_back()
            elif not isinstance(error, Terminated):
                reason = str(error) or type(error).__name__
                or_leave_it_to_the_lease(lambda: lose(self.id, self.token, reason, tell_that_lost))
        return super().on_failure(exc_info, send_failed_event, return_ok)

    def _announce_revoked(self, reason: str, terminated: bool, signum: Any, expired: bool) -> None:
        """A message that may not start (it expired, its id was revoked) ends its row: a foreign one gets it
        first. Raises MessageRefused where no row takes it."""
        if not self.is_ours and not terminated:
            adopt(self._type, self._context, self._args, self._kwargs)
        super()._announce_revoked(reason, terminated, signum, expired)

    def _announce_cancelled(self, emit_retry: bool = True) -> None:
        """The worker is leaving: the claim is released, so that another takes the job at once."""
        self._hand_back()
        super()._announce_cancelled(emit_retry=False)

    def _hand_back(self) -> None:
        if or_leave_it_to_the_lease(
            lambda: hand_back(self.id, self.token, self._context, tell_that_lost, tell_that_cancelled)
        ):
            logger.info("Job %s[%s] let go: this worker is stopping.", self.name, self.id)


def worker_is_leaving() -> bool:
    """Whether a shutdown was asked for; the flags hold the exit code, and 0 is one."""
    return any(
        flag is not None and flag is not False
        for flag in (worker_state.should_stop, worker_state.should_terminate)
    )


def or_leave_it_to_the_lease(decide: Callable[[], bool]) -> bool:
    """`decide`, on a new connection where the main process's own went stale. Celery must hear of no error
    here: it would neither ack the message nor give its place back."""
    for _attempt in range(2):
        try:
            return decide()
        except (OperationalError, InterfaceError) as error:
            connection.close()
            logger.warning("The database is away (%s).", error)
        except Exception:
            logger.exception("What becomes of a job cannot be told.")
            break
    return False
