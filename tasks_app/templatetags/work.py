"""`{% load work %}`: states, moments and spans as every page shows them."""

from django import template

from tasks_app import display
from tasks_app.subject import subject_of

register = template.Library()

register.filter("state_badge", display.state_badge)
register.filter("moment", display.moment)
register.filter("instant", display.instant)
register.filter("clock", display.to_the_second)
register.filter("span", display.span)
register.filter("who", display.who)
register.filter("subject", subject_of)
register.simple_tag(display.badge, name="badge")
