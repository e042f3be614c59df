"""Charts as small SVG: stacked bars and lines, drawn for print.

Coordinates are in CSS pixels of a 660 × 190 drawing that the page scales to its width. A chart carries
its summary as <title>, which becomes its alternative text in the PDF.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from backoffice.reports.sections import Chart, Series

WIDTH, HEIGHT = 660, 190
LEFT, RIGHT, TOP, BOTTOM = 44, 6, 10, 24  # room for the scales
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
MOST_LABELS = 12  # more would touch each other
# SVG inside the page does not see the page's stylesheet.
TICK = 'font-size="9.5" font-family="Inter" fill="#667085"'
TONES = {
    "accent": "#2f4b8f",
    "second": "#8fa5d6",
    "good": "#2f8f6b",
    "bad": "#c2413a",
    "warn": "#d9962b",
    "calm": "#b8bfca",
}


def draw(chart: Chart) -> SafeString:
    """The chart as one <svg>; its legend is the template's."""
    stacked = chart.kind == "bars"
    top = scale_top(_highest(chart.series, stacked=stacked))
    shapes = _bars(chart, top) if stacked else _lines(chart, top)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" class="chart">'
        "<title>{}</title>{}{}{}</svg>",
        WIDTH,
        HEIGHT,
        chart.summary,
        _grid(top),
        shapes,
        _labels(chart.labels),
    )


def scale_top(highest: float) -> float:
    """The scale's end: the next of 1, 2, 4, 5 or 10 times a power of ten, at least 1."""
    if highest <= 1:
        return 1
    power: float = 10 ** math.floor(math.log10(highest))
    return next(step * power for step in (1, 2, 4, 5, 8, 10) if step * power >= highest)


def _highest(series: Sequence[Series], *, stacked: bool) -> float:
    if stacked:
        return max((sum(values) for values in zip(*(one.values for one in series), strict=True)), default=0)
    return max((value for one in series for value in one.values), default=0)


def _grid(top: float) -> SafeString:
    steps = 1 if top == 1 else 4
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
                "#98a2b3" if n == 0 else "#e4e7ec",
                LEFT - 7,
                _px(y + 3.3),
                _tick(top * n / steps),
            )
            for n in range(steps + 1)
            for y in [_y(top * n / steps, top)]
        ),
    )


def _bars(chart: Chart, top: float) -> SafeString:
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
                    TONES[one.tone],
                )
            )
            below += value
    return mark_safe("".join(drawn))  # noqa: S308 - each piece came from format_html


def _lines(chart: Chart, top: float) -> SafeString:
    slot = PLOT_WIDTH / max(len(chart.labels), 1)
    return format_html_join(
        "",
        '<polyline points="{}" fill="none" stroke="{}" stroke-width="1.8" stroke-linejoin="round"/>{}',
        (
            (
                " ".join(f"{x},{y}" for x, y in points),
                TONES[one.tone],
                format_html_join(
                    "",
                    '<circle cx="{}" cy="{}" r="2.2" fill="{}"/>',
                    ((x, y, TONES[one.tone]) for x, y in points),
                )
                if len(points) <= 62
                else "",
            )
            for one in chart.series
            for points in [
                [(_px(LEFT + slot * (n + 0.5)), _y(value, top)) for n, value in enumerate(one.values)]
            ]
        ),
    )


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


def _tick(value: float) -> str:
    whole = value == int(value)
    return number_format(value, 0 if whole else 1, force_grouping=True)
