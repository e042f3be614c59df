"""A report made again from its snapshot: the same rows, versions and fonts give the same bytes."""

from __future__ import annotations

import tempfile
import uuid
from dataclasses import dataclass
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from backoffice import storage
from backoffice.models import Report, Snapshot
from backoffice.reports.base import Order, Progress
from backoffice.reports.forms import Format
from backoffice.reports.sections import Sheet
from backoffice.reports.snapshots.reading import Kept, kept_of
from backoffice.reports.snapshots.taking import SHEET
from backoffice.reports.snapshots.versions import differing, versions_of
from backoffice.reports.writing import measured, write_pdf, write_sheet
from tasks_app.errors import CodedError
from tasks_app.notices import declare

NO_SNAPSHOT = declare(
    "report.no_snapshot",
    _("This report cannot be made again: what it was made from was not kept with it."),
    hint=_("Order it again: the new issue is made from what the rows say now."),
)
NOT_ALL_KEPT = declare(
    "report.not_all_kept",
    _("This spreadsheet cannot be made again: it has more rows than a snapshot keeps."),
    hint=_("Order it again: the new issue is made from what the rows say now."),
)


class CannotMakeAgain(CodedError):
    """str() says why, in a sentence."""


@dataclass(frozen=True)
class MadeAgain:
    report: Report
    sha256: str
    size: int  # bytes
    file: str  # in the storage, for a day; "" of one that has the same bytes
    differs: list[str]  # versions that are not those of then
    by: str

    @property
    def is_same(self) -> bool:
        return self.sha256 == self.report.sha256

    def record(self) -> None:
        """Database only, to run in the transaction that ends the job."""
        said = {
            "at": timezone.now().isoformat(),
            "by": self.by,
            "sha256": self.sha256,
            "size": self.size,
            "file": self.file,
            "same": self.is_same,
            "differs": self.differs,
        }
        Snapshot.objects.filter(pk=self.report.pk).update(made_again=said)

    @property
    def summary(self) -> dict[str, Any]:
        """What the job's result says."""
        return {"report": str(self.report.pk), "same": self.is_same, "sha256": self.sha256}


def why_not(kept: Kept | None, report: Report) -> CannotMakeAgain | None:
    """What stands against making it again; None where nothing does."""
    if kept is None:
        return CannotMakeAgain(NO_SNAPSHOT())
    rows, total = kept.counts_of(SHEET)
    if report.format != Format.PDF and rows < total:
        return CannotMakeAgain(NOT_ALL_KEPT())
    return None


def make_again(report: Report, *, by: str, progress: Progress) -> MadeAgain:
    """Raises CannotMakeAgain, CannotOrder (its type is no more) or StorageRefused."""
    kept = kept_of(report)
    if refusal := why_not(kept, report):
        raise refusal
    if kept is None:
        raise CannotMakeAgain(NO_SNAPSHOT())
    order = kept.order()
    with override(order.language), tempfile.TemporaryFile() as file:
        _write(kept, order, file, progress)
        size, sha256 = measured(file)
        name = ""
        if sha256 != report.sha256:
            name = storage.keep(file, storage.name_for(uuid.uuid4(), timezone.now(), order.format)).name
    differs = differing(kept.snapshot.versions, versions_of(order.format))
    return MadeAgain(report, sha256, size, name, differs, by)


def _write(kept: Kept, order: Order, file: IO[bytes], progress: Progress) -> None:
    if order.format == Format.PDF:
        write_pdf(order, kept.whole_sections(), file, progress)
    else:
        columns, totals = kept.sheet_head()
        write_sheet(order, Sheet(columns, kept.every_sheet_row(), totals), file)
    file.flush()
