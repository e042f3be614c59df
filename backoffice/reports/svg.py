"""Charts as small SVG: stacked bars and lines, drawn for print.

Coordinates are in CSS pixels of a 660 × 190 drawing that the page scales to its width. A chart carries
its summary as <title>, which becomes its alternative text in the PDF.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from backoffice.reports.looks.colours import OWN, Shades
from backoffice.reports.sections import Chart, Series

WIDTH, HEIGHT = 660, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 10, 24  # room for the scales
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
MOST_LABELS = 12  # more would touch each other
# SVG inside the page does not see the page's stylesheet.
TICK = 'font-size="9.5" font-family="Inter" fill="#667085"'
# Ends of scales, and how many parts each falls into: the lines come at round numbers.
STEPS = {1: 5, 2: 4, 4: 4, 5: 5, 8: 4, 10: 5}
TONES = {
    "good": "#2f8f6b",
    "bad": "#c2413a",
    "warn": "#d9962b",
    "calm": "#b8bfca",
}


def draw(chart: Chart, shades: Shades = OWN) -> SafeString:
    """The chart as one <svg>; its legend is the template's."""
    stacked = chart.kind == "bars"
    top = scale_top(_highest(chart.series, stacked=stacked))
    tones = TONES | {"accent": shades.strong, "second": shades.light}
    shapes = _bars(chart, top, tones) if stacked else _lines(chart, top, tones)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" class="chart">'
        "<title>{}</title>{}{}{}</svg>",
        WIDTH,
        HEIGHT,
        chart.summary,
        _grid(ticks(top, whole=stacked)),
        shapes,
        _labels(chart.labels),
    )


def scale_top(highest: float) -> float:
    """The scale's end: the next of 1, 2, 4, 5, 8 or 10 times a power of ten."""
    if highest <= 0:
        return 1
    power = 10.0 ** math.floor(math.log10(highest))
    return next(step * power for step in STEPS if round(step * power, 9) >= highest)


def ticks(top: float, *, whole: bool) -> list[float]:
    """Where the scale has its lines, 0 first; `whole` where parts of one make no sense."""
    power = 10.0 ** math.floor(math.log10(top))
    parts = STEPS[round(top / power)]
    if whole and top < parts:
        parts = round(top)
    return [top * n / parts for n in range(parts + 1)]


def _highest(series: Sequence[Series], *, stacked: bool) -> float:
    columns = zip(*([value or 0 for value in one.values] for one in series), strict=True)
    return max((sum(column) if stacked else max(column) for column in columns), default=0)


def _grid(values: Sequence[float]) -> SafeString:
    digits = max(0, -math.floor(math.log10(values[1]) + 1e-9))
    return format_html_join(
        "",
        '<line x1="{}" x2="{}" y1="{}" y2="{}" stroke="{}" stroke-width="0.8"/>'
        f'<text x="{{}}" y="{{}}" text-anchor="end" {TICK}>{{}}</text>',
        (
            (
                LEFT,
                WIDTH - RIGHT,
                y,
                y,
                "#98a2b3" if not value else "#e4e7ec",
                LEFT - 7,
                _px(y + 3.3),
                number_format(value, digits, force_grouping=True),
            )
            for value in values
            for y in [_y(value, values[-1])]
        ),
    )


def _bars(chart: Chart, top: float, tones: Mapping[str, str]) -> SafeString:
    slot = PLOT_WIDTH / max(len(chart.labels), 1)
    width = min(slot * 0.72, 34)
    drawn: list[SafeString] = []
    for index in range(len(chart.labels)):
        below = 0.0
        for one in chart.series:
            value = one.values[index]
            if not value:
                continue
            y = _y(below + value, top)
            drawn.append(
                format_html(
                    '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
                    _px(LEFT + slot * (index + 0.5) - width / 2),
                    y,
                    _px(width),
                    _px(_y(below, top) - y),
                    tones[one.tone],
                )
            )
            below += value
    return mark_safe("".join(drawn))  # noqa: S308 - each piece came from format_html


def _lines(chart: Chart, top: float, tones: Mapping[str, str]) -> SafeString:
    """A line for each series, broken where it has no value, and a dot where a value stands alone."""
    slot = PLOT_WIDTH / max(len(chart.labels), 1)
    return format_html_join(
        "",
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-linejoin="round"/>{}',
        (
            (
                " ".join(f"{x},{y}" for x, y in points),
                tones[one.tone],
                format_html_join(
                    "",
                    '<circle cx="{}" cy="{}" r="2.2" fill="{}"/>',
                    ((*xy, tones[one.tone]) for xy in points),
                ),
            )
            for one in chart.series
            for run in _runs(one.values)
            for points in [[(_px(LEFT + slot * (n + 0.5)), _y(value, top)) for n, value in run]]
        ),
    )


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """The values in stretches without a gap, each with its place."""
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is not None:
            runs[-1].append((place, value))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _labels(labels: Sequence[str]) -> SafeString:
    slot = PLOT_WIDTH / max(len(labels), 1)
    every = math.ceil(len(labels) / MOST_LABELS) or 1
    return format_html_join(
        "",
        f'<text x="{{}}" y="{{}}" text-anchor="middle" {TICK}>{{}}</text>',
        (
            (_px(LEFT + slot * (n + 0.5)), HEIGHT - 7, label)
            for n, label in enumerate(labels)
            if n % every == 0
        ),
    )


def _y(value: float, top: float) -> float:
    return _px(TOP + PLOT_HEIGHT * (1 - value / top))


def _px(value: float) -> float:
    return round(value, 1)
