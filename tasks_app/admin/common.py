"""What the pages share: lists of big tables, links between pages, the audit log.

States, moments and spans are shown by `tasks_app/display.py` (in templates: `{% load work %}`); forms are
dressed in `dressing.py`; whatever changes something asks first, in `dialogs.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, User
from django.db import connections
from django.db.models import Model, Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from unfold.admin import ModelAdmin

from tasks_app.audit.requests import log_action as log_action
from tasks_app.audit.requests import log_list as log_list
from tasks_app.audit.requests import log_together as log_together
from tasks_app.display import Text
from tasks_app.models import Job

# Whoever looks at a page; the pages of the admin are shown to nobody who is not signed in.
type Person = User | AnonymousUser

# --- Tables that grow --------------------------------------------------------------------------


class BigTableAdmin(ModelAdmin):
    """A list of rows that the back office writes and people only read, however many there are.

    None is made distinct, and a page is read from an index: filters ask columns that have one; the site's
    guard counts rows up to a bound. Rows are neither added, edited nor deleted by hand. `empty_icon`,
    `empty_title` and `empty_text` say what to do when the list is empty.
    """

    list_per_page = 50
    actions_in_batches: tuple[str, ...] = ()  # those that take all that match, however many; see selection.py
    list_fullwidth = True
    list_filter_submit = True
    list_before_template: str | None = None  # type: ignore[assignment]  # Unfold's class says None alone
    empty_icon = "inbox"
    empty_title: Text = ""
    empty_text: Text = ""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def starts_with(field: str, term: str) -> Q:
    """Rows whose `field` begins with the term (as typed or in lower case), found through its index."""
    if connections["default"].vendor != "sqlite":
        return Q(**{f"{field}__startswith": term}) | Q(**{f"{field}__startswith": term.lower()})
    # SQLite's LIKE reads the whole table; a range of its binary order reads the index.
    last = chr(0x10FFFF)
    exact = Q(**{f"{field}__gte": term, f"{field}__lt": term + last})
    return exact | Q(**{f"{field}__gte": term.lower(), f"{field}__lt": term.lower() + last})


# --- Pages of no model -------------------------------------------------------------------------

type PageView = Callable[..., HttpResponseBase]


def page(route: str, *, name: str, permission: str = "") -> Callable[[PageView], PageView]:
    """Decorator for a view of the admin that belongs to no model: `admin/<route>`, named `admin:<name>`."""
    # The project's site has it, and the engine knows no project.
    register: Callable[[PageView], PageView] = admin.site.page(  # type: ignore[attr-defined]  # see above
        route, name=name, permission=permission
    )
    return register


# --- Links to what a job made ------------------------------------------------------------------


@dataclass(frozen=True)
class Link:
    """A page that belongs to a job: its message, its report. `icon` is a Material Symbols name.

    Without `url` it is only named: it is gone, or not for this reader. A prominent one is a button at the top
    of the job's page: what its reader came for. A dialog asks, and leads back to the job.
    """

    title: Text
    url: str
    icon: str = "link"
    note: Text = ""
    prominent: bool = False
    dialog: bool = False


def once_of_job[Found](ask: Callable[[Job], Found]) -> Callable[[Job], Found]:
    """A question that several parts of a job's page ask: it is asked once of the row that was read for it."""
    kept = f"_{ask.__module__}.{ask.__qualname__}"

    @wraps(ask)
    def asked_once(job: Job) -> Found:
        known = vars(job)
        if kept not in known:
            known[kept] = ask(job)
        found: Found = known[kept]
        return found

    return asked_once


# The domain adds its own: functions of (job, user) that return its links to what the job made.
job_links: list[Callable[[Job, Person], Iterable[Link]]] = []
