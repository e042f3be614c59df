"""What is collected arrives: a PDF and a CSV read back show the very figures of their sections."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from backoffice.reports import making
from backoffice.reports.formatting import shown
from backoffice.reports.sections import Table
from tasks_app.catalogue import label_of
from tests.figures.by_hand import Rows, by, day_of, states_of
from tests.figures.past import DAY
from tests.figures.test_reports import order_of
from tests.reports.reading import rows as lines_of
from tests.reports.reading import text

pytestmark = pytest.mark.once


def as_read(value: object) -> str:
    return " ".join(str(shown(value)).replace("\xa0", " ").replace("\u202f", " ").split())


def test_the_pdf_shows_the_figures_of_its_sections(rows: Rows) -> None:
    read = text(making.make("activity", {"period": "last_7_days", "language": "en"}, moment=rows.now))
    with override("en"):
        order = order_of("activity", rows.now, "last_7_days")
        figures, *sections = order.type.sections(order)
        for figure in figures.figures:
            assert as_read(figure.value) in read
        [by_day] = [one for one in sections if isinstance(one, Table) and str(one.title) == "By day"]
        for row in by_day.rows:
            assert " ".join(as_read(value) for value in row) in read


def test_the_csv_holds_each_row(rows: Rows) -> None:
    read = lines_of(making.make("activity", {"period": "last_7_days", "format": "csv"}, moment=rows.now))
    today = day_of(rows.now)
    jobs = rows.launched(today - 7 * DAY, today - DAY)
    said = {(one["Day"], one["Task"]): (one["Jobs"], one["Failed"]) for one in read}
    groups = by(jobs, lambda job: (str(day_of(job["created_at"])), job["name"]))
    assert said == {key: (str(len(some)), str(states_of(some)["failed"])) for key, some in groups.items()}
    assert {one["Kind"] for one in read} == {str(label_of(job["name"])) for job in jobs}
    assert sum(int(one["Jobs"]) for one in read) == len(jobs)
