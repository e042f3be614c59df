"""Charts as small SVG: stacked bars and lines, drawn for print.

A chart carries its summary as <title>, which becomes its alternative text in the PDF.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from backoffice.reports.looks.colours import OWN, Shades
from backoffice.reports.plot import (
    HEIGHT,
    LEFT,
    RIGHT,
    WIDTH,
    Spot,
    height_of,
    highest,
    middle,
    px,
    scale_top,
    spots,
    ticks,
)
from backoffice.reports.sections import Chart

type Mark = Callable[[Spot, SafeString], SafeString]  # what a page makes of the drawing of one value

MOST_LABELS = 12  # more would touch each other
# SVG inside the page does not see the page's stylesheet.
TICK = 'font-size="9.5" font-family="Inter" fill="#667085"'
TONES = {
    "good": "#2f8f6b",
    "bad": "#c2413a",
    "warn": "#d9962b",
    "calm": "#b8bfca",
}


def draw(chart: Chart, shades: Shades = OWN, mark: Mark | None = None) -> SafeString:
    """The chart as one <svg>; its legend is the template's."""
    stacked = chart.kind == "bars"
    top = scale_top(highest(chart))
    tones = TONES | {"accent": shades.strong, "second": shades.light}
    shapes = _bars(chart, tones, mark or _as_it_is) if stacked else _lines(chart, top, tones)
    if mark and not stacked:
        shapes += _points(chart, mark)
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" class="{}">'
        "<title>{}</title>{}{}{}</svg>",
        WIDTH,
        HEIGHT,
        "bo-drawing" if mark else "chart",  # scripts of pages take others for their own
        chart.summary,
        _grid(ticks(top, whole=stacked)),
        shapes,
        _labels(chart.labels),
    )


def _as_it_is(_spot: Spot, drawing: SafeString) -> SafeString:
    return drawing


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
                px(y + 3.3),
                number_format(value, digits, force_grouping=True),
            )
            for value in values
            for y in [height_of(value, values[-1])]
        ),
    )


def _bars(chart: Chart, tones: Mapping[str, str], mark: Mark) -> SafeString:
    drawn = (
        mark(
            spot,
            format_html(
                '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
                spot.x,
                spot.y,
                spot.width,
                spot.height,
                tones[chart.series[spot.series].tone],
            ),
        )
        for spot in spots(chart)
    )
    return mark_safe("".join(drawn))  # noqa: S308 - each piece came from format_html


def _points(chart: Chart, mark: Mark) -> SafeString:
    """What can be pressed around each point of a line."""
    box = '<rect x="{}" y="{}" width="{}" height="{}" fill="transparent"/>'
    drawn = (mark(spot, format_html(box, spot.x, spot.y, spot.width, spot.height)) for spot in spots(chart))
    return mark_safe("".join(drawn))  # noqa: S308 - each piece came from format_html


def _lines(chart: Chart, top: float, tones: Mapping[str, str]) -> SafeString:
    """A line for each series, broken where it has no value, and a dot where a value stands alone."""
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
            for points in [[(px(middle(chart.labels, n)), height_of(value, top)) for n, value in run]]
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
    every = math.ceil(len(labels) / MOST_LABELS) or 1
    return format_html_join(
        "",
        f'<text x="{{}}" y="{{}}" text-anchor="middle" {TICK}>{{}}</text>',
        ((px(middle(labels, n)), HEIGHT - 7, label) for n, label in enumerate(labels) if n % every == 0),
    )
