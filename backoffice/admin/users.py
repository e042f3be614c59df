"""Users: who may sign in, and the groups that say what each may do."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as BaseUserAdmin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import BooleanRadioFilter, RelatedDropdownFilter
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from backoffice.admin import audited
from backoffice.admin.viewer import viewer
from backoffice.sign_in.factor import device_of, must_have, reset
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.display import badge, beside, when, who

admin.site.unregister(User)
admin.site.unregister(TOTPDevice)  # it would show the secret; a factor is reset from its owner’s page


@admin.register(User)
class UserAdmin(BaseUserAdmin, ModelAdmin):  # type: ignore[type-arg]  # it takes no parameter when it runs
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("person", "email", "roles", "may_sign_in", "last_seen")
    layout = Layout(title="person", state="may_sign_in", time="last_seen", wide=("email", "roles"))
    list_filter = (
        ("groups", RelatedDropdownFilter),
        ("is_active", BooleanRadioFilter),
        ("is_superuser", BooleanRadioFilter),
    )
    list_filter_submit = True
    search_help_text = _("Part of a name or an address")
    list_prefetch_related = ("groups",)
    filter_horizontal = ()
    readonly_fields = ("password_state", "factor_state", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("username", "password_state", "factor_state")}),
        (_("Person"), {"fields": (("first_name", "last_name"), "email")}),
        (
            _("What this person may do"),
            {"fields": ("is_active", "groups", "is_superuser")},
        ),
        (_("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = (  # type: ignore[assignment]  # Unfold's class says the empty tuple alone
        (None, {"fields": ("username", ("first_name", "last_name"), "email", "groups")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[User], search_term: str
    ) -> tuple[QuerySet[User], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("user"), ordering="username")
    def person(self, user: User) -> str:
        name = user.get_full_name()
        return beside(name or user.username, user.username if name else "")

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
        return when(user.last_login) if user.last_login else str(_("Never"))

    @admin.display(description=_("password"))
    def password_state(self, user: User) -> str:
        """What Django shows of a hash tells people nothing."""
        return format_html(
            '{} <a class="bo-link" href="{}">{}</a>',
            _("Set, and known to nobody but its owner.") if user.has_usable_password() else _("None."),
            reverse("admin:auth_user_password_change", args=[user.pk]),
            _("Set a new password"),
        )

    @admin.display(description=_("second factor"))
    def factor_state(self, user: User) -> str:
        if device_of(user) is None:
            return str(_("None yet, and a group asks for it.") if must_have(user) else _("None."))
        return format_html(
            '{} <a class="bo-link" href="{}">{}</a>',
            _("Set up."),
            reverse("admin:auth_user_reset_second_factor", args=[user.pk]),
            _("Reset it"),
        )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.reset_second_factor)
        route = "<path:object_id>/reset-second-factor/"
        return [path(route, view, name="auth_user_reset_second_factor"), *super().get_urls()]

    def reset_second_factor(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """For who lost device and recovery codes: nobody else can let them in."""
        user = self.get_object(request, object_id)
        if user is None:
            raise Http404
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        page = reverse("admin:auth_user_change", args=[user.pk])
        dialog = Dialog(
            title=_("Reset this person’s second factor?"),
            text=_(
                "Until they set up a new one their password alone signs them in. Make sure that it is "
                "really them who asks: speak to them."
            ),
            items=[who(user)],
            submit=_("Reset the second factor"),
            danger=True,
        )
        if not confirmed(request, dialog):
            return ask(request, dialog, back=page)
        if reset(user):
            log_action(request, user, audited.FACTOR_RESET())
            messages.success(request, _("The second factor is reset."))
        return done(request, page)

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
        if field is not None:
            field.help_text = _("Somebody in several groups may do what any of them may.")
        return field

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        # Nobody makes a superuser, of themselves or of others, without being one.
        mine = () if viewer(request).is_superuser else ("is_superuser",)
        return (*super().get_readonly_fields(request, obj), *mine)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        # Who may change a superuser may set their password and sign in as them.
        if obj is not None and obj.is_superuser and not viewer(request).is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Never: the audit log would lose what the person did. `is_active` keeps them out."""
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: forms.Form, change: bool) -> None:
        if not change:
            obj.is_staff = True  # everybody here works in the admin; is_active decides who signs in
        super().save_model(request, obj, form, change)
