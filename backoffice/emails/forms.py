"""What people choose when they send an email. Field names are the job's argument names."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backoffice.models import EmailTemplate, Recipient


def default_template_id() -> int | None:
    return EmailTemplate.objects.active().default().values_list("pk", flat=True).first()


class SendEmailForm(forms.Form):
    destinataire_id = forms.ModelChoiceField(
        label=_("Recipient"),
        queryset=Recipient.objects.choosable(),
        error_messages={
            "invalid_choice": _(
                "There is no such recipient, they asked for no more emails, or it is a test address. "
                "Choose another."
            )
        },
    )
    modele_id = forms.ModelChoiceField(
        label=_("Template"),
        queryset=EmailTemplate.objects.active(),
        required=False,
        initial=default_template_id,
        empty_label=_("The default template"),
        error_messages={
            "invalid_choice": _("There is no such template, or it is switched off. Choose another.")
        },
    )
