"""What each person finds in the sidebar: only pages they may open; and what those pages are called.

Django names lists after apps and models, which nobody knows them by: "Celery Results › Task results" is
"Work › Results". So the header and the browser's tab take their names from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.template import Context, Library
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Text = str | Promise

register = Library()  # in templates: {% load sidebar %}, as settings name it


@dataclass(frozen=True)
class Entry:
    """One line of the sidebar; `permission` is "app.codename", empty for everybody.

    `opens` says it of a person where no single right does.
    """

    title: Text
    icon: str  # a Material Symbols name
    url_name: str
    permission: str = ""
    badge: Callable[[Any], str] | None = None  # what to draw this person's eye to; "" for nothing
    opens: Callable[[Any], bool] | None = None


def new_failures(user: Any) -> str:
    from backoffice.admin import failures  # models are not loaded when this file is

    return failures.new_failures(user)


def sees_installation(user: Any) -> bool:
    from backoffice.admin import installation_checks  # models are not loaded when this file is

    return installation_checks.concerns(user)


GROUPS: list[tuple[Text, list[Entry]]] = [
    ("", [Entry(_("Dashboard"), "dashboard", "admin:index")]),
    (
        _("Work"),
        [
            Entry(_("Launch"), "rocket_launch", "admin:launch", "tasks_app.launch_job"),
            Entry(
                _("Jobs"), "list_alt", "admin:tasks_app_job_changelist", "tasks_app.view_job", new_failures
            ),
            Entry(
                _("Results"),
                "inventory",
                "admin:django_celery_results_taskresult_changelist",
                "django_celery_results.view_taskresult",
            ),
            Entry(
                _("Schedules"),
                "schedule",
                "admin:django_celery_beat_periodictask_changelist",
                "django_celery_beat.view_periodictask",
            ),
            Entry(_("Queues & workers"), "dns", "admin:queues", "tasks_app.view_queuestate"),
        ],
    ),
    (
        _("Emails"),
        [
            Entry(_("Messages"), "mail", "admin:backoffice_message_changelist", "backoffice.view_message"),
            Entry(
                _("Recipients"),
                "contacts",
                "admin:backoffice_recipient_changelist",
                "backoffice.view_recipient",
            ),
            Entry(
                _("Suppressed addresses"),
                "unsubscribe",
                "admin:backoffice_suppression_changelist",
                "backoffice.view_suppression",
            ),
            Entry(
                _("Templates"),
                "draft",
                "admin:backoffice_emailtemplate_changelist",
                "backoffice.view_emailtemplate",
            ),
        ],
    ),
    (
        _("Documents"),
        [
            Entry(
                _("Reports"), "picture_as_pdf", "admin:backoffice_report_changelist", "backoffice.view_report"
            )
        ],
    ),
    (
        _("Administration"),
        [
            Entry(_("Users"), "person", "admin:auth_user_changelist", "auth.view_user"),
            Entry(_("Groups"), "group", "admin:auth_group_changelist", "auth.view_group"),
            Entry(_("Audit log"), "history", "admin:admin_logentry_changelist", "admin.view_logentry"),
            Entry(_("Sign-ins"), "login", "admin:backoffice_signin_changelist", "backoffice.view_signin"),
            Entry(
                _("Sign-in locks"),
                "lock_clock",
                "admin:backoffice_signinlock_changelist",
                "backoffice.view_signinlock",
            ),
            Entry(_("Settings & retention"), "tune", "admin:settings", opens=sees_installation),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's sidebar for this person; a group without entries is left out."""
    groups = []
    for title, entries in GROUPS:
        items = [item for entry in entries if (item := _item(entry, request))]
        if items:
            groups.append({"title": title, "items": items, "separator": False})
    return groups


def pages(request: HttpRequest) -> Iterator[tuple[str, str, str]]:
    """(title, icon, address) of each page in this person's sidebar."""
    for _title, entries in GROUPS:
        for entry in entries:
            if item := _item(entry, request):
                yield str(entry.title), entry.icon, item["link"]


def _item(entry: Entry, request: HttpRequest) -> dict[str, Any] | None:
    user: Any = request.user
    if entry.permission and not user.has_perm(entry.permission):
        return None
    if entry.opens and not entry.opens(user):
        return None
    item: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": reverse(entry.url_name)}
    if entry.badge:
        item |= {"badge": entry.badge(user), "badge_variant": "danger"}
    return item


@register.simple_tag(takes_context=True)
def trail(context: Context, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The header's way to a page, as Unfold found it, in the sidebar's words: group, entry, what follows."""
    from projet.admin_site.lists.addresses import came_from  # models are not loaded when this file is

    here = context["request"].path
    for place, part in enumerate(parts):
        address = part.get("link") or here  # a page of no model knows its title alone
        if found := _entry_at(address):
            group, entry = found
            return [
                *([{"title": group}] if group else []),
                {"title": entry.title, "link": address + came_from(context["request"])},
                *parts[place + 1 :],
            ]
    return parts


@register.simple_tag(takes_context=True)
def sidebar_title(context: Context) -> Text:
    """What the sidebar calls this page; "" for a page that has no entry of its own."""
    found = _entry_at(context["request"].path) if "request" in context else None
    return found[1].title if found else ""


def _entry_at(address: str) -> tuple[Text, Entry] | None:
    """The group and the entry that lead to this address."""
    for group, entries in GROUPS:
        for entry in entries:
            if reverse(entry.url_name) == address:
                return group, entry
    return None
