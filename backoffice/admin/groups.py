"""Groups: what their members may do, chosen as rights instead of permissions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import CHECKBOX_CLASSES, UnfoldBooleanSwitchWidget

from backoffice.models import GroupPolicy
from backoffice.rights import SECTIONS, permissions_for, rights_among
from tasks_app.admin.layout import Layout
from tasks_app.display import badge, cut, who

admin.site.unregister(Group)


class RightsWidget(forms.CheckboxSelectMultiple):
    template_name = "backoffice/widgets/rights.html"
    option_template_name = "django/forms/widgets/input.html"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join(CHECKBOX_CLASSES)})


class GroupForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    rights = forms.MultipleChoiceField(
        label=_("What its members may do"),
        choices=[(section, [(one.key, one.label) for one in rights]) for section, rights in SECTIONS],
        widget=RightsWidget,
        required=False,
    )

    second_factor = forms.BooleanField(
        label=_("Its members must use a second factor"),
        help_text=_("Members who have none yet set one up at the next page they open."),
        widget=UnfoldBooleanSwitchWidget(),
        required=False,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "rights" in self.fields:
            held = self.instance.permissions.select_related("content_type")
            self.initial["second_factor"] = GroupPolicy.objects.filter(
                group=self.instance, second_factor=True
            ).exists()
            self.initial["rights"] = [right.key for right in rights_among(held)]


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    form = GroupForm
    fields = ("name", "second_factor", "rights")
    filter_horizontal = ()
    list_display = ("name", "rights", "asks_second_factor", "members")
    layout = Layout(title="name", wide=("rights",))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return (
            super()
            .get_queryset(request)
            .select_related("policy")
            .prefetch_related("permissions__content_type", "user_set")
        )

    @admin.display(description=_("what its members may do"))
    def rights(self, group: Group) -> str:
        every = " · ".join(str(right.label) for right in rights_among(group.permissions.all()))
        return cut(every or _("Nothing yet"))

    @admin.display(description=_("second factor"))
    def asks_second_factor(self, group: Group) -> str:
        policy = getattr(group, "policy", None)
        return badge(_("Asked for"), "success", "verified_user") if policy and policy.second_factor else "–"

    @admin.display(description=_("members"))
    def members(self, group: Group) -> int:
        return len(group.user_set.all())

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Groups and whom it concerns; Django's list has a line for each permission."""
        names = [
            _("%(group)s (%(members)s)")
            % {"group": group.name, "members": ", ".join(map(who, group.user_set.all())) or _("nobody in it")}
            for group in objs
        ]
        return names, {self.opts.verbose_name_plural: len(names)}, set(), []

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        held = list(form.instance.permissions.select_related("content_type"))
        form.instance.permissions.set(permissions_for(form.cleaned_data["rights"], held))
        asked = {"second_factor": form.cleaned_data["second_factor"]}
        GroupPolicy.objects.update_or_create(group=form.instance, defaults=asked)
