"""Asking before something changes: a dialog that says how many and what, and a POST.

The pattern, for every action of every page:

    def cancel(request, pk):
        job = …
        require(request, "tasks_app.cancel_job")              # in the handler, for GET and POST alike
        dialog = Dialog(title=…, text=…, submit=_("Cancel the job"), danger=True)
        if not confirmed(request, dialog):
            return ask(request, dialog)
        control.cancel(job, by=request.user, reason=…, tell_cancelled=tell_that_cancelled)
        log_action(request, job, CANCELLED())                  # the audit log
        messages.success(request, …)
        return done(request, url_of(job))

A button opens it with `{% include "tasks_app/dialog_button.html" with url=… label=… icon=… %}`: in a
modal where there is JavaScript, as a page of its own where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import resolve

from tasks_app.display import Text

CAME_FROM = "_changelist_filters"  # Django's own name for the address of the list that a page came from


@dataclass
class Dialog:
    """What is asked. `items` are what it is about, `hidden` (name, value) pairs travel with the answer."""

    title: Text
    submit: Text  # what the button does, as a verb: never just "OK"
    text: Text = ""
    items: Sequence[Text] = ()
    left_out: Sequence[Text] = ()  # what was chosen and will be left alone, with the reason
    form: forms.Form | None = None  # dressed
    danger: bool = False
    hidden: list[tuple[str, str]] = field(default_factory=list)


def require(request: HttpRequest, *permissions: str) -> None:
    """Raise PermissionDenied unless the person has every permission ("app.codename")."""
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def confirmed(request: HttpRequest, dialog: Dialog) -> bool:
    """Whether this request is the answer to the dialog, with a valid form where there is one."""
    return request.method == "POST" and (dialog.form is None or dialog.form.is_valid())


def ask(request: HttpRequest, dialog: Dialog, back: str = "") -> HttpResponse:
    """The dialog: a fragment for the modal; without JavaScript a page of its own, with `back` as way out."""
    if "HX-Request" in request.headers:
        return TemplateResponse(request, "tasks_app/dialog.html", {"dialog": dialog})
    context = admin.site.each_context(request) | {"dialog": dialog, "title": dialog.title, "back": back}
    return TemplateResponse(request, "tasks_app/dialog_page.html", context)


def done(request: HttpRequest, url: str) -> HttpResponse:
    """Leave the dialog for a page, which then shows the messages; a list is narrowed as it was."""
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": url + _as_it_was(request, url)})
    return redirect(url)


def _as_it_was(request: HttpRequest, url: str) -> str:
    """ "?state=failed" where the dialog was opened on that list, or on a page that was opened in it."""
    try:
        opened_on = urlsplit(request.headers.get("HX-Current-URL", ""))
    except ValueError:  # no address at all
        return ""
    if opened_on.path == url:
        query = opened_on.query
    elif url.endswith("/") and resolve(url).view_name.endswith("_changelist"):
        query = QueryDict(opened_on.query).get(CAME_FROM, "")
    else:
        query = ""
    return f"?{QueryDict(query).urlencode()}" if query else ""
