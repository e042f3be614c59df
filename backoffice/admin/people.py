"""Users, groups, the audit log and sign-ins."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.auth.admin import GroupAdmin as BaseGroupAdmin
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import CHECKBOX_CLASSES, UnfoldAdminCheckboxSelectMultipleWidget

from backoffice.models import SignIn
from backoffice.rights import SECTIONS, permissions_for, rights_among
from tasks_app.admin.common import BigTableAdmin, starts_with
from tasks_app.showing import badge, moment, who

admin.site.unregister(User)
admin.site.unregister(Group)


# --- Users -------------------------------------------------------------------------------------


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("person", "email", "roles", "may_sign_in", "last_seen")
    list_filter = (
        ("groups", RelatedDropdownFilter),
        ("is_active", BooleanRadioFilter),
        ("is_superuser", BooleanRadioFilter),
    )
    list_filter_submit = True
    list_prefetch_related = ("groups",)
    filter_horizontal = ()
    readonly_fields = ("password_state", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password_state")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (
            _("What this person may do"),
            {"fields": ("is_active", "groups", "is_superuser")},
        ),
        (_("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", ("first_name", "last_name"), "email", "groups")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("user"), ordering="username")
    def person(self, user: User) -> str:
        return format_html(
            '<span class="font-semibold text-important">{}</span><br><span class="text-subtle">{}</span>',
            user.get_full_name() or user.username,
            user.username if user.get_full_name() else "",
        )

    @admin.display(description=_("groups"))
    def roles(self, user: User) -> str:
        every = [badge(_("Superuser"), "primary", "shield_person")] if user.is_superuser else []
        every += [badge(group.name) for group in user.groups.all()]
        return format_html_join(" ", "{}", ((one,) for one in every)) or badge(_("No group"), "warning")

    @admin.display(description=_("may sign in"), ordering="is_active")
    def may_sign_in(self, user: User) -> str:
        if user.is_active and user.is_staff:
            return badge(_("Yes"), "success", "check_circle")
        return badge(_("No"), "", "block")

    @admin.display(description=_("last signed in"), ordering="last_login")
    def last_seen(self, user: User) -> str:
        return moment(user.last_login) if user.last_login else str(_("Never"))

    @admin.display(description=_("password"))
    def password_state(self, user: User) -> str:
        """What Django shows of a hash tells people nothing."""
        return format_html(
            '{} <a class="bo-link" href="{}">{}</a>',
            _("Set, and known to nobody but its owner.") if user.has_usable_password() else _("None."),
            reverse("admin:auth_user_password_change", args=[user.pk]),
            _("Set a new password"),
        )

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is None:
            return field
        if db_field.name == "groups":
            field.widget.can_add_related = False  # a group is made with thought, on its own page
        if db_field.name == "is_active":
            field.label = _("May sign in")
            field.help_text = _("Switch this off when somebody leaves: their name stays on what they did.")
        if db_field.name == "is_superuser":
            field.label = _("Superuser")
            field.help_text = _("May do everything, whatever the groups say.")
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "groups":
            kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        field.help_text = _("Somebody in several groups may do what any of them may.")
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Nobody makes a superuser, of themselves or of others, without being one.
        mine = () if request.user.is_superuser else ("is_superuser",)
        return (*super().get_readonly_fields(request, obj), *mine)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Who may change a superuser may set their password and sign in as them.
        if obj is not None and obj.is_superuser and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: the audit log would lose what the person did. `is_active` keeps them out."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.Form, change: bool) -> None:
        if not change:
            obj.is_staff = True  # everybody here works in the admin; is_active decides who signs in
        super().save_model(request, obj, form, change)


# --- Groups ------------------------------------------------------------------------------------


RIGHTS_LENGTH = 120  # characters of them in the list


class RightsWidget(forms.CheckboxSelectMultiple):
    template_name = "backoffice/widgets/rights.html"
    option_template_name = "django/forms/widgets/input.html"

    def __init__(self) -> None:
        super().__init__(attrs={"class": " ".join(CHECKBOX_CLASSES)})


class GroupForm(forms.ModelForm):
    rights = forms.MultipleChoiceField(
        label=_("What its members may do"),
        choices=[(section, [(one.key, one.label) for one in rights]) for section, rights in SECTIONS],
        widget=RightsWidget,
        required=False,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "rights" in self.fields:
            held = self.instance.permissions.select_related("content_type")
            self.initial["rights"] = [right.key for right in rights_among(held)]


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin, ModelAdmin):
    form = GroupForm
    fields = ("name", "rights")
    filter_horizontal = ()
    list_display = ("name", "rights", "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return super().get_queryset(request).prefetch_related("permissions__content_type", "user_set")

    @admin.display(description=_("what its members may do"))
    def rights(self, group: Group) -> str:
        every = " · ".join(str(right.label) for right in rights_among(group.permissions.all()))
        return format_html(
            '<span class="bo-wrap" title="{}">{}</span>',
            every,
            Truncator(every).chars(RIGHTS_LENGTH) or _("Nothing yet"),
        )

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


# --- Audit log ---------------------------------------------------------------------------------

ACTION_LOOKS = {ADDITION: ("success", "add"), DELETION: ("danger", "delete")}


@admin.register(LogEntry)
class LogEntryAdmin(BigTableAdmin):
    list_display = ("when", "person", "action", "thing", "what")
    list_display_links = ("when",)
    list_select_related = ("user", "content_type")
    list_filter = (
        ("user", RelatedDropdownFilter),
        ("action_time", RangeDateFilter),
        ("action_flag", ChoicesDropdownFilter),
    )
    search_fields = ("object_repr", "=object_id")
    search_help_text = _("The name or the id of what was changed")
    ordering = ("-id",)  # rows are written in the order of time, and the id has an index
    sortable_by = ()
    fields = ("when", "person", "action", "kind", "thing", "what")
    readonly_fields = fields
    empty_icon = "history"
    empty_title = _("Nothing has been changed yet")
    empty_text = _("Whatever somebody adds, changes, deletes, launches or pauses appears here.")

    @admin.display(description=_("when"))
    def when(self, entry: LogEntry) -> str:
        return moment(entry.action_time)

    @admin.display(description=_("who"))
    def person(self, entry: LogEntry) -> str:
        return entry.user.get_full_name() or entry.user.get_username()

    @admin.display(description=_("action"))
    def action(self, entry: LogEntry) -> str:
        return badge(entry.get_action_flag_display(), *ACTION_LOOKS.get(entry.action_flag, ("info", "edit")))

    @admin.display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        return entry.content_type.name if entry.content_type else "–"

    @admin.display(description=_("what"))
    def thing(self, entry: LogEntry) -> str:
        url = None if entry.is_deletion() else entry.get_admin_url()
        text = format_html(
            '<span class="bo-wrap">{} <span class="text-subtle">({})</span></span>',
            entry.object_repr,
            self.kind(entry),
        )
        return format_html('<a href="{}" class="bo-link">{}</a>', url, text) if url else text

    @admin.display(description=_("change"))
    def what(self, entry: LogEntry) -> str:
        return format_html('<span class="bo-wrap">{}</span>', entry.get_change_message() or "–")


# --- Sign-ins ----------------------------------------------------------------------------------


@admin.register(SignIn)
class SignInAdmin(BigTableAdmin):
    list_display = ("when", "username", "outcome", "address")
    list_display_links = None
    list_filter = (("success", BooleanRadioFilter), ("at", RangeDateFilter))
    search_fields = ("username",)
    search_help_text = _("The beginning of a user name")
    ordering = ("-at", "-id")
    sortable_by = ()
    fields = ("when", "username", "outcome", "address", "user")
    readonly_fields = fields
    empty_icon = "login"
    empty_title = _("Nobody has signed in yet")
    empty_text = _("Each attempt appears here, with the address it came from.")

    @admin.display(description=_("when"))
    def when(self, attempt: SignIn) -> str:
        return moment(attempt.at)

    @admin.display(description=_("outcome"))
    def outcome(self, attempt: SignIn) -> str:
        if attempt.success:
            return badge(_("Signed in"), "success", "check_circle")
        return badge(_("Refused"), "danger", "error")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SignIn], search_term: str
    ) -> tuple[QuerySet[SignIn], bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(starts_with("username", search_term)), False
