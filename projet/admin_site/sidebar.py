"""What each person finds in the sidebar: only pages they may open; and what those pages are called.

Django names lists after apps and models, which nobody knows them by: "Celery Results › Task results" is
"Work › Results". So the header and the browser's tab take their names from here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.translation import gettext_lazy as _

type Text = str | Promise


@dataclass(frozen=True)
class Entry:
    """One line of the sidebar; `permission` is "app.codename", empty for everybody.

    `opens` says it of a person where no single right does. `also` are lists that stand below it, and have no
    line of their own.
    """

    title: Text
    icon: str  # a Material Symbols name
    url_name: str
    permission: str = ""
    badge: Callable[[Any], str] | None = None  # what to draw this person's eye to; "" for nothing
    opens: Callable[[Any], bool] | None = None
    also: tuple[str, ...] = ()

    @property
    def links(self) -> Iterator[str]:
        """Its own address, and those of the lists below it."""
        return (link_of(name) for name in (self.url_name, *self.also))


def causes_to_look_at(user: Any) -> str:
    from backoffice.admin import failures  # models are not loaded when this file is

    return failures.causes_to_look_at(user)


def sees_installation(user: Any) -> bool:
    from backoffice.admin import installation_checks  # models are not loaded when this file is

    return installation_checks.concerns(user)


WORK = _("Work")
TIMINGS = tuple(
    f"admin:django_celery_beat_{kind}schedule_changelist"
    for kind in ("crontab", "interval", "solar", "clocked")
)
SEARCHES = 15  # that the sidebar has room for; the others stand on their page

GROUPS: list[tuple[Text, list[Entry]]] = [
    ("", [Entry(_("Dashboard"), "dashboard", "admin:index")]),
    (
        WORK,
        [
            Entry(_("Launch"), "rocket_launch", "admin:launch", "tasks_app.launch_job"),
            Entry(
                _("Failures"),
                "running_with_errors",
                "admin:tasks_app_failuregroup_changelist",
                "tasks_app.view_job",
                causes_to_look_at,
            ),
            Entry(_("Did they get it?"), "contact_mail", "admin:person", "backoffice.view_message"),
            Entry(_("Jobs"), "list_alt", "admin:tasks_app_job_changelist", "tasks_app.view_job"),
            Entry(_("Batches"), "playlist_play", "admin:tasks_app_batch_changelist", "tasks_app.view_batch"),
            Entry(
                _("Saved searches"),
                "saved_search",
                "admin:tasks_app_savedsearch_changelist",
                "tasks_app.view_job",
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
                also=TIMINGS,
            ),
            Entry(
                _("Calendars"),
                "calendar_month",
                "admin:tasks_app_calendar_changelist",
                "tasks_app.view_calendar",
            ),
            Entry(
                _("Quiet periods"),
                "bedtime",
                "admin:tasks_app_quietperiod_changelist",
                "tasks_app.view_quietperiod",
            ),
            Entry(_("Queues & workers"), "dns", "admin:queues", "tasks_app.view_queuestate"),
        ],
    ),
    (
        _("Emails"),
        [
            Entry(_("Messages"), "mail", "admin:backoffice_message_changelist", "backoffice.view_message"),
            Entry(
                _("Mailings"), "campaign", "admin:backoffice_mailing_changelist", "backoffice.view_mailing"
            ),
            Entry(
                _("Recipients"),
                "contacts",
                "admin:backoffice_recipient_changelist",
                "backoffice.view_recipient",
            ),
            Entry(
                _("Audiences"), "groups", "admin:backoffice_audience_changelist", "backoffice.view_audience"
            ),
            Entry(
                _("Fields of recipients"),
                "ballot",
                "admin:backoffice_recipientfield_changelist",
                "backoffice.view_recipientfield",
            ),
            Entry(_("Tags"), "sell", "admin:backoffice_tag_changelist", "backoffice.view_tag"),
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
            ),
            Entry(_("Shelf"), "shelves", "admin:backoffice_binder_changelist", "backoffice.view_report"),
            Entry(
                _("Subscriptions"),
                "forward_to_inbox",
                "admin:backoffice_subscription_changelist",
                "backoffice.view_subscription",
            ),
            Entry(
                _("Saved questions"),
                "database_search",
                "admin:backoffice_question_changelist",
                "backoffice.view_question",
            ),
        ],
    ),
    (
        _("Administration"),
        [
            Entry(_("Users"), "person", "admin:auth_user_changelist", "auth.view_user"),
            Entry(_("Groups"), "group", "admin:auth_group_changelist", "auth.view_group"),
            Entry(
                _("Alert rules"),
                "notifications",
                "admin:tasks_app_alertrule_changelist",
                "tasks_app.view_alertrule",
            ),
            Entry(
                _("Look of reports"),
                "palette",
                "admin:backoffice_reportlook_changelist",
                "backoffice.change_reportlook",
            ),
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


class Fresh(list[Any]):
    """Made for one request, so that nobody needs the deep copy that Unfold makes before it adds to it."""

    def __deepcopy__(self, _memo: dict[int, Any]) -> Fresh:
        return self


@cache
def link_of(url_name: str) -> str:
    """An entry's address: asked some sixty times for each page."""
    return reverse(url_name)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's sidebar for this person; a group without entries is left out."""
    groups = Fresh()
    for title, entries in GROUPS:
        items = [item for entry in entries if (item := _item(entry, request))]
        if items:
            groups.append({"title": title, "items": items, "separator": False})
        if title == WORK and (searches := saved_searches(request)):
            groups.append({"title": _("Searches"), "items": searches, "separator": False})
    return groups


def saved_searches(request: HttpRequest) -> list[dict[str, Any]]:
    """This person's own searches, and those that others share."""
    from tasks_app.admin.jobs.query import saved  # models are not loaded when this file is

    on_jobs = request.path == link_of("admin:tasks_app_job_changelist")
    asked = saved.kept(request.GET.urlencode()) if on_jobs else None
    return [
        {
            "title": escape(search.name),  # Unfold takes it for markup
            "icon": "group" if search.shared else "bookmark",
            "link": saved.address_of(search),
            "badge": saved.shown_count(search),
            "active": search.query == asked,  # Unfold lights all that lead to one list
        }
        for search in saved.searches_of(request)[:SEARCHES]
    ]


def pages(request: HttpRequest) -> Iterator[tuple[str, str, str]]:
    """(title, icon, address) of each page in this person's sidebar."""
    for _title, entries in GROUPS:
        for entry in entries:
            if item := _item(entry, request):
                yield str(entry.title), entry.icon, item["link"]


def is_for(user: Any, entry: Entry) -> bool:
    """Whether this person has it in their sidebar."""
    return not entry.permission or user.has_perm(entry.permission)


def _item(entry: Entry, request: HttpRequest) -> dict[str, Any] | None:
    user: Any = request.user
    if not is_for(user, entry):
        return None
    if entry.opens and not entry.opens(user):
        return None
    item: dict[str, Any] = {"title": entry.title, "icon": entry.icon, "link": link_of(entry.url_name)}
    if entry.also and any(request.path.startswith(link_of(name)) for name in entry.also):
        item["active"] = True  # else Unfold looks whether the address begins with its own
    if entry.badge:
        item |= {"badge": entry.badge(user), "badge_variant": "danger"}
    return item
