"""What each page is called: the header's way to it and the browser's tab, both in the sidebar's words.

A page has one name. The way to it is its group and entry of the sidebar, the thing that it is about, and
what is done there; the tab says the same from the end.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.template import Context, Library
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy

from projet.admin_site.sidebar import GROUPS, Entry, is_for, link_of

type Text = str | Promise

register = Library()  # in templates: {% load names %}, as settings name it

# What is done on Django's own pages of one thing, by the end of their URL's name: its titles name the thing.
DONE_THERE = {
    "history": gettext_lazy("History"),
    "delete": gettext_lazy("Delete"),
    "password_change": gettext_lazy("Change password"),
}


@dataclass(frozen=True)
class Step:
    """One step of the way; `url` is "" for what is no page of its own."""

    title: Text
    url: str = ""


@dataclass(frozen=True)
class Way:
    """`before`: group and entry, where this person's sidebar has them; `own`: the thing, and what is done."""

    before: list[Step]
    own: list[Step]


@register.simple_tag(takes_context=True)
def way(context: Context) -> list[Step]:
    """The header's way to this page."""
    found = _way(context)
    return [*found.before, *found.own]


@register.simple_tag(takes_context=True)
def page_name(context: Context) -> str:
    """The tab's name of this page: "History · Robin"; of a page in the sidebar its entry."""
    found = _way(context)
    named = found.own[::-1] or found.before[-1:]
    return " · ".join(capfirst(str(step.title)) for step in named)


@register.simple_tag(takes_context=True)
def nearest(context: Context) -> Step | None:
    """The entry of this person's sidebar that an address lies below: a way on where there is no page."""
    request: HttpRequest | None = context.get("request")
    _group, entry = _entry_of(request.path, None) if request else ("", None)
    if request is None or entry is None or not is_for(request.user, entry):
        return None
    link = link_of(entry.url_name)
    return Step(entry.title, link) if link not in (request.path, link_of("admin:index")) else None


def _way(context: Context) -> Way:
    request: HttpRequest = context["request"]
    group, entry = _entry_of(request.path, context.get("opts"))
    is_itself = entry is not None and link_of(entry.url_name) == request.path and not _asks_or_fails(context)
    own = [] if is_itself else _own_steps(context, request)
    if entry is None or not is_for(request.user, entry):
        return Way([], own or [Step(context.get("title") or "")])
    from projet.admin_site.lists.addresses import came_from  # models are not loaded when this file is

    there = Step(entry.title, link_of(entry.url_name) + came_from(request))
    return Way([Step(group), there] if group else [there], own)


def _asks_or_fails(context: Context) -> bool:
    """Whether a page at the address of a list is not that list: an action asks, or something went wrong."""
    return "status" in context or "dialog" in context or ("opts" in context and "cl" not in context)


def _entry_of(address: str, opts: Any) -> tuple[Text, Entry | None]:
    """The group and the entry that a page stands below: its model's list, or the nearest above it."""
    if opts is not None:
        with suppress(NoReverseMatch):  # of a model that has no list
            address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    home = link_of("admin:index")
    found: tuple[Text, Entry | None] = ("", None)
    longest = 0
    for group, entries in GROUPS:
        for entry in entries:
            for link in entry.links:
                if address == link or (link != home and address.startswith(link) and len(link) > longest):
                    found, longest = (group, entry), len(link)
    return found


def _own_steps(context: Context, request: HttpRequest) -> list[Step]:
    about, title = _about(context), context.get("title") or ""
    if about is None:
        return [Step(title)] if title else []
    from tasks_app.admin.things import name_of  # models are not loaded when this file is

    name = (request.resolver_match.url_name or "") if request.resolver_match else ""
    done = name.removeprefix(f"{about._meta.app_label}_{about._meta.model_name}_")
    if done == "change" and "status" not in context:
        return [Step(name_of(about))]
    return [Step(name_of(about), _page_of(about)), Step(DONE_THERE.get(done, title))]


def _about(context: Context) -> Model | None:
    """The thing that Django's own page is about."""
    about = context.get("original") or context.get("object")
    return about if isinstance(about, Model) and about.pk is not None else None


def _page_of(thing: Model) -> str:
    try:
        return reverse(
            f"admin:{thing._meta.app_label}_{thing._meta.model_name}_change", args=[quote(thing.pk)]
        )
    except NoReverseMatch:
        return ""
