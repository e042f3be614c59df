"""Failures over time: small ones beside figures, large ones whose bars open the list behind them.

A drawing's text alternative is its figures; a large one has a table besides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tasks_app.admin.failures.saying import jobs_of
from tasks_app.admin.selection import grouped
from tasks_app.display import Text, labelled
from tasks_app.failures.figures import Figures
from tasks_app.failures.spans import Span, Window
from tasks_app.models import FailureGroup

# Of a small drawing, in pixels; of a large one, which is stretched to whatever width there is.
SMALL_WIDTH, SMALL_HEIGHT = 28, 16
WIDTH, HEIGHT = 720, 96
LEAST = 1.5  # high: one failure beside thousands stays visible
FILLED = 0.7  # of its part's width, by a bar


def spark(counts: Sequence[int], title: Text) -> SafeString:
    """Bars beside a figure, oldest first."""
    top, width = max(counts, default=0), SMALL_WIDTH / max(len(counts), 1)
    bars = "".join(
        f"M{at * width:.1f} {SMALL_HEIGHT}v-{max(count / top * SMALL_HEIGHT, LEAST):.1f}h{width * FILLED:.1f}"
        f"V{SMALL_HEIGHT}z"
        for at, count in enumerate(counts)
        if count
    )
    says = labelled(title, ", ".join(map(str, counts)) if top else _("none"))
    return format_html(
        '<svg class="bo-spark" role="img" aria-label="{0}" width="{1}" height="{2}" viewBox="0 0 {1} {2}">'
        '<title>{0}</title><path d="M0 {2}h{1}" class="bo-ground"/><path d="{3}"/></svg>',
        says,
        SMALL_WIDTH,
        SMALL_HEIGHT,
        bars,
    )


@dataclass(frozen=True)
class Bar:
    label: str
    count: int
    url: str
    x: float
    y: float
    height: float

    @property
    def shown(self) -> str:
        return grouped(self.count)

    @property
    def says(self) -> str:
        return _("%(label)s: %(count)s failed") % {"label": self.label, "count": self.shown}


@dataclass(frozen=True)
class Chart:
    key: str
    title: Text
    of: Text  # what a bar stands for: the table's heading
    bars: list[Bar]
    total: int
    top: str
    url: str

    width, height = WIDTH, HEIGHT

    @property
    def column(self) -> float:
        return round(WIDTH / len(self.bars), 2)

    @property
    def bar(self) -> float:
        return round(self.column * FILLED, 2)

    @property
    def shown(self) -> str:
        return grouped(self.total)


def chart(group: FailureGroup, figures: Figures, window: Window, *, key: str, title: Text, of: Text) -> Chart:
    counts = figures.parts[window]
    top = max([*counts, 1])
    ends: list[datetime | None] = [*window.bounds[1:], None]
    bars = []
    for at, (begins, ends_at, count) in enumerate(zip(window.bounds, ends, counts, strict=True)):
        height = round(max(count / top * HEIGHT, LEAST), 1) if count else 0.0
        bars.append(
            Bar(
                label=_label(window.span, begins),
                count=count,
                url=jobs_of(group, since=begins, until=ends_at),
                x=round(WIDTH / len(counts) * at, 2),
                y=round(HEIGHT - height, 1),
                height=height,
            )
        )
    total = sum(counts)
    url = jobs_of(group, since=window.since)
    return Chart(key, title, of, bars, total, grouped(top) if total else "", url)


def _label(span: int, begins: datetime) -> str:
    local = timezone.localtime(begins)
    return date_format(local, _("D j M") if span == Span.DAY else "H:i")
