"""What is kept of an exception: a sentence for people, the traceback for those who mend it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from celery.utils.serialization import UnpickleableExceptionWrapper
from django.db import InterfaceError, OperationalError

from tasks_app.db.text import storable_text
from tasks_app.logs.masking import masked

LONGEST_SENTENCE = 2_000  # characters; a message can quote a whole document
LONGEST_TRACEBACK = 50_000
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line \d+, in (?P<function>\S+)', re.MULTILINE)


@dataclass(frozen=True)
class Failure:
    error_class: str
    error: str
    traceback: str
    fingerprint: str  # equal for errors of the same class from the same function

    @property
    def sentence(self) -> str:
        return self.error

    @classmethod
    def of(cls, exc: BaseException | None, traceback: Any = None) -> Failure:
        name, sentence = _told_by(exc)
        sentence, text = masked(sentence), masked(storable_text(str(traceback or "")))
        frames = _FRAME.findall(text)
        place = "/".join(frames[-1]) if frames else ""
        digest = hashlib.sha256(f"{name} {place}".encode()).hexdigest()
        return cls(name, (sentence or name)[:LONGEST_SENTENCE], text[-LONGEST_TRACEBACK:], digest)

    def saying(self, sentence: str) -> Failure:
        return replace(self, error=sentence)

    def as_fields(self) -> dict[str, str]:
        return asdict(self)


# Of PostgreSQL (its manual, appendix A): a broken connection; shut down, crashed, starting up.
_GONE = ("08", "57P01", "57P02", "57P03")


def database_went_away(exc: BaseException) -> bool:
    """Whether a body failed for want of its database, which says nothing of the job itself."""
    if not isinstance(exc, OperationalError | InterfaceError):
        return False
    code = getattr(exc.__cause__, "sqlstate", "")  # None where no server answered; SQLite has none
    return code is None or code.startswith(_GONE)


def _told_by(exc: BaseException | None) -> tuple[str, str]:
    """Class and sentence; Celery wraps an exception that cannot be pickled, and its repr is no sentence."""
    if exc is None:
        return "", ""
    name, sentence = type(exc).__name__, str(exc)
    if isinstance(exc, UnpickleableExceptionWrapper):
        name = exc.exc_cls_name
        if len(exc.exc_args) == 1:
            sentence = str(exc.exc_args[0])
    return name, storable_text(sentence.strip())
