"""`{% load work %}`: states, moments and spans as every page shows them."""

from django import template

from tasks_app import showing

register = template.Library()

register.filter("state_badge", showing.state_badge)
register.filter("moment", showing.moment)
register.filter("instant", showing.instant)
register.filter("span", showing.span)
register.filter("who", showing.who)
register.simple_tag(showing.badge, name="badge")
