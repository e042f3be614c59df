"""{% load lists %}: the table of a list, what it is narrowed to, and the way back to it.

Tag libraries are loaded while apps still are, so what needs models is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.template import Context, Library
from django.template.loader import render_to_string

if TYPE_CHECKING:
    from projet.admin_site.lists.chips import Chip

ENTRIES = "unfold/helpers/app_list.html"

register = Library()


@register.inclusion_tag("lists/table.html")
def list_table(cl: Any) -> dict[str, Any]:
    from projet.admin_site.lists.rows import table

    return {"cl": cl, **table(cl)}


@register.simple_tag
def list_filter(cl: Any, spec: Any) -> str:
    from projet.admin_site.lists.kept import filter_panel

    return filter_panel(cl, spec)


@register.simple_tag(takes_context=True)
def sidebar_entries(context: Context) -> str:
    """Unfold's list of the sidebar's groups and entries."""
    from projet.admin_site.lists.kept import sidebar

    groups = context.get("sidebar_navigation") or []
    return sidebar(groups, lambda: render_to_string(ENTRIES, {"sidebar_navigation": groups}))


@register.simple_tag
def list_chips(cl: Any) -> list[Chip]:
    from projet.admin_site.lists.chips import chips_of

    return chips_of(cl)


@register.simple_tag
def list_cleared(cl: Any) -> str:
    from projet.admin_site.lists.chips import clear_all

    return clear_all(cl)


@register.simple_tag
def list_saving(cl: Any) -> str:
    """The page that saves what a list is narrowed to, of lists whose searches can be saved; else ""."""
    save = getattr(cl.model_admin, "address_to_save", None)
    return save(cl.get_query_string()) if save else ""


@register.simple_tag(takes_context=True)
def list_export(context: Context, cl: Any) -> str:
    """The page that exports what a list shows, for who may; else ""."""
    page = getattr(cl.model_admin, "export_page", None)
    address = page(context["request"]) if page and "request" in context else ""
    return address + cl.get_query_string() if address else ""


@register.simple_tag(takes_context=True)
def list_left(context: Context) -> str:
    """ "?state=failed" after the address of the list, on a page that was opened in it."""
    from projet.admin_site.lists.addresses import came_from

    return came_from(context["request"]) if "request" in context else ""
