"""From an order to a kept file: collect, typeset, store. The Report row is the caller's to commit."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from backoffice import storage
from backoffice.models import Report
from backoffice.reports import causes, registry
from backoffice.reports.base import Order, Progress
from backoffice.reports.formatting import figures_of
from backoffice.reports.forms import Format
from backoffice.reports.looks import look
from backoffice.reports.snapshots.places import with_definitions
from backoffice.reports.snapshots.taking import Taken, all_behind, begun, placed
from backoffice.reports.writing import write_pdf, write_sheet
from backoffice.shelf.placing import Figures, place
from tasks_app.db.one_moment import one_moment


@dataclass(frozen=True)
class Made:
    """A file in the storage and the row that will make it visible."""

    report: Report
    figures: Figures = ()
    taken: Taken | None = None

    def record(self) -> None:
        """Database only, to run in the transaction that ends the job."""
        self.report.save(force_insert=True)
        place(self.report, self.figures)
        if self.taken is not None:
            self.taken.save(self.report)

    @property
    def summary(self) -> dict[str, str]:
        """What the job's result says."""
        return {"report": str(self.report.id), "file": self.report.file, "sha256": self.report.sha256}


@dataclass(frozen=True)
class Extent:
    rows: int
    pages: int
    figures: Figures = ()


# wide: of one report, what it is, when, for whom, and how its making is told
def make(
    slug: str,
    parameters: Mapping[str, Any],
    *,
    moment: datetime | None = None,
    made_at: datetime | None = None,
    by: Any = None,
    job_id: str = "",
    linked: bool = True,
    progress: Progress = lambda percent, note: None,
) -> Made:
    """Make and keep one report; `by` is the person it is for. A PDF that is `linked` leads to our pages.

    Moving periods are counted from `moment`, and `made_at` is when it says it was made: now where not given.
    Raises CannotOrder (unknown report, parameters that do not fit) or StorageRefused.
    """
    kind = registry.find(slug)
    now = made_at or timezone.now()
    identity = uuid.uuid4()
    links = address_of_rows(identity) if linked else ""
    order = Order(kind, kind.clean(parameters), moment or now, now, _name_of(by), look.kept(), links)
    with override(order.language), tempfile.TemporaryFile() as file:
        taken = begun(order)
        extent = _write_all(order, taken, file, progress)
        progress(90, causes.STORING())
        return Made(_kept(identity, order, file, extent, job_id=job_id, by=by), extent.figures, taken)


def address_of_rows(identity: uuid.UUID) -> str:
    """Where the rows behind the figures of a report are shown; the place of a figure follows."""
    page = reverse("admin:backoffice_report_change", args=[identity]).removesuffix("change/")
    return f"{settings.SITE_URL.rstrip('/')}{page}rows/"


def _kept(
    identity: uuid.UUID, order: Order, file: IO[bytes], extent: Extent, *, job_id: str, by: Any
) -> Report:
    """The file in the storage, under a name that nobody can guess."""
    kept = storage.keep(file, storage.name_for(identity, order.made_at, order.format))
    return Report(
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


def _write_all(order: Order, taken: Taken, file: IO[bytes], progress: Progress) -> Extent:
    """To the last byte: for what is kept afterwards, it is the storage that has no room."""
    extent = _write(order, taken, file, progress)
    file.flush()
    return extent


def _write(order: Order, taken: Taken, file: IO[bytes], progress: Progress) -> Extent:
    if order.format != Format.PDF:
        progress(10, causes.WRITING_ROWS())
        with one_moment():
            taken.read_at = timezone.now()
            sheet = order.type.sheet(order)
            taken.add_sources([sheet.whole], order.made_at)
            return Extent(write_sheet(order, taken.watched(sheet), file), 0)
    progress(5, causes.COLLECTING())
    with one_moment():
        taken.read_at = timezone.now()
        sections = placed(with_definitions(order.type.sections(order)))
        taken.add_sources(all_behind(sections), order.made_at)
    taken.add_sections(sections)
    progress(30, causes.TYPESETTING())
    return Extent(*write_pdf(order, sections, file, progress), figures_of(sections))


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
