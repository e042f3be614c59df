"""`python -m benchmarks.sheet ROWS FILE FORMAT HOW`: rows as CSV or XLSX, "ours" or by a "bare" loop.

The loop has the same writer and the same rows.
"""

from __future__ import annotations

import csv as python_csv
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import django

django.setup()

from openpyxl import Workbook  # noqa: E402

from backoffice.reports import csv, xlsx  # noqa: E402
from backoffice.reports.sections import Sheet  # noqa: E402
from benchmarks.report_rows import HEADS, rows  # noqa: E402
from benchmarks.weighing import weighed  # noqa: E402


def ours(number: int, file: Path, form: str) -> None:
    with file.open("w+b") as target:
        (csv if form == "csv" else xlsx).write(Sheet(HEADS, rows(number)), target)


def bare(number: int, file: Path, form: str) -> None:
    if form == "csv":
        with file.open("w", encoding="utf-8", newline="") as text:
            writer = python_csv.writer(text)
            writer.writerow(HEADS)
            for row in rows(number):
                writer.writerow(row)
        return
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(HEADS)
    for row in rows(number):
        sheet.append([_without_zone(value) for value in row])
    book.save(file)


def _without_zone(value: Any) -> Any:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value  # or openpyxl refuses it


if __name__ == "__main__":
    count, name, form, how = sys.argv[1:]
    with weighed(name):
        {"ours": ours, "bare": bare}[how](int(count), Path(name), form)
