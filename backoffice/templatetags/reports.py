"""What the templates of reports write their values and charts with."""

from __future__ import annotations

from django import template

from backoffice.reports.formatting import shown
from backoffice.reports.svg import draw

register = template.Library()

register.filter(shown)
register.simple_tag(draw, name="draw_chart")
