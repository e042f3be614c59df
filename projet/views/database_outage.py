"""A click while the database is busy, away or full, or a disk is full: a sentence says so, and whether
anything was saved."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.signals import connection_created
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projet.security_headers import BROKEN_PAGE_POLICY
from tasks_app.db.outage import Outage, outage_of

logger = logging.getLogger(__name__)

type Text = str | Promise

# Seconds that a click waits for a lock, and for one statement. Workers and clocks have nobody who waits.
LOCK_PATIENCE, STATEMENT_PATIENCE = 5, 30
RETRY_AFTER = 10  # seconds, for programs
# Kept of each visit by itself: no work of anybody's.
_OF_A_VISIT = "django_session"

_WORDS: dict[Outage, tuple[Text, Text, Text]] = {
    Outage.BUSY: (
        gettext_lazy("The database is busy"),
        gettext_lazy("Other work holds it at this moment: a large import, a backup, an upgrade."),
        gettext_lazy("Wait a moment, then try again."),
    ),
    Outage.AWAY: (
        gettext_lazy("The database cannot be reached"),
        gettext_lazy(
            "It is being restarted, or the way to it is cut. Workers wait for it too and go on by themselves."
        ),
        gettext_lazy("Try again in a minute. If it lasts, tell whoever runs this installation."),
    ),
    Outage.FULL: (
        gettext_lazy("The database takes no changes"),
        gettext_lazy("Its disk is full, or it was told to take none. What is there can still be read."),
        gettext_lazy("Tell whoever runs this installation; then try again."),
    ),
}
_FULL_DISK: tuple[Text, Text, Text] = (
    gettext_lazy("There is no room for this file"),
    gettext_lazy("The disk of this machine is full: it can take no file, and make none."),
    gettext_lazy("Tell whoever runs this installation; then try again."),
)


class NotesWhatIsSaved:
    """Middleware: whether a request has saved anything yet, so that an error after it can say so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            if sql.startswith(("INSERT", "UPDATE", "DELETE")) and _OF_A_VISIT not in sql:
                transaction.on_commit(lambda: setattr(request, "has_saved", True))
            return result

        with connection.execute_wrapper(note):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """With DEBUG, where Django shows a traceback and asks no handler: an outage is no fault of ours."""
        if not settings.DEBUG or not (outage := outage_behind(error)):
            return None
        logger.warning("The database is %s.", outage.value, exc_info=error)
        return outage_page(request, outage)


def outage_behind(error: BaseException | None) -> Outage | None:
    """What ails the database, where this error came of it."""
    while error is not None:
        if outage := outage_of(error):
            return outage
        error = error.__cause__ or error.__context__
    return None


def outage_page(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Asks nothing of the database, nor of what needs it: not even who is signed in."""
    return _page(request, *_WORDS[outage])


def full_disk_page(request: HttpRequest) -> HttpResponse:
    """Where this machine has no room for a file that was sent to it, or that it makes."""
    return _page(request, *_FULL_DISK)


def _page(request: HttpRequest, title: Text, what: Text, todo: Text) -> HttpResponse:
    looked = request.method in ("GET", "HEAD")
    context = {
        "title": title,
        "what": what,
        "saved": _what_was_saved(request, looked=looked),
        "todo": todo,
        "again": request.get_full_path() if looked else "",
    }
    page = loader.get_template("503.html").render(context)
    headers = {"Content-Security-Policy": BROKEN_PAGE_POLICY, "Retry-After": str(RETRY_AFTER)}
    return HttpResponse(page, status=503, headers=headers)


def _what_was_saved(request: HttpRequest, *, looked: bool) -> str:
    if getattr(request, "has_saved", False):
        return _("A part of what you did was saved before that. Look at it before you do it again.")
    if looked:
        return _("Nothing was changed.")
    return _("Nothing of what you sent was saved: “Back” leads to the form as you filled it in.")


def wait_no_longer_than_people_do() -> None:
    """For the connections of a web process."""
    connection_created.connect(_bound_its_patience, dispatch_uid="patience of the web")


def _bound_its_patience(connection: Any, **_: Any) -> None:
    statements = {
        "sqlite": f"PRAGMA busy_timeout = {1000 * LOCK_PATIENCE:.0f}",
        "postgresql": f"SET lock_timeout = {1000 * LOCK_PATIENCE:.0f}; "
        f"SET statement_timeout = {1000 * STATEMENT_PATIENCE}",
    }
    with connection.cursor() as cursor:
        cursor.execute(statements[connection.vendor])
