"""What people choose when they send an email. Field names are the job's argument names."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminAutocompleteModelChoiceFieldWidget, UnfoldAdminSelectWidget

from backoffice.models import EmailTemplate, Recipient


def search_address() -> str:
    """Where the page looks recipients up: the admin's search, as for the field Message.recipient."""
    field = urlencode({"app_label": "backoffice", "model_name": "message", "field_name": "recipient"})
    return f"{reverse('admin:autocomplete')}?{field}"


class RecipientSelect(UnfoldAdminAutocompleteModelChoiceFieldWidget):
    """A searchable select that reads only the chosen rows, however many recipients there are."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)

    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> Any:
        return super().build_attrs(base_attrs, extra_attrs) | {
            "data-ajax--url": search_address(),
            "data-placeholder": str(_("Name or address")),
        }

    def optgroups(self, name: str, value: list[str], attrs: dict[str, Any] | None = None) -> Any:
        chosen = [one for one in value if str(one).isdecimal()]
        rows = self.choices.queryset.filter(pk__in=chosen)
        options = [
            self.create_option(name, row.pk, str(row), True, index, attrs=attrs)
            for index, row in enumerate(rows)
        ]
        return [(None, options, 0)]


class RecipientField(forms.ModelChoiceField):
    widget = RecipientSelect


def default_template_id() -> int | None:
    return EmailTemplate.objects.active().default().values_list("pk", flat=True).first()


class SendEmailForm(forms.Form):
    destinataire_id = RecipientField(
        label=_("Recipient"),
        queryset=Recipient.objects.active(),
        error_messages={
            "invalid_choice": _(
                "There is no such recipient, or they asked for no more emails. Choose another."
            )
        },
    )
    modele_id = forms.ModelChoiceField(
        label=_("Template"),
        queryset=EmailTemplate.objects.active(),
        required=False,
        initial=default_template_id,
        empty_label=_("The default template"),
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "invalid_choice": _("There is no such template, or it is switched off. Choose another.")
        },
    )
