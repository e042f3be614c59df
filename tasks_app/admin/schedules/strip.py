"""The last slots of a schedule as a strip: a cell each, which opens its job, or says its reason.

A cell has a colour, a shape of its own and words. Written by hand: a list has fifteen hundred of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tasks_app.display import brief
from tasks_app.models import SlotState
from tasks_app.schedules.health.strips import Cell

CELL = '<a href="{}" class="bo-slot bo-slot-{}" title="{}"></a>'
QUARTER = 900  # seconds
KEY = 987654321987654321  # of no slot: stands for one in an address
REASONED = (SlotState.MISSED, SlotState.SKIPPED, SlotState.FAILED)


class StripWriter:
    """Writes the strips of one page: what is the same in all cells is asked once."""

    def __init__(self) -> None:
        self.quarters: dict[int, tuple[str, int, str]] = {}
        self.words = {state.value: str(state.label) for state in SlotState}
        self.page = reverse("admin:django_celery_beat_periodictask_slot", args=[KEY])

    def __call__(self, cells: Sequence[Cell]) -> SafeString:
        """The oldest first, as time goes."""
        if not cells:
            return SafeString('<span class="bo-none">–</span>')
        label = escape(_("The last %(count)s times, the newest at the end") % {"count": len(cells)})
        written = "".join([self._cell(cell) for cell in reversed(cells)])
        return SafeString(f'<span class="bo-strip" role="group" aria-label="{label}">{written}</span>')

    def _cell(self, cell: Cell) -> str:
        """Where it leads is found out as somebody follows it: few do."""
        return CELL.format(self.page.replace(str(KEY), str(cell.slot)), cell.state, escape(self._title(cell)))

    def _title(self, cell: Cell) -> str:
        words = f"{self._when(cell.moment)} · {self.words[cell.state]}"
        why = cell.why if cell.state in REASONED else ""
        return f"{words} · {why}" if why else words

    def _when(self, moment: datetime) -> str:
        """As `brief` has it, asked once for each quarter of an hour: no zone changes within one."""
        quarter, seconds = divmod(int(moment.timestamp()), QUARTER)
        if quarter not in self.quarters:
            start = datetime.fromtimestamp(quarter * QUARTER, UTC)
            before, colon, rest = brief(start).rpartition(":")
            minute = int(rest[:2]) if colon else 0
            self.quarters[quarter] = (f"{before}{colon}", minute, rest[2:] if colon else rest)
        before, minute, after = self.quarters[quarter]
        return f"{before}{minute + seconds // 60:02d}{after}" if before else after


def legend() -> list[tuple[str, str]]:
    """Each state's shape, and its word."""
    return [(state.value, str(state.label)) for state in SlotState]
