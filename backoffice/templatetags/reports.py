"""What the templates of reports write their values and charts with."""

from __future__ import annotations

from dataclasses import replace

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from backoffice.reports.base import Addresses, Order
from backoffice.reports.formatting import shown
from backoffice.reports.looks.colours import OWN
from backoffice.reports.plot import HEIGHT, WIDTH, Spot, spots
from backoffice.reports.sections import Behind, Chart
from backoffice.reports.svg import draw

# On a page the colours are those of its own look, light or dark.
ON_SCREEN = replace(
    OWN, strong="var(--bo-link)", light="color-mix(in oklab, var(--bo-link) 45%, transparent)"
)

register = template.Library()

register.filter(shown)
register.simple_tag(draw, name="draw_chart")


@register.simple_tag
def follow(order: Order | Addresses, behind: Behind, value: object, *place: object) -> str:
    """A value, as a link to the rows behind it where a document can have links."""
    text = shown(value)
    if behind is None or not order.links:
        return text
    return format_html('<a class="to" href="{}">{}</a>', order.address_of(*place), text)


@register.simple_tag
def defined(label: object, definition: object) -> str:
    """A label; who points at it, or comes to it by the keyboard, is told what it counts."""
    if not definition:
        return str(label)
    return format_html(
        '<span class="bo-defined" tabindex="0">{}<span class="bo-definition" role="tooltip">{}</span></span>',
        label,
        definition,
    )


@register.simple_tag
def live_chart(chart: Chart, addresses: Addresses) -> SafeString:
    """The chart for a page: what is pointed at says its value, and leads to its rows."""
    series, labels = chart.series, chart.labels

    def mark(spot: Spot, drawing: SafeString) -> SafeString:
        one = series[spot.series]
        value = shown(one.values[spot.label])
        said = format_html("<title>{}, {}: {}</title>", one.label, labels[spot.label], value)
        if not one.behind or one.behind[spot.label] is None:
            return format_html("<g>{}{}</g>", said, drawing)
        address = addresses.address_of(chart.key, spot.series, spot.label)
        return format_html('<a href="{}" tabindex="-1">{}{}</a>', address, said, drawing)

    return draw(chart, ON_SCREEN, mark)


@register.simple_tag
def chart_table(chart: Chart) -> list[tuple[str, list[tuple[int, object, Behind]]]]:
    """What the chart draws, label by label: (label, (number of the series, value, what is behind it) …)."""
    return [
        (
            label,
            [
                (number, one.values[at], one.behind[at] if one.behind else None)
                for number, one in enumerate(chart.series)
            ],
        )
        for at, label in enumerate(chart.labels)
    ]


@register.simple_tag
def chart_links(order: Order, chart: Chart) -> SafeString:
    """What can be pressed over the bars and points of a chart: a drawing itself has no links in a PDF."""
    if not order.links:
        return SafeString("")
    return format_html_join(
        "",
        '<a class="bar" href="{}" style="left:{}%;top:{}%;width:{}%;height:{}%"></a>',
        (
            (
                order.address_of(chart.key, spot.series, spot.label),
                round(100 * spot.x / WIDTH, 2),
                round(100 * spot.y / HEIGHT, 2),
                round(100 * spot.width / WIDTH, 2),
                round(100 * spot.height / HEIGHT, 2),
            )
            for spot in spots(chart)
            if chart.series[spot.series].behind
        ),
    )
