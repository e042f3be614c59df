"""The Activity report says what failed by cause, in general, and its numbers add up to all that failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from backoffice.emails import causes
from backoffice.reports import making
from backoffice.reports.job_counts import Jobs
from backoffice.reports.periods import Moving, resolve
from backoffice.reports.sections import Table
from backoffice.reports.types import activity
from tasks_app.ledger.failure import Failure, because
from tasks_app.models import Job, State
from tests.reports.conftest import add_job, media  # noqa: F401 - fixtures
from tests.reports.reading import text

pytestmark = pytest.mark.django_db
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)


def foreign(error: Exception) -> Failure:
    try:
        raise error
    except type(error) as raised:
        return Failure.of(raised)


def failures() -> list[tuple[int, str, Failure | None]]:
    """How many, of which job, why; None: written by an older version."""
    email, deliver = "tasks_app.tasks.envoi_email", "tasks_app.tasks.deliver_message"
    return [
        (4, email, because(causes.RECIPIENT_OPTED_OUT(recipient="Zoé Martin <zoe@example.org>"), "Refused")),
        (3, email, because(causes.RECIPIENT_DELETED(id=7), "Refused")),
        (2, deliver, because(causes.RECIPIENT_OPTED_OUT(recipient="max@example.org"), "Refused")),
        (2, email, foreign(ValueError("zoe@example.org has 3 doors"))),
        (1, email, foreign(ValueError("max@example.org has 12 doors"))),
        (1, email, foreign(ValueError("no door at all for Zoé Martin"))),
        (1, email, None),
    ]


@pytest.fixture
def october(add_job: Callable[..., Job]) -> int:  # noqa: F811 - a fixture
    """How many failed."""
    for count, name, why in failures():
        old = {"error": "Zoé Martin <zoe@example.org> is gone", "error_class": "x.Refused"}
        for _number in range(count):
            add_job(OCTOBER, State.FAILED, name=name, **(why.as_columns() if why else old))
    add_job(OCTOBER)
    # It failed once, and then did not: its cause stays behind, and it is no failure.
    add_job(OCTOBER, cause="email.recipient_deleted", cause_params={"id": 9})
    return sum(count for count, _name, _why in failures())


def table_of(language: str) -> Table:
    with translation.override(language):
        return activity._causes(Jobs(resolve(Moving.LAST_MONTH, NOVEMBER)))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_cause_is_one_line_and_the_lines_add_up(october: int, language: str) -> None:
    table = table_of(language)
    with translation.override(language):
        counts = {(str(row[1].value), row[0]) for row in table.rows}
        expected = {
            (str(causes.RECIPIENT_OPTED_OUT.general), 6),
            (str(causes.RECIPIENT_DELETED.general), 3),
        }
    assert expected <= counts
    assert sorted(row[0] for row in table.rows) == [1, 1, 3, 3, 6]
    assert sum(row[0] for row in table.rows) == october


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_document_names_nobody(october: int, language: str) -> None:
    made = making.make("activity", {"period": "last_month", "language": language}, moment=NOVEMBER)
    said = text(made)
    assert not re.search(r"zoé|martin|@example", said, re.IGNORECASE)
    assert ("ValueError dans tests.causes" if language == "fr" else "ValueError in tests.causes") in " ".join(
        said.split()
    )


def test_what_is_not_listed_is_counted(add_job: Callable[..., Job]) -> None:  # noqa: F811 - a fixture
    for number in range(activity.TOP_CAUSES + 3):
        add_job(OCTOBER, State.FAILED, cause=f"shop.closed_{chr(97 + number)}", error="x")
    rows: Any = table_of("en").rows
    assert len(rows) == activity.TOP_CAUSES + 1
    assert rows[-1][0] == 3
    assert sum(row[0] for row in rows) == activity.TOP_CAUSES + 3
