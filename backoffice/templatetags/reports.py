"""What the templates of reports write their values and charts with."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from backoffice.reports.base import Order
from backoffice.reports.formatting import shown
from backoffice.reports.plot import HEIGHT, WIDTH, spots
from backoffice.reports.sections import Behind, Chart
from backoffice.reports.svg import draw

register = template.Library()

register.filter(shown)
register.simple_tag(draw, name="draw_chart")


@register.simple_tag
def follow(order: Order, behind: Behind, value: object, *place: object) -> str:
    """A value, as a link to the rows behind it where a document can have links."""
    text = shown(value)
    if behind is None or not order.links:
        return text
    return format_html('<a class="rows" href="{}">{}</a>', order.address_of(*place), text)


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
