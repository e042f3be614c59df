"""Failed sign-ins that still count, and whom they lock out; who has the right lifts a lock."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.admin import audited
from backoffice.models import SignInLock
from backoffice.sign_in.address import IPV6_NETWORK, counted, network_of
from backoffice.sign_in.lockout import lift, lock_of, recent
from tasks_app.admin.common import BigTableAdmin, log_action
from tasks_app.admin.dialogs import Dialog, ask, confirmed, done, require
from tasks_app.admin.layout import Layout
from tasks_app.display import badge, when, zoned

LIFT = "backoffice.lift_signinlock"
PAGE = "admin:backoffice_signinlock_changelist"


@admin.register(SignInLock)
class SignInLockAdmin(BigTableAdmin):
    list_display = ("username", "network", "failures", "last", "state", "lift_button")
    list_display_links = None
    layout = Layout(title="username", state="state", time="last", action="lift_button")
    search_fields = ("username", "=ip_address")
    search_help_text = gettext_lazy("Part of a name, or a whole address")
    ordering = ("-attempt_time",)
    sortable_by = ()
    empty_icon = "lock_open"
    empty_title = gettext_lazy("Nobody is locked out")
    empty_text = gettext_lazy("Failed sign-ins appear here for as long as they count.")

    def get_queryset(self, request: HttpRequest) -> QuerySet[SignInLock]:
        return recent()

    def get_urls(self) -> list[URLPattern]:
        """The list and the way to lift a lock: a single attempt has no page of its own."""
        view = self.admin_site.admin_view
        return [
            path("", view(self.changelist_view), name="backoffice_signinlock_changelist"),
            path("<path:object_id>/lift/", view(lift_page), name="backoffice_signinlock_lift"),
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SignInLock], search_term: str
    ) -> tuple[QuerySet[SignInLock], bool]:
        """An address finds the network that it is counted in."""
        try:
            address = counted(search_term.strip().removesuffix(f"/{IPV6_NETWORK}"))
        except ValueError:
            return super().get_search_results(request, queryset, search_term)
        return queryset.filter(ip_address=address), False

    @admin.display(description=gettext_lazy("address"))
    def network(self, attempt: SignInLock) -> str:
        return network_of(attempt.ip_address or "–")

    @admin.display(description=gettext_lazy("failures"))
    def failures(self, attempt: SignInLock) -> int:
        return int(attempt.failures_since_start)

    @admin.display(description=gettext_lazy("last"))
    def last(self, attempt: SignInLock) -> str:
        return when(attempt.attempt_time)

    @admin.display(description=gettext_lazy("state"))
    def state(self, attempt: SignInLock) -> str:
        lock = lock_of(attempt.username, attempt.ip_address)
        if lock is None:
            return badge(_("May try again"), "", "lock_open")
        word = _("Address locked until %(time)s") if lock.whole_address else _("Locked until %(time)s")
        return badge(word % {"time": zoned(localtime(lock.until), "H:i T")}, "danger", "lock")

    @admin.display(description="")
    def lift_button(self, attempt: SignInLock) -> str:
        url = reverse("admin:backoffice_signinlock_lift", args=[attempt.pk])
        return format_html('<a class="bo-link" href="{}">{}</a>', url, _("Lift"))


def lift_page(request: HttpRequest, object_id: str) -> HttpResponse:
    require(request, LIFT)
    attempt = SignInLock.objects.filter(pk=object_id).first() if object_id.isdecimal() else None
    if attempt is None:
        raise Http404
    words = {"name": attempt.username or "–", "address": network_of(attempt.ip_address or "–")}
    dialog = Dialog(
        title=_("Let “%(name)s” try again?") % words,
        text=_(
            "The failed sign-ins under this name, and all of those from %(address)s, are forgotten. "
            "First find out whether it was really them who tried."
        )
        % words,
        submit=_("Lift the lock"),
    )
    if not confirmed(request, dialog):
        return ask(request, dialog, back=reverse(PAGE))
    log_action(request, attempt, audited.LOCK_LIFTED(**words))
    failures = lift(attempt)
    messages.success(
        request,
        ngettext("%(n)d failure is forgotten.", "%(n)d failures are forgotten.", failures) % {"n": failures},
    )
    return done(request, reverse(PAGE))
