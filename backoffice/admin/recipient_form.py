"""The form of one recipient: with tags, and the fields that the house has of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice import spelling
from backoffice.models import FieldType, Recipient, RecipientField
from backoffice.models.recipient_fields import names_in
from backoffice.people_lists.own import as_day, read_value, tag_names, tags_called, written
from tasks_app.admin.dressing import DateInput
from tasks_app.admin.schedules.form import zones

OWN = "own_"  # before the name of a field of the house's own, in the form


def zone_choices() -> list[tuple[str, Any]]:
    return [("", _("Not known")), *zones()]


class TagsField(forms.CharField):
    """Names of tags with commas between them."""

    def clean(self, value: Any) -> str:
        return ", ".join(sorted(tag_names(super().clean(value)), key=str.casefold))


class OwnField(forms.CharField):
    """A text or a number, read as lists of people are."""

    def __init__(self, own: RecipientField, **options: Any) -> None:
        super().__init__(label=own.label, required=False, **options)
        self.own = own

    def prepare_value(self, value: Any) -> Any:
        return written(value) if isinstance(value, int | float) else value

    def clean(self, value: Any) -> Any:
        text = spelling.one_line(super().clean(value))
        return read_value(self.own, text) if text else None

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.clean(data) != initial)
        except ValidationError:
            return True


def form_field(own: RecipientField) -> forms.Field:
    match own.type:
        case FieldType.DATE:
            return forms.DateField(label=own.label, required=False, widget=DateInput())
        case FieldType.CHOICE:
            offered = [(one, one) for one in own.chosen_from()]
            return forms.ChoiceField(
                label=own.label,
                required=False,
                choices=[("", "–"), *offered],
                widget=UnfoldAdminSelectWidget(),
            )
    keyboard = {"inputmode": "decimal"} if own.type == FieldType.NUMBER else {}
    return OwnField(own, widget=UnfoldAdminTextInputWidget(attrs=keyboard))


class RecipientForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    zone = forms.ChoiceField(
        label=_("Time zone"), required=False, choices=zone_choices, widget=UnfoldAdminSelectWidget()
    )
    tagged = TagsField(
        label=_("Tags"),
        required=False,
        max_length=1_000,
        help_text=_("With commas between them. A new word makes a new tag."),
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = Recipient
        fields = ("email", "name", "company", "language", "zone", "active", "for_tests")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "tagged" in self.fields:
            self.initial["tagged"] = names_in(self.instance.tags.all())
        for name, field in self._own():
            stored = self.instance.own.get(name)
            self.initial[f"{OWN}{name}"] = as_day(stored) if isinstance(field, forms.DateField) else stored
            _keep_offering(field, stored)
        if "zone" in self.fields:
            _keep_offering(self.fields["zone"], self.instance.zone)

    def _own(self) -> list[tuple[str, forms.Field]]:
        return [(key.removeprefix(OWN), field) for key, field in self.fields.items() if key.startswith(OWN)]

    def clean_email(self) -> str:
        """What the model refuses too, with more to say: an address somebody has already."""
        email: str = self.cleaned_data["email"]
        other = Recipient.objects.with_address(email).exclude(pk=self.instance.pk).first()
        if other is not None:
            link = format_html(
                '<a href="{}" class="font-semibold underline">{}</a>',
                reverse("admin:backoffice_recipient_change", args=[other.pk]),
                other,
            )
            sentence = gettext("There is a recipient with this address already: {recipient}.")
            raise forms.ValidationError(format_html(sentence, recipient=link))
        return email

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        said = {name: given.get(f"{OWN}{name}") for name, _field in self._own()}
        # What fields that are gone have said stays: nobody was asked about it here.
        kept = {name: value for name, value in self.instance.own.items() if name not in said}
        self.instance.own = kept | {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in said.items()
            if value not in (None, "")
        }
        return given

    def put_tags(self) -> None:
        """Once the recipient is saved: exactly the tags that the form names."""
        if "tagged" in self.cleaned_data:
            self.instance.tags.set(tags_called(tag_names(self.cleaned_data["tagged"])).values())


def _keep_offering(field: forms.Field, stored: Any) -> None:
    """A value from before the choices changed is not lost by saving something else."""
    if isinstance(field, forms.ChoiceField) and stored:
        choices: list[Any] = list(cast("Iterable[Any]", field.choices))
        if stored not in {key for key, _label in choices}:
            field.choices = [*choices, (stored, stored)]


def form_of(fields: list[RecipientField]) -> type[RecipientForm]:
    """With a field for each of the house's own."""
    return type("RecipientForm", (RecipientForm,), {f"{OWN}{one.name}": form_field(one) for one in fields})
