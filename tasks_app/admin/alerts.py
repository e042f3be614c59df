"""Alert rules: who is told of what, what each of them finds now, and a test of the way to whom it tells."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin

from tasks_app.admin import audit_log
from tasks_app.admin.common import log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.layout import Layout
from tasks_app.admin.things import row_of
from tasks_app.alerts.causes import WebhookRefused
from tasks_app.alerts.hosts import parsed
from tasks_app.alerts.telling import send_test
from tasks_app.db import shared_time
from tasks_app.display import badge, when
from tasks_app.models import AlertNotice, AlertOn, AlertRule
from tasks_app.notices import say

MOST_ADDRESSES = 10
SHOWN = 20  # alerts on the page of a rule
CHANGE = "tasks_app.change_alertrule"
# What the number of a rule is; the others have none.
LEAST = {AlertOn.CAUSE_RATE: 1, AlertOn.QUEUE_WAIT: 1, AlertOn.FAILED_SHARE: 1}


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no parameter when it runs
    class Meta:
        model = AlertRule
        fields = ("name", "on", "threshold", "mail_to", "webhook", "enabled")

    def clean_mail_to(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["mail_to"].splitlines() if line.strip()]
        for line in lines:
            try:
                validate_email(line)
            except ValidationError as error:
                raise ValidationError(_("“%(line)s” is no address.") % {"line": line[:100]}) from error
        if len(lines) > MOST_ADDRESSES:
            raise ValidationError(_("These are too many: at most %(count)s.") % {"count": MOST_ADDRESSES})
        return "\n".join(lines)

    def clean_webhook(self) -> str:
        url: str = self.cleaned_data["webhook"].strip()
        if url:
            try:
                parsed(url)
            except WebhookRefused as error:
                raise ValidationError(str(error)) from error
        return url

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        least = LEAST.get(given.get("on", ""), 0)
        threshold = given.get("threshold")
        if threshold is not None and threshold < least:
            self.add_error("threshold", _("Say how many: %(least)s or more.") % {"least": least})
        if threshold is not None and given.get("on") == AlertOn.FAILED_SHARE and threshold > 99:
            self.add_error("threshold", _("No more than 100 per cent fail: choose less."))
        if not self.errors and not given.get("mail_to") and not given.get("webhook"):
            raise ValidationError(_("Say who is told: an address of a mail, of a webhook, or both."))
        return given


@admin.register(AlertRule)
class AlertRuleAdmin(ModelAdmin):
    form = RuleForm
    list_display = ("state", "name", "tells_of", "to", "last_told")
    list_display_links = ("name",)
    layout = Layout(title="name", state="state", time="last_told", wide=("tells_of", "to"))
    list_filter = ()
    search_fields = ("name",)
    sortable_by = ()
    ordering = ("name", "id")
    list_fullwidth = True
    empty_icon = "notifications"
    empty_title = gettext_lazy("Nobody is told yet")
    empty_text = gettext_lazy(
        "A rule tells by mail or webhook of what goes wrong, so that nobody has to look."
    )
    change_form_before_template = "tasks_app/alerts.html"  # type: ignore[assignment]  # Unfold's says None alone

    @admin.display(description=gettext_lazy("State"))
    def state(self, rule: AlertRule) -> SafeString:
        if not rule.enabled:
            return badge(_("Switched off"), "", "notifications_off")
        if rule.alerts.filter(ended_at=None).exists():
            return badge(_("Goes on"), "danger", "notification_important")
        return badge(_("Watches"), "success", "notifications")

    @admin.display(description=gettext_lazy("tells of"))
    def tells_of(self, rule: AlertRule) -> str:
        label = str(AlertOn(rule.on).label)
        return label.replace("…", str(rule.threshold)) if rule.on in LEAST else label

    @admin.display(description=gettext_lazy("Tells"))
    def to(self, rule: AlertRule) -> str:
        return ", ".join([*rule.addresses, *([_("a webhook")] if rule.webhook else [])])

    @admin.display(description=gettext_lazy("Told last"))
    def last_told(self, rule: AlertRule) -> str:
        return when(rule.told_at)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change or "on" in form.changed_data or ("enabled" in form.changed_data and obj.enabled):
            obj.since = shared_time.now()
        super().save_model(request, obj, form, change)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        rule = row_of(AlertRule, object_id)
        shown = found(rule) if rule else {}
        if rule and request.user.has_perm(CHANGE):
            shown["test_url"] = reverse("admin:tasks_app_alertrule_test", args=[rule.pk])
        return super().change_view(request, object_id, form_url, shown | (extra_context or {}))

    def get_urls(self) -> list[URLPattern]:
        test = path(
            "<path:object_id>/test/", self.admin_site.admin_view(send), name="tasks_app_alertrule_test"
        )
        return [test, *super().get_urls()]


def found(rule: AlertRule) -> dict[str, Any]:
    """What goes on, what was over last, and when it was told."""
    rows = rule.alerts.order_by("-began_at", "-id")[:SHOWN]
    told = AlertNotice.objects.filter(rule=rule).order_by("-at")[:SHOWN]
    return {
        "alerts": [(one, say(one.cause, one.params)) for one in rows],
        "notices": list(told),
    }


def send(request: HttpRequest, object_id: str) -> HttpResponse:
    """A test to all that the rule names, as it is saved."""
    require(request, CHANGE)
    rule = row_of(AlertRule, object_id)
    if rule is None:
        raise Http404
    back = reverse("admin:tasks_app_alertrule_change", args=[rule.pk])
    items = [*rule.addresses, *([rule.webhook] if rule.webhook else [])]
    dialog = Dialog(
        title=_("Send a test notice?"),
        text=_("It says that it is a test, and goes to all that this rule names."),
        items=items,
        submit=_("Send the test"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=back)
    send_test(rule, shared_time.now(), by=request.user)
    log_action(request, rule, audit_log.ALERT_TESTED())
    messages.success(request, _("The test is on its way: each mail and request is a job of its own."))
    return done(request, back)
