"""{% load lists %}: the table of a list, what it is narrowed to, and the way back to it.

Tag libraries are loaded while apps still are, so what needs models is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template import Context, Library

if TYPE_CHECKING:
    from projet.admin_site.lists.chips import Chip

register = Library()


@register.inclusion_tag("lists/table.html")
def list_table(cl: Any) -> dict[str, Any]:
    from projet.admin_site.lists.rows import table

    return {"cl": cl, **table(cl)}


@register.simple_tag
def list_chips(cl: Any) -> list[Chip]:
    from projet.admin_site.lists.chips import chips_of

    return chips_of(cl)


@register.simple_tag
def list_cleared(cl: Any) -> str:
    from projet.admin_site.lists.chips import clear_all

    return clear_all(cl)


@register.simple_tag(takes_context=True)
def list_left(context: Context) -> str:
    """ "?state=failed" after the address of the list, on a page that was opened in it."""
    from projet.admin_site.lists.addresses import came_from

    return came_from(context["request"]) if "request" in context else ""
