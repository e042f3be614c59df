"""The form of one audience: its conditions, a line each; or who was chosen for it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from backoffice.admin.rows import RowForm
from backoffice.audiences import choosing
from backoffice.audiences.conditions import InvalidCondition, read
from backoffice.audiences.subjects import subjects
from backoffice.models import Audience, AudienceCondition, Comparison
from backoffice.people_lists.own import OWN

MOST_CONDITIONS = 20


class AudienceForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    user: Any = None  # of the request

    class Meta:
        model = Audience
        fields = ("name", "shared")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if self.instance.pk is None:
            self.instance.owner = self.user
        if choosing.is_being_frozen(self.instance):
            raise ValidationError(gettext("A mailing takes it down just now: try again in a minute."))
        return given

    def _get_validation_exclusions(self) -> set[str]:
        """The owner is no field of the form, and one of two that are unique together."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's types lack it
        return excluded - {"owner"}


class ChosenForm(AudienceForm):
    addresses = forms.CharField(
        label=_("Add recipients by their addresses"),
        required=False,
        max_length=500_000,
        help_text=_("One a line, or with commas between them. Or tick them in the list of recipients."),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
    )

    def clean_addresses(self) -> list[str]:
        found = choosing.addresses_in(self.cleaned_data["addresses"])
        if len(found) > choosing.MOST_TYPED:
            raise ValidationError(
                gettext("At most %(most)s addresses at once, and these are %(count)s. Upload a file instead.")
                % {"most": choosing.MOST_TYPED, "count": len(found)}
            )
        return found


def subject_choices() -> list[tuple[str, Any]]:
    """The house's own fields in a group of their own."""
    built_in: list[tuple[str, Any]] = []
    own: list[tuple[str, Any]] = []
    for one in subjects().values():
        (own if one.key.startswith(OWN) else built_in).append((one.key, one.label))
    return [("", "–"), *built_in, *([(gettext("Own fields"), own)] if own else [])]


class ConditionForm(RowForm):
    subject = forms.ChoiceField(label=_("What"), choices=subject_choices, widget=UnfoldAdminSelectWidget())
    comparison = forms.ChoiceField(
        label=_("How"), choices=Comparison.choices, initial=Comparison.IS, widget=UnfoldAdminSelectWidget()
    )
    value = forms.CharField(
        label=_("Compared with"),
        required=False,
        max_length=500,
        help_text=_("Several with semicolons: any of them. A day: 2026-11-30."),
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = AudienceCondition
        fields = ("subject", "comparison", "value")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        subject = self.instance.subject
        if subject and subject not in subjects():
            gone = (subject, gettext("%(name)s (deleted)") % {"name": subject.removeprefix(OWN)})
            self.fields["subject"].choices = [*subject_choices(), gone]  # type: ignore[attr-defined]  # its own

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        subject = subjects().get(given.get("subject", ""))
        if subject is None:
            if given.get("subject"):
                self.add_error("subject", gettext("There is no such field any more: choose another."))
            return given
        try:
            given["value"] = read(subject, Comparison(given["comparison"]), given.get("value", ""))
        except KeyError:
            return given  # its own field says what is wrong
        except InvalidCondition as error:
            self.add_error(error.part, capfirst(str(error)))
        return given


class ConditionInline(TabularInline):
    model = AudienceCondition
    form = ConditionForm
    extra = 3
    show_title = False  # its cells say it
    max_num = MOST_CONDITIONS
    verbose_name_plural = _("conditions: all of them are met; without any it is everybody")

    # Whoever may change an audience may change what it asks.
    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.has_perm("backoffice.view_audience"))

    def has_add_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.has_perm("backoffice.change_audience" if obj else "backoffice.add_audience"))

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return self.has_add_permission(request, obj)
