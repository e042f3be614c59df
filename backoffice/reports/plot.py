"""Where the values of a chart stand in its drawing: its bars, and the points of its lines.

Coordinates are in CSS pixels of a 660 × 190 drawing that the page scales to its width.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from backoffice.reports.sections import Chart, Series

WIDTH, HEIGHT = 660, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 10, 24  # room for the scales
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
# Ends of scales, and how many parts each falls into: the lines come at round numbers.
STEPS = {1: 5, 2: 4, 4: 4, 5: 5, 8: 4, 10: 5}
REACH = 6  # around a point of a line: less would be hard to press


@dataclass(frozen=True)
class Spot:
    """One value: the number of its series and of its label, and the box that it takes."""

    series: int
    label: int
    x: float
    y: float
    width: float
    height: float


def spots(chart: Chart) -> Iterator[Spot]:
    """All values that can be seen; of lines the boxes around their points."""
    top = scale_top(highest(chart))
    return _bars(chart, top) if chart.kind == "bars" else _points(chart, top)


def highest(chart: Chart) -> float:
    columns = zip(*([value or 0 for value in one.values] for one in chart.series), strict=True)
    together = sum if chart.kind == "bars" else max
    return max((together(column) for column in columns), default=0)


def scale_top(value: float) -> float:
    """The scale's end: the next of 1, 2, 4, 5, 8 or 10 times a power of ten."""
    if value <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in STEPS if round(step * power, 9) >= value)


def ticks(top: float, *, whole: bool) -> list[float]:
    """Where the scale has its lines, 0 first; `whole` where parts of one make no sense."""
    power = 10.0 ** math.floor(math.log10(top))
    parts = STEPS[round(top / power)]
    if whole and top < parts:
        parts = round(top)
    return [top * n / parts for n in range(parts + 1)]


def middle(labels: Sequence[str], number: int) -> float:
    """Where a label stands, from the left."""
    return LEFT + PLOT_WIDTH / max(len(labels), 1) * (number + 0.5)


def height_of(value: float, top: float) -> float:
    """How far below the upper edge a value is."""
    return px(TOP + PLOT_HEIGHT * (1 - value / top))


def px(value: float) -> float:
    return round(value, 1)


def _bars(chart: Chart, top: float) -> Iterator[Spot]:
    width = min(PLOT_WIDTH / max(len(chart.labels), 1) * 0.72, 34)
    for index in range(len(chart.labels)):
        below = 0.0
        for number, one in enumerate(chart.series):
            value = one.values[index]
            if not value:
                continue
            y = height_of(below + value, top)
            left, tall = px(middle(chart.labels, index) - width / 2), px(height_of(below, top) - y)
            yield Spot(number, index, left, y, px(width), tall)
            below += value


def _points(chart: Chart, top: float) -> Iterator[Spot]:
    for number, one in enumerate(chart.series):
        for index, value in _known(one):
            x, y = middle(chart.labels, index), height_of(value, top)
            yield Spot(number, index, px(x - REACH), px(y - REACH), 2 * REACH, 2 * REACH)


def _known(series: Series) -> Iterator[tuple[int, float]]:
    return ((place, value) for place, value in enumerate(series.values) if value is not None)
