"""What a check is, and how checks are run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from django.db import DatabaseError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

logger = logging.getLogger(__name__)

type Text = str | Promise


class Level(IntEnum):
    OK = 0
    DEGRADED = 1  # the work goes on; somebody should look at it
    FAILED = 2  # something that people rely on does not happen


SIGNS = {Level.OK: "✓", Level.DEGRADED: "!", Level.FAILED: "✗"}
NOTED = "i"


class Cost(StrEnum):
    """What a check asks, so that nobody pays in a page what belongs on a command line."""

    ROWS = "rows"  # a few rows of the database
    BROKER = "broker"  # one question to the broker, within a second
    OUTSIDE = "outside"  # the storage, the mail service: seconds


@dataclass(frozen=True)
class Finding:
    level: Level
    sentence: str
    remedy: str = ""  # what to do; nothing where all is well
    page: str = ""  # the address of the admin's page that shows it, from "/admin/" on
    # Of what is in order: it is not plainly well, though nobody need do anything. What a trial does without,
    # what is not there yet.
    noted: bool = False

    @property
    def sign(self) -> str:
        return NOTED if self.noted else SIGNS[self.level]


@dataclass(frozen=True)
class Guide:
    """A paragraph of the documents: a file of docs/, and the heading there."""

    file: str
    heading: str


WATCHES = "tasks_app.view_queuestate"  # the right of who sees queues and workers
IS_IT_WELL = Guide("operations.md", "Is it well?")


@dataclass(frozen=True)
class Check:
    """`audience` is the right, "app.codename", of those whom pages tell of it."""

    key: str  # as /readyz and --json call it
    title: Text
    ask: Callable[[datetime], Iterator[Finding]]
    audience: str
    guide: Guide = IS_IT_WELL
    cost: Cost = Cost.ROWS


def ok(sentence: str) -> Finding:
    return Finding(Level.OK, sentence)


def noted(sentence: str) -> Finding:
    return Finding(Level.OK, sentence, noted=True)


def degraded(sentence: str, remedy: str, page: str = "") -> Finding:
    return Finding(Level.DEGRADED, sentence, remedy, page)


def failed(sentence: str, remedy: str, page: str = "") -> Finding:
    return Finding(Level.FAILED, sentence, remedy, page)


def run(checks: Iterable[Check], now: datetime) -> Iterator[tuple[Check, list[Finding]]]:
    """Each check with what it found. One that gets no answer says so, and holds up no other."""
    for check in checks:
        try:
            yield check, list(check.ask(now))
        except DatabaseError as error:
            yield check, [unanswered(error)]
        except Exception as error:  # a row that nobody foresaw
            logger.exception("The check “%s” stumbled.", check.key)
            yield check, [_stumbled(error)]


def unanswered(error: DatabaseError) -> Finding:
    return failed(
        _("The database does not answer this question: %s.") % _first_line(error),
        _("See what is said of the database, and its log."),
    )


def _stumbled(error: Exception) -> Finding:
    return failed(
        _("This question cannot be answered (%s): a row holds what nobody foresaw.")
        % f"{type(error).__name__}: {_first_line(error)}",
        _("The log of this process says where. Please tell who maintains the product."),
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def worst(findings: Iterable[Finding]) -> Level:
    return max((finding.level for finding in findings), default=Level.OK)
