"""What a person says of a subscription: what of, to whom, in which form. How often is rhythm.py's."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.choices import flatten_choices
from django.utils.translation import gettext_lazy as _

from backoffice.models import Form, Subscription
from backoffice.opting_out.links import is_reachable
from backoffice.reports.base import ReportType
from backoffice.reports.forms import Format
from backoffice.reports.periods import grouped
from backoffice.subscriptions import outside
from backoffice.subscriptions.owners import possible_readers

MOST_OUTSIDE = 50  # addresses
# Of a report's form: asked for otherwise, or days that would stay where they are.
NOT_ASKED = ("format", "start", "end")


def report_form(kind: ReportType, data: Any = None, initial: dict[str, Any] | None = None) -> forms.Form:
    """The report's own form, for periods that move along."""
    form = kind.form(data, initial=initial, prefix="report")
    for name in NOT_ASKED:
        form.fields.pop(name, None)
    if "period" in form.fields:
        cast(forms.ChoiceField, form.fields["period"]).choices = grouped(moving_alone=True)
    return form


def parameters_of(form: forms.Form) -> dict[str, Any]:
    """As they are stored."""
    return {name: form.cleaned_data[name] for name in form.fields if form.cleaned_data.get(name) is not None}


class ReaderField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # it takes no parameter when it runs
    def label_from_instance(self, user: Any) -> str:
        return str(user.get_full_name() or user.get_username())


class SubscriptionForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=150)
    formats = forms.MultipleChoiceField(
        label=_("File formats"), initial=[Format.PDF.value], widget=forms.CheckboxSelectMultiple
    )
    readers = ReaderField(
        label=_("Readers"),
        queryset=None,
        required=False,
        help_text=_(
            "People who may see this report. Whoever loses that right gets it no more, and you are told."
        ),
    )
    outside = forms.CharField(
        label=_("Addresses outside"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line. They get the documents attached, and a link to unsubscribe."),
    )
    form = forms.ChoiceField(
        label=_("How people get it"),
        choices=Form.choices,
        initial=Form.ATTACHED,
        required=False,
        help_text=_("What is too large to be attached is linked."),
    )
    skip_empty = forms.BooleanField(
        label=_("Send nothing where there is nothing to report"),
        required=False,
        initial=True,
        help_text=_("The next one says which periods were skipped."),
    )

    def __init__(self, kind: ReportType, user: Any, data: Any = None, **options: Any) -> None:
        self.kind, self.user = kind, user
        super().__init__(data, **options)
        asked: Any = kind.form().fields["format"]
        offered: Any = flatten_choices(asked.choices)
        formats = cast(forms.MultipleChoiceField, self.fields["formats"])
        formats.choices = [(key, label) for key, label in offered if key]
        cast(ReaderField, self.fields["readers"]).queryset = possible_readers(kind.slug)
        if kind.confidential:
            del self.fields["form"]
        if not outside.may_share(user, kind) or not is_reachable():
            del self.fields["outside"]

    def clean_outside(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["outside"].splitlines() if line.strip()]
        found = list(dict.fromkeys(outside.spelled(line) for line in lines))
        if len(found) > MOST_OUTSIDE:
            raise ValidationError(_("These are too many: at most %(count)s.") % {"count": MOST_OUTSIDE})
        for address in found:
            self._check(address)
        return found

    def _check(self, address: str) -> None:
        try:
            validate_email(address)
        except ValidationError as error:
            raise ValidationError(_("“%(line)s” is no address.") % {"line": address[:100]}) from error
        if why_not := outside.why_not(self.kind, address):
            raise ValidationError(f"{address}: {why_not}")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        given["form"] = given.get("form") or Form.LINKED
        if not self.errors and not given.get("readers") and not given.get("outside"):
            self.add_error("readers", _("Say who reads it: somebody inside, or an address outside."))
        return given


def initial_of(subscription: Subscription) -> dict[str, Any]:
    going_on = subscription.readers.filter(stopped_at=None).select_related("outside")
    return {
        "name": subscription.name,
        "formats": subscription.formats,
        "readers": [one.user_id for one in going_on if one.user_id],
        "outside": "\n".join(str(one.outside) for one in going_on if one.outside_id),
        "form": subscription.form,
        "skip_empty": subscription.skip_empty,
    }
