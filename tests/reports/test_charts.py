"""Charts: scales at round numbers, gaps where nothing was measured, and words for who cannot see them."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.reports.sections import Chart, Series
from backoffice.reports.svg import draw, scale_top, ticks

SVG = "{http://www.w3.org/2000/svg}"


def drawn(kind: str, *series: Series) -> ET.Element:
    labels = [str(number) for number in range(len(series[0].values))]
    return ET.fromstring(draw(Chart("Title", labels, series, "Most < on Monday", kind=kind)))  # noqa: S314 - ours


@given(st.floats(0.001, 1e9))
def test_a_scale_ends_above_its_highest_value_and_not_far_above(highest: float) -> None:
    assert highest <= scale_top(highest) * (1 + 1e-9) <= highest * 2.01


@pytest.mark.parametrize(
    ("top", "whole", "lines"),
    [
        (1, True, [0, 1]),
        (2, True, [0, 1, 2]),
        (5, True, [0, 1, 2, 3, 4, 5]),
        (80, True, [0, 20, 40, 60, 80]),
        (0.2, False, [0, 0.05, 0.1, 0.15, 0.2]),
    ],
)
def test_the_lines_of_a_scale_stand_at_round_numbers(top: float, whole: bool, lines: list[float]) -> None:
    assert ticks(top, whole=whole) == pytest.approx(lines)


def test_bars_are_stacked_and_nothing_is_drawn_for_zero() -> None:
    chart = drawn("bars", Series("a", [4, 0], "accent"), Series("b", [4, 0], "bad"))
    lower, upper = (dict(bar.items()) for bar in chart.iter(f"{SVG}rect"))
    assert float(upper["y"]) + float(upper["height"]) == pytest.approx(float(lower["y"]), abs=0.11)
    assert float(upper["y"]) == pytest.approx(10, abs=0.1)  # the two together reach the top of the scale


def test_a_line_is_broken_where_nothing_was_measured() -> None:
    chart = drawn("lines", Series("a", [1, 2, None, 3]))
    assert [len(line.get("points", "").split()) for line in chart.iter(f"{SVG}polyline")] == [2, 1]
    assert len(list(chart.iter(f"{SVG}circle"))) == 3


def test_a_chart_says_in_words_what_it_shows() -> None:
    chart = drawn("bars", Series("a", [1]))
    assert chart.findtext(f"{SVG}title") == "Most < on Monday"


def test_many_labels_do_not_touch() -> None:
    chart = drawn("bars", Series("a", [1] * 92))
    assert sum(text.get("text-anchor") == "middle" for text in chart.iter(f"{SVG}text")) <= 12
