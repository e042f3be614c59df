"""From an order to a kept file: collect, typeset, store. The Report row is the caller's to commit."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import override

from backoffice import storage
from backoffice.models import Report
from backoffice.reports import causes, csv, registry
from backoffice.reports.base import Order, Progress
from backoffice.reports.formatting import figures_of
from backoffice.reports.forms import Format
from backoffice.reports.looks import look
from backoffice.reports.sections import Sheet
from backoffice.shelf.placing import Figures, place
from tasks_app.db.one_moment import one_moment


@dataclass(frozen=True)
class Made:
    """A file in the storage and the row that will make it visible."""

    report: Report
    figures: Figures = ()

    def record(self) -> None:
        """Database only, to run in the transaction that ends the job."""
        self.report.save(force_insert=True)
        place(self.report, self.figures)

    @property
    def summary(self) -> dict[str, str]:
        """What the job's result says."""
        return {"report": str(self.report.id), "file": self.report.file, "sha256": self.report.sha256}


@dataclass(frozen=True)
class Extent:
    rows: int
    pages: int
    figures: Figures = ()


def make(
    slug: str,
    parameters: Mapping[str, Any],
    *,
    moment: datetime | None = None,
    made_at: datetime | None = None,
    by: Any = None,
    job_id: str = "",
    progress: Progress = lambda percent, note: None,
) -> Made:
    """Make and keep one report; `by` is the person it is for.

    Moving periods are counted from `moment`, and `made_at` is when it says it was made: now where not given.
    Raises CannotOrder (unknown report, parameters that do not fit) or StorageRefused.
    """
    kind = registry.find(slug)
    now = made_at or timezone.now()
    order = Order(kind, kind.clean(parameters), moment or now, now, _name_of(by), look.kept())
    with override(order.language), tempfile.TemporaryFile() as file:
        extent = _write_all(order, file, progress)
        progress(90, causes.STORING())
        return _kept(order, file, extent, job_id=job_id, by=by)


def _kept(order: Order, file: IO[bytes], extent: Extent, *, job_id: str, by: Any) -> Made:
    """The file in the storage, under a name that nobody can guess."""
    identity = uuid.uuid4()
    kept = storage.keep(file, storage.name_for(identity, order.made_at, order.format))
    report = Report(
        id=identity,
        type=order.type.slug,
        title=order.title,
        format=order.format,
        language=order.language,
        parameters=_remembered(order),
        file=kept.name,
        file_name=f"{order.title}.{order.format}".replace("/", "-"),
        size=kept.size,
        sha256=kept.sha256,
        rows=extent.rows,
        pages=extent.pages,
        job_id=job_id,
        created_by=by,
    )
    return Made(report, extent.figures)


def _write_all(order: Order, file: IO[bytes], progress: Progress) -> Extent:
    """To the last byte: for what is kept afterwards, it is the storage that has no room."""
    extent = _write(order, file, progress)
    file.flush()
    return extent


def _write(order: Order, file: IO[bytes], progress: Progress) -> Extent:
    if order.format != Format.PDF:
        progress(10, causes.WRITING_ROWS())
        with one_moment():
            return Extent(_write_sheet(order.type.sheet(order), order.format, file), 0)
    progress(5, causes.COLLECTING())
    with one_moment():
        sections = order.type.sections(order)
    progress(30, causes.TYPESETTING())
    # WeasyPrint takes seconds to import, and of all processes only a worker needs it.
    from backoffice.reports import pdf

    return Extent(pdf.row_count(sections), pdf.write(order, sections, file, progress), figures_of(sections))


def _write_sheet(sheet: Sheet, form: str, file: IO[bytes]) -> int:
    if form == Format.CSV:
        return csv.write(sheet, file)
    from backoffice.reports import xlsx  # as seldom needed, and slow to import

    return xlsx.write(sheet, file)


def _name_of(by: Any) -> str:
    return "" if by is None else by.get_full_name() or by.get_username()


def _remembered(order: Order) -> dict[str, Any]:
    """The parameters as they were meant, and the days a moving period came to."""
    stored = {name: _plain(value) for name, value in order.parameters.items() if value is not None}
    if "period" in stored:
        stored |= {"first_day": order.period.first.isoformat(), "last_day": order.period.last.isoformat()}
    return stored


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
