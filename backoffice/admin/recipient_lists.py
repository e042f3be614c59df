"""The import of recipients: a list is uploaded, looked at, and only then imported, once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget

from backoffice import storage
from backoffice.admin import audited
from backoffice.admin.viewer import viewer
from backoffice.models import PeopleList, Recipient
from backoffice.people_lists import files, importing, preview
from backoffice.people_lists.columns import FIELDS, MORE
from backoffice.people_lists.errors import UnreadableList
from backoffice.people_lists.labels import label_of
from backoffice.people_lists.own import own_fields
from backoffice.people_lists.verdicts import Figures, Outcome
from tasks_app.admin.common import log_list

PAGE = "admin:backoffice_recipient_import"
CHANGELIST = "admin:backoffice_recipient_changelist"
# Each column's name in the files of others, for the page.
ALSO_CALLED = {
    "email": _("E-mail Address, Mail, Courriel, Adresse e-mail"),
    "name": _("Full name, Nom complet; or First Name and Last Name, Prénom and Nom"),
    "company": _("Organization, Société, Entreprise"),
    "language": _("Langue; en or fr, English or French"),
    "active": _("Actif; yes or no. No: this person opted out"),
    "zone": _("Fuseau horaire; Europe/Paris, America/Montreal"),
    "tags": _("Étiquettes; several with commas between them. They are added: no list takes one away"),
}


class ListForm(forms.Form):
    import_file = forms.FileField(
        label=_("File"),
        max_length=255,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        error_messages={"empty": _("The file is empty: it has no line at all.")},
    )

    def clean_import_file(self) -> Any:
        """Refuse what would fill the memory of the web process before its first line is read."""
        file = self.cleaned_data["import_file"]
        if file.size > settings.LARGEST_LIST:
            raise forms.ValidationError(
                gettext("This file has %(size)s; a list may have %(limit)s. Import it in several parts.")
                % {"size": filesizeformat(file.size), "limit": filesizeformat(settings.LARGEST_LIST)}
            )
        return file


NOT_KEPT = _(
    "The list could be read but not kept, so nothing was imported: the storage refused it (%(error)s). Ask "
    "whoever runs this site to check its space and its rights, then upload the list again."
)


def upload_page(request: HttpRequest) -> HttpResponse:
    """The form; and for a file that can be read, what importing it would do."""
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["import_file"]
        content = file.read()
        try:
            found = preview.preview_of(content)
            kept = importing.keep(content, file.name, viewer(request))
        except UnreadableList as error:
            form.add_error("import_file", str(error))
        except storage.StorageRefused as error:
            form.add_error("import_file", NOT_KEPT % {"error": error.__cause__ or error})
        else:
            return _page(request, _previewed(found, kept))
    own = own_fields()
    columns: list[tuple[str, Any]] = [(label_of(name, {}), ALSO_CALLED[name]) for name in (*FIELDS, *MORE)]
    columns += [(field.label, f"{field.name}; {field.get_type_display()}") for field in own.values()]
    return _page(request, {"form": form, "columns": columns})


def _page(request: HttpRequest, shown: dict[str, Any]) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": gettext("Import"), "opts": Recipient._meta}
    return TemplateResponse(request, "backoffice/recipients/import.html", context | shown)


def _previewed(found: preview.Preview, kept: PeopleList) -> dict[str, Any]:
    counts = found.figures.by_outcome
    return {
        "people": kept,
        "figures": {outcome.value: counts[outcome] for outcome in Outcome},
        "lines": found.figures.lines,
        "accepted": found.figures.accepted,
        "returning": found.figures.returning,
        "returning_people": [str(one.recipient) for one in found.returning],
        "notes": found.notes,
        "sources": preview.sources(found.columns),
        "ignored": found.columns.ignored,
        "columns": [label_of(name, found.columns.own) for name in found.columns.shown()],
        "accepted_rows": preview.accepted_rows(found.accepted, found.columns),
        "rejected_rows": preview.rejected_rows(found.rejected, found.columns),
    }


def confirm(request: HttpRequest) -> HttpResponse:
    """Import the list that was looked at; a second click is told what the first one did."""
    people = importing.find(request.POST.get("list"), viewer(request))
    if people is None:
        messages.error(request, gettext("Upload the list again: it is not here any more."))
        return redirect(PAGE)
    try:
        done = importing.carry_out(people, viewer(request), may_return=bool(request.POST.get("may_return")))
    except (UnreadableList, OSError):
        messages.error(
            request, gettext("Nothing was imported: the file cannot be read any more. Upload it again.")
        )
        return redirect(PAGE)
    except (IntegrityError, OperationalError):
        sentence = gettext(
            "Nothing was imported: a recipient of this list was added or changed at the same moment. "
            "Upload the list again."
        )
        messages.error(request, sentence)
        return redirect(PAGE)
    if done.again:
        messages.info(
            request,
            gettext("This list was imported before, and nothing was done a second time. %(figures)s")
            % {"figures": told(done.figures)},
        )
    else:
        messages.success(
            request, gettext("The list is imported. %(figures)s") % {"figures": told(done.figures)}
        )
    return redirect(CHANGELIST)


def told(figures: Figures) -> str:
    """All lines, by what became of them."""
    counts = {outcome.value: figures.by_outcome[outcome] for outcome in Outcome}
    return gettext(
        "Lines: %(lines)d. New: %(new)d, changed: %(changed)d, as they were: %(same)d, "
        "rejected: %(rejected)d, empty: %(blank)d."
    ) % (counts | {"lines": figures.lines})


def rejected_lines(request: HttpRequest) -> HttpResponse:
    """The rejected lines of an uploaded list, as a CSV that says what is wrong with each."""
    people = importing.find(request.POST.get("list"), viewer(request))
    try:
        content = None if people is None else storage.read(people.file)
    except OSError:
        content = None
    if content is None:
        return HttpResponseBadRequest(gettext("Upload the list again: it is not here any more."))
    log_list(request, Recipient, audited.DOWNLOADED(file="rejected-lines.csv"))
    return _download(files.rejected(content), "rejected-lines.csv")


def example(request: HttpRequest) -> HttpResponse:
    """A list of two people, to be filled in."""
    return _download(files.example(), gettext("example-list.csv"))


def _download(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
