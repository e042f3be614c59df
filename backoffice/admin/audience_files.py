"""A file becomes an audience: uploaded, looked at, and only then kept, once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from backoffice import storage
from backoffice.admin import audited
from backoffice.admin.recipient_lists import ListForm
from backoffice.admin.viewer import viewer
from backoffice.audiences import uploading
from backoffice.models import Audience, AudienceKind, PeopleList
from backoffice.people_lists import importing
from backoffice.people_lists.errors import UnreadableList
from tasks_app.admin.common import log_action, log_list
from tasks_app.admin.dressing import dress

PAGE = "admin:backoffice_audience_file"


class NameForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    class Meta:
        model = Audience
        fields = ("name", "shared")

    def __init__(self, owner: Any, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.instance.owner, self.instance.kind = owner, AudienceKind.FILE
        dress(self)  # type: ignore[arg-type]  # of which it asks no more than its fields

    def _get_validation_exclusions(self) -> set[str]:
        """The owner is no field of the form, and one of two that are unique together."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's types lack it
        return excluded - {"owner"}


def upload_page(request: HttpRequest) -> HttpResponse:
    """The form; and for a file that can be read, whom it has and whom it would leave out."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["import_file"]
        content = file.read()
        try:
            found = uploading.look(content)
            kept = importing.keep(content, file.name, viewer(request))
        except (UnreadableList, storage.StorageRefused) as error:
            form.add_error("import_file", str(error))
        else:
            name = NameForm(
                viewer(request), initial={"name": file.name.rpartition(".")[0][:100] or file.name[:100]}
            )
            return _page(request, _looked(found, kept, name))
    return _page(request, {"form": form})


def _page(request: HttpRequest, shown: dict[str, Any]) -> HttpResponse:
    title = {"title": gettext("Audience from a file"), "opts": Audience._meta}
    context = admin.site.each_context(request) | title | shown
    return TemplateResponse(request, "backoffice/audiences/file.html", context)


def _looked(found: uploading.Look, kept: PeopleList, name: NameForm) -> dict[str, Any]:
    return {
        "people_list": kept,
        "name_form": name,
        "look": found,
        "variables": [(one, found.missing[one.name]) for one in found.variables],
        "refused_rows": [
            {"line": one.row.line, "reason": uploading.reason(one), "cells": " · ".join(one.row.cells)[:200]}
            for one in found.shown_refused
        ],
        "person_rows": [
            [
                person.line,
                person.email,
                person.name,
                *(person.values.get(one.name, "") for one in found.variables),
            ]
            for person in found.shown
        ],
        "lookalikes": found.lookalikes.pairs,
    }


def keep(request: HttpRequest) -> HttpResponse:
    """Make the audience of the file that was looked at; a second click leads to what the first one made."""
    people = importing.find(request.POST.get("list"), viewer(request))
    if people is None:
        messages.error(request, gettext("Upload the list again: it is not here any more."))
        return redirect(PAGE)
    if people.imported_at is not None and "audience" in people.figures:
        return redirect("admin:backoffice_audience_change", people.figures["audience"])
    form = NameForm(viewer(request), request.POST)
    try:
        if not form.is_valid():
            return _page(request, _looked(uploading.look(storage.read(people.file)), people, form))
        audience = uploading.carry_out(people, form.save(commit=False))
    except (UnreadableList, OSError):
        messages.error(
            request, gettext("Nothing was kept: the file cannot be read any more. Upload it again.")
        )
        return redirect(PAGE)
    except (IntegrityError, Audience.DoesNotExist):
        messages.error(
            request, gettext("Nothing was kept: it was changed at the same moment. Upload it again.")
        )
        return redirect(PAGE)
    count = audience.lines.count()
    log_action(request, audience, audited.AUDIENCE_UPLOADED(file=people.file_name, count=count), ADDITION)
    messages.success(request, gettext("The audience is kept. People: %(count)s.") % {"count": count})
    return redirect("admin:backoffice_audience_change", audience.pk)


def refused_lines(request: HttpRequest) -> HttpResponse:
    """The refused lines as a CSV that says what is wrong with each."""
    people = importing.find(request.POST.get("list"), viewer(request))
    try:
        content = None if people is None else storage.read(people.file)
    except OSError:
        content = None
    if content is None:
        return HttpResponseBadRequest(gettext("Upload the list again: it is not here any more."))
    log_list(request, Audience, audited.DOWNLOADED(file="refused-lines.csv"))
    return HttpResponse(
        uploading.refused_lines(content),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="refused-lines.csv"'},
    )
