"""`python -m benchmarks.long_report ROWS FILE`: a report of that many rows by the product's own pipeline.

It is ordered, made, kept in the storage and read back as the job `rapport_pdf` does it; FILE is a copy.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import django

django.setup()

from django.core.files.storage import default_storage  # noqa: E402

from backoffice.reports import making  # noqa: E402
from backoffice.reports.base import Order, ReportType  # noqa: E402
from backoffice.reports.forms import ReportForm  # noqa: E402
from backoffice.reports.registry import register  # noqa: E402
from backoffice.reports.sections import Badge, Column, Figure, Figures, Section, Share, Table  # noqa: E402
from benchmarks.report_rows import HEADS, rows  # noqa: E402
from benchmarks.weighing import weighed  # noqa: E402

WIDTHS = (7, 17, 23, 20, 9, 9, 7, 8)
NUMBERS = {"Number", "Amount", "Share", "Took"}
TONES = {"Delivered": "good", "Bounced": "bad", "Failed": "bad"}
ROWS = int(sys.argv[1])


@register
class LongReport(ReportType):
    slug = "bench"
    title = "Bench"
    description = "As many rows as one likes."
    form = ReportForm
    groups = frozenset()

    def sections(self, order: Order) -> list[Section]:
        columns = [
            Column(head, width, number=head in NUMBERS) for head, width in zip(HEADS, WIDTHS, strict=True)
        ]
        found = [
            [number, moment, to, subject, Badge(state, TONES.get(state, "calm")), amount, Share(share), took]
            for number, moment, to, subject, state, amount, share, took in rows(ROWS)
        ]
        return [Figures([Figure("Rows", ROWS)]), Table("All rows", columns, found, empty="None.")]


def main(file: str) -> None:
    made = making.make(LongReport.slug, {"language": "en"})
    with default_storage.open(made.report.file) as kept, Path(file).open("wb") as copy:
        shutil.copyfileobj(kept, copy)


if __name__ == "__main__":
    with weighed(sys.argv[2]):
        main(sys.argv[2])
