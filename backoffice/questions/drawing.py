"""An answer as a document and as a sheet: group headers, subtotals, totals, a chart by choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.models import Drawn, QuestionVersion
from backoffice.questions.answers import Answer
from backoffice.reports.formatting import lines_of
from backoffice.reports.sections import (
    Badge,
    Chart,
    Column,
    Figure,
    Figures,
    Row,
    Section,
    Series,
    Sheet,
    Table,
    Words,
    capped,
)

MOST_DRAWN = 60  # bars or points: beyond them nobody reads a label
FIGURES_SHOWN = 3  # totals at the top, beside the count of rows
TONES = ("accent", "second", "warn", "good")
NOTHING = "–"  # a group of rows that have no value
NARROWEST, WIDEST = 6, 40  # characters that count for the width of a column


def sections(version: QuestionVersion, answer: Answer) -> list[Section]:
    """Raises NotAnswered where the version names columns that the answer does not have."""
    totals = [answer.number_at(one) for one in version.totals]
    if not answer.rows:
        empty = gettext("No row answers this question. It was asked as its definition says.")
        return [Words(version.definition), Words(empty, tone="calm")]
    found: list[Section] = [Words(version.definition), _figures(answer, totals)]
    if version.chart:
        found.append(_chart(version, answer))
    return [*found, table(version, answer, totals)]


def sheet(version: QuestionVersion, answer: Answer) -> Sheet:
    totals = [answer.number_at(one) for one in version.totals]
    return Sheet([heading(one) for one in answer.columns], answer.rows, totals)


def heading(column: str) -> str:
    """ "sent_at" as "Sent at"; what was written with care stays."""
    return column.replace("_", " ").capitalize() if column.islower() else column


def total(answer: Answer, at: int, rows: Sequence[Row]) -> Any:
    return sum(row[at] or 0 for row in rows)


def _figures(answer: Answer, totals: Sequence[int]) -> Figures:
    shown = [
        Figure(heading(answer.columns[at]), total(answer, at, answer.rows)) for at in totals[:FIGURES_SHOWN]
    ]
    return Figures([Figure(_("Rows"), len(answer.rows)), *shown])


def table(version: QuestionVersion, answer: Answer, totals: Sequence[int]) -> Table:
    rows, note = capped(answer.rows[: settings.REPORT_MAX_ROWS], len(answer.rows))
    printed: list[Row] = list(rows)
    if version.group_by:
        printed = grouped(answer, answer.place(version.group_by), totals, rows)
    if totals:
        printed = [*printed, _sums(answer, gettext("In all"), totals, answer.rows)]
    return Table(_("Answer"), columns(answer), printed, empty="", note=note)


def grouped(answer: Answer, by: int, totals: Sequence[int], rows: Sequence[Row]) -> list[Row]:
    """The rows of each value below a header with its subtotals; values in the order in which they came."""
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[by], []).append(row)
    found: list[Row] = []
    for value, members in groups.items():
        name = lines_of(value)[0][0]
        found += [
            _sums(answer, f"{heading(answer.columns[by])}: {name or NOTHING}", totals, members),
            *members,
        ]
    return found


def _sums(answer: Answer, label: str, totals: Sequence[int], rows: Sequence[Row]) -> Row:
    """A row of sums, labelled in its first column that is none of them."""
    found: list[Any] = ["" for _one in answer.columns]
    for at in totals:
        found[at] = Badge(lines_of(total(answer, at, rows))[0][0], "calm")
    place = next((at for at in range(len(found)) if at not in totals), None)
    if place is not None:
        found[place] = Badge(label, "calm")
    return found


def columns(answer: Answer) -> list[Column]:
    """As wide as what is in them, within reason; in all a hundred per cent."""
    sizes = [
        min(max(NARROWEST, len(name), *(len(lines_of(row[at])[0][0]) for row in answer.rows[:100])), WIDEST)
        for at, name in enumerate(answer.columns)
    ]
    widths = [100 * size // sum(sizes) for size in sizes]
    widths[widths.index(max(widths))] += 100 - sum(widths)
    return [
        Column(heading(name), widths[at], number=at in answer.numbers)
        for at, name in enumerate(answer.columns)
    ]


def _chart(version: QuestionVersion, answer: Answer) -> Chart:
    label = answer.place(version.chart_label)
    places = [answer.number_at(one) for one in version.chart_values]
    drawn = answer.rows[:MOST_DRAWN]
    summary = gettext("%(values)s by %(label)s.") % {
        "values": ", ".join(heading(one) for one in version.chart_values),
        "label": heading(version.chart_label),
    }
    if len(answer.rows) > MOST_DRAWN:
        summary += " " + gettext("The first %(count)s rows are drawn; the table has all.") % {
            "count": number_format(MOST_DRAWN)
        }
    return Chart(
        title=heading(version.chart_label),
        labels=[lines_of(row[label])[0][0] for row in drawn],
        series=[
            Series(heading(answer.columns[at]), [row[at] for row in drawn], TONES[number % len(TONES)])
            for number, at in enumerate(places)
        ],
        summary=summary,
        kind="lines" if version.chart == Drawn.LINES else "bars",
    )
