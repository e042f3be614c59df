"""The rows of a report as XLSX, opened as a spreadsheet opens them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from openpyxl import load_workbook

from backoffice.reports import making, xlsx
from backoffice.reports.sections import Badge, Code, Share, Sheet
from tasks_app.models import State
from tests.reports.reading import content

OCTOBER = datetime(2026, 10, 5, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 3, 6, tzinfo=UTC)
MIDNIGHT = datetime(2026, 10, 5)  # noqa: DTZ001 - a workbook knows no zones


def opened(sheet: Sheet) -> Any:
    target = io.BytesIO()
    xlsx.write(sheet, target)
    return load_workbook(io.BytesIO(target.getvalue())).active


def kept(value: Any) -> Any:
    return opened(Sheet(["Value"], [[value]]))["A2"]


@pytest.mark.parametrize(
    ("value", "read", "form"),
    [
        (-2, -2, "General"),
        (1.25, 1.25, "General"),
        (True, True, "General"),
        (10**15, "1000000000000000", "General"),  # a number would lose its last digits
        (date(2026, 10, 5), MIDNIGHT, "yyyy-mm-dd"),
        (date(1899, 10, 5), "1899-10-05", "General"),
        (OCTOBER, MIDNIGHT + timedelta(hours=11), "yyyy-mm-dd hh:mm:ss"),
        (timedelta(hours=30, milliseconds=1500), timedelta(hours=30, milliseconds=1500), "[h]:mm:ss.000"),
        (Share(1 / 3), 0.333333, "0.0%"),
        (Badge("Sent", "good"), "Sent", "General"),
        (Code("x_y"), "x_y", "General"),
    ],
)
@pytest.mark.once
def test_values_have_their_type(value: Any, read: Any, form: str) -> None:
    cell = kept(value)
    assert (cell.value, cell.number_format) == (read, form)


@pytest.mark.once
@pytest.mark.parametrize(
    "text", ["=1+1", "=cmd|' /C calc'!A0", "+33 1", "-2", "@SUM(A1)", "#N/A", "#REF!", "'x"]
)
def test_no_text_becomes_a_formula_or_an_error(text: str) -> None:
    for cell in (kept(text), kept(Badge(text)), opened(Sheet([text], []))["A1"]):
        assert (cell.value, cell.data_type) == (text, "s")


@pytest.mark.once
def test_letters_that_a_workbook_cannot_hold_and_texts_too_long_for_it() -> None:
    assert kept("a\x00b\x1fc").value == "a b c"
    assert len(kept("x" * 40_000).value) == 32_767


@pytest.mark.once
def test_a_head_that_stays_widths_that_fit_and_totals() -> None:
    rows = [["a name that is rather long", 2, None], ["b", 3, 4]]
    sheet = opened(Sheet(["Name", "Jobs", "Failed"], rows, totals=[1, 2]))
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C3"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width > sheet.column_dimensions["B"].width >= 8
    assert [cell.value for cell in sheet[4]] == ["In all", 5, 4]
    assert opened(Sheet(["Name"], [], totals=[0])).max_row == 1


@pytest.mark.once
@pytest.mark.parametrize("looked_at", [1, 200])
def test_rows_beyond_what_a_workbook_holds_are_left_out_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    monkeypatch.setattr(xlsx, "MOST_ROWS", 6)
    monkeypatch.setattr(xlsx, "LOOKED_AT", looked_at)
    with override("fr"):
        sheet = opened(Sheet(["N"], ([n] for n in range(9)), totals=[0]))
    values = [row[0].value for row in sheet.rows]
    assert values[:-1] == ["N", 0, 1, 2, 3]
    assert values[-1].startswith("Ce sont les 3 premières lignes")
    assert len(values) <= 6


@pytest.mark.once
def test_rows_are_read_as_they_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """None waits for the last: of 100 rows, no more than those looked at for widths are in memory at once."""
    monkeypatch.setattr(xlsx, "LOOKED_AT", 5)
    written: list[int] = []

    def write(_cells: Any, _at: int, value: int) -> int:
        written.append(value)
        return value

    monkeypatch.setattr(xlsx._Cells, "of", write)

    def rows() -> Iterator[list[int]]:
        for number in range(100):
            assert len(written) >= number - 5
            yield [number]

    assert xlsx.write(Sheet(["N"], rows()), io.BytesIO()) == 100


def test_the_activity_report_as_a_workbook(add_job: Callable[..., Any]) -> None:
    add_job(OCTOBER), add_job(OCTOBER, State.FAILED), add_job(OCTOBER + timedelta(days=1))
    made = making.make("activity", {"format": "xlsx"}, moment=NOVEMBER)
    assert made.report.file_name.endswith(".xlsx")
    assert made.report.rows == 2
    sheet = load_workbook(io.BytesIO(content(made))).active
    head, first, _second, totals = [[cell.value for cell in row] for row in sheet.rows]
    assert head[3:5] == ["Jobs", "Succeeded"]
    assert first[:5] == [MIDNIGHT, "Send an email", "tasks_app.tasks.envoi_email", 2, 1]
    assert totals == ["In all", None, None, 3, 2, 1, 0, 0, None]
