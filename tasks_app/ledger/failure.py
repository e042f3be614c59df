"""What is kept of a failure: its notice for people, the traceback for those who mend it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from billiard.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded
from celery.exceptions import ChordError
from celery.utils.serialization import UnpickleableExceptionWrapper
from django.db import InterfaceError, OperationalError

from tasks_app.db.text import storable_text
from tasks_app.errors import IN_ITS_OWN_WORDS, CodedError
from tasks_app.full_disk import is_full
from tasks_app.ledger import causes
from tasks_app.logs.masking import masked
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice, foreign
from tasks_app.notices.notice import LONGEST

LONGEST_TRACEBACK = 50_000


@dataclass(frozen=True)
class Failure:
    error_class: str
    notice: Notice
    traceback: str = ""

    @classmethod
    def of(cls, exc: BaseException | None, traceback: Any = None) -> Failure:
        text = masked(storable_text(str(traceback or "")))
        return cls(_class_of(exc), notice_of(exc).masked(), text[-LONGEST_TRACEBACK:])

    @property
    def error(self) -> str:
        """The sentence in the language of who writes it, for readers of plain SQL and of older versions."""
        return (str(self.notice) or self.error_class)[:LONGEST]

    @property
    def fingerprint(self) -> str:
        """Equal for the same cause, by the rule whose number stands beside it."""
        return hashlib.sha256(self.notice.code.encode()).hexdigest()

    def as_columns(self) -> dict[str, Any]:
        """Of a job."""
        return {"error_class": self.error_class, "error": self.error, **columns_of(self.notice)}

    def as_fields(self) -> dict[str, Any]:
        """Of an attempt."""
        return self.as_columns() | {
            "traceback": self.traceback,
            "fingerprint": self.fingerprint,
            "fingerprint_rule": foreign.RULE,
        }


def because(notice: Notice, error_class: str = "") -> Failure:
    """Why a job ended or waits, where nothing was raised."""
    return Failure(error_class, notice.masked())


def notice_of(exc: BaseException | None) -> Notice:
    """What an exception says: ours its own notice, Celery's the one it was given, any other its code.

    None: the job asked for a retry and gave no reason.
    """
    if exc is None:
        return causes.ASKED_TO_RETRY()
    if isinstance(exc, CodedError) and exc.code != IN_ITS_OWN_WORDS.code:
        return exc.notice
    if exc.args and isinstance(exc.args[0], Notice):  # Celery's class, our notice
        return exc.args[0]
    if isinstance(exc, TimeLimitExceeded | SoftTimeLimitExceeded):
        return causes.TIME_LIMIT()
    if isinstance(exc, ChordError):
        return causes.PART_FAILED(detail=masked(str(exc)))
    if is_full(exc):
        return causes.NO_ROOM(error=_message_of(exc))
    # Masked first: whatever a secret is, what fails with it fails for the same cause.
    message = masked(_message_of(exc))
    return Notice(
        foreign.code_of(_full_name_of(exc), foreign.place_of(exc), message), {"message": message[:LONGEST]}
    )


# Of PostgreSQL (its manual, appendix A): a broken connection; shut down, crashed, starting up.
_GONE = ("08", "57P01", "57P02", "57P03")


def database_went_away(exc: BaseException) -> bool:
    """Whether a body failed for want of its database, which says nothing of the job itself."""
    if not isinstance(exc, OperationalError | InterfaceError):
        return False
    code = getattr(exc.__cause__, "sqlstate", "")  # None where no server answered; SQLite has none
    return code is None or code.startswith(_GONE)


# Celery wraps an exception that cannot be pickled; what it wraps is what went wrong.


def _class_of(exc: BaseException | None) -> str:
    if exc is None:
        return ""
    return str(exc.exc_cls_name) if isinstance(exc, UnpickleableExceptionWrapper) else type(exc).__name__


def _full_name_of(exc: BaseException) -> str:
    if isinstance(exc, UnpickleableExceptionWrapper):
        return foreign.full_name(str(exc.exc_module), str(exc.exc_cls_name))
    return foreign.full_name(type(exc).__module__, type(exc).__qualname__)


def _message_of(exc: BaseException) -> str:
    text = str(exc)
    if isinstance(exc, UnpickleableExceptionWrapper) and len(exc.exc_args) == 1:
        text = str(exc.exc_args[0])  # the wrapper's own text is a repr
    return storable_text(text.strip())
