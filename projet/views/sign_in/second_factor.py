"""The pages of the second factor: show a code, set it up, new recovery codes, switch it off.

They stand outside the admin's gate, since who has yet to show a code must reach them: each asks for a
person whose password was right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from backoffice.admin import audited
from backoffice.encryption import CannotUnseal
from backoffice.sign_in import factor, records
from tasks_app.admin.common import log_action
from tasks_app.admin.dressing import dress
from tasks_app.display import zoned

logger = logging.getLogger(__name__)
type View = Callable[[HttpRequest], HttpResponse]
FOLDER = "backoffice/sign_in/"
FEW_CODES = 3
SERVICE_UNAVAILABLE = 503


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false"}
        ),
    )


def for_who_gave_a_password(view: View) -> View:
    """Others are led to the login page."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if not (user.is_active and getattr(user, "is_staff", False)):
            return redirect("admin:login")
        return view(request)

    return never_cache(guarded)


def for_who_is_in(view: View) -> View:
    """Others are led to where they show their code, or set up how they get one."""

    @for_who_gave_a_password
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        return view(request) if not factor.is_wanting(request) else redirect(way_in(request))

    return guarded


def way_in(request: HttpRequest) -> str:
    """Where somebody goes on who gave the right password and no code."""
    name = "second_factor_verify" if factor.device_of(request.user) else "second_factor_set_up"
    wanted = _next(request)
    return reverse(name, query={"next": wanted} if wanted else None)


@for_who_is_in
def overview(request: HttpRequest) -> HttpResponse:
    context = {
        "device": factor.device_of(request.user),
        "codes_left": factor.codes_left(request.user),
        "must_have": factor.must_have(request.user),
    }
    return _page(request, "factor.html", _("Second factor"), context)


@for_who_gave_a_password
def verify(request: HttpRequest) -> HttpResponse:
    """The second half of signing in."""
    if factor.device_of(request.user) is None or not factor.is_wanting(request):
        return redirect("second_factor")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _checked(request, form)
        if answer:
            if answer.recovered:
                _tell_what_is_left(request)
            return _let_in(request, answer.device)
    return _page(request, "factor_verify.html", _("Your second factor"), {"form": dress(form)})


@for_who_gave_a_password
def set_up(request: HttpRequest) -> HttpResponse:
    if factor.device_of(request.user):
        return redirect("second_factor")
    try:
        return _set_up(request)
    except CannotUnseal as error:
        return _cannot_set_up(request, error)


def _set_up(request: HttpRequest) -> HttpResponse:
    in_time = factor.waiting_key(request.session) is not None
    key = factor.begin(request.session)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        was_wanting = factor.is_wanting(request)
        confirmed = factor.confirm(request.user, request.session, form.cleaned_data["code"])
        if confirmed:
            device, codes = confirmed
            _enter(request, device, record=was_wanting)
            log_action(request, _user(request), audited.FACTOR_SET_UP())
            return _show_codes(request, codes)
        form.add_error("code", _why_not(in_time))
    address = factor.address_of(request.user, key)
    context = {
        "form": dress(form),
        "must_have": factor.must_have(request.user),
        "address": address,
        # Drawn here, by segno, from the address above: nothing of a person's own is in it.
        "picture": mark_safe(_qr(address)),  # noqa: S308
        "key": " ".join(factor.groups_of_four(factor.written_key(key))),
    }
    return _page(request, "factor_set_up.html", _("Set up a second factor"), context)


@for_who_is_in
def new_codes(request: HttpRequest) -> HttpResponse:
    def make(answer: factor.Answer) -> HttpResponse:
        log_action(request, _user(request), audited.CODES_MADE())
        return _show_codes(request, factor.new_codes(request.user))

    text = _("The codes you have until now stop working. Show once more that it is you.")
    return _after_a_code(request, _("New recovery codes"), text, _("Make new codes"), make)


@for_who_is_in
def switch_off(request: HttpRequest) -> HttpResponse:
    if factor.must_have(request.user):
        messages.error(request, _("A group of yours asks for a second factor, so it stays."))
        return redirect("second_factor")

    def switch(answer: factor.Answer) -> HttpResponse:
        factor.reset(request.user)
        log_action(request, _user(request), audited.FACTOR_SWITCHED_OFF())
        messages.success(request, _("Your second factor is off: your password alone signs you in."))
        return redirect("second_factor")

    text = _("From then on your password alone signs you in. Show once more that it is you.")
    return _after_a_code(request, _("Switch the second factor off"), text, _("Switch it off"), switch)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """For who is half-way in and cannot go on: the admin's own sign-out is behind its gate."""
    logout(request)
    return redirect("admin:login")


# --- Parts of them -----------------------------------------------------------------------------


def _after_a_code(
    request: HttpRequest, title: str, text: str, verb: str, then: Callable[[factor.Answer], HttpResponse]
) -> HttpResponse:
    if factor.device_of(request.user) is None:
        return redirect("second_factor")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (answer := _checked(request, form)):
        return then(answer)
    return _page(request, "factor_confirm.html", title, {"form": dress(form), "text": text, "verb": verb})


def _checked(request: HttpRequest, form: CodeForm) -> factor.Answer | None:
    """The answer to a right code; None for a wrong one, which the form then says and the log keeps."""
    answer = factor.check(request.user, form.cleaned_data["code"])
    if answer.device is not None:
        return answer
    if answer.unreadable:
        logger.error("A code of the second factor cannot be checked: %s", answer.unreadable)
        form.add_error(
            "code",
            _(
                "Codes of the app cannot be checked now: the key that they are read with is missing on the "
                "server. Tell an administrator; one of your recovery codes works meanwhile."
            ),
        )
        return None
    records.record_failure(credentials={"username": request.user.get_username()}, request=request)
    sentence = _("This code is wrong, or was used already. Each works once.")
    if answer.wait_until:
        sentence += " " + _("The next one is looked at from %(time)s on.") % {
            "time": zoned(localtime(answer.wait_until), "H:i:s T")
        }
    form.add_error("code", sentence)
    return None


def _why_not(in_time: bool) -> str:
    """Of a first code that was not taken."""
    if in_time:
        return _("This is not the code that the app shows now. Wait for the next one.")
    return _("This took longer than ten minutes: scan the new picture, and write what the app shows for it.")


def _cannot_set_up(request: HttpRequest, error: CannotUnseal) -> HttpResponse:
    logger.error("No second factor can be set up: %s", error)
    context = {"must_have": factor.must_have(request.user)}
    page = _page(request, "factor_unreadable.html", _("A second factor cannot be set up now"), context)
    page.status_code = SERVICE_UNAVAILABLE
    return page


def _enter(request: HttpRequest, device: Any, *, record: bool) -> None:
    django_otp.login(request, device)
    request.session.cycle_key()  # nobody who knew the session of the password alone follows
    if record:
        records.record_success(request=request, user=request.user)


def _let_in(request: HttpRequest, device: Any) -> HttpResponse:
    _enter(request, device, record=True)
    return redirect(_next(request) or "first_page")


def _next(request: HttpRequest) -> str:
    """The page the person came for; "" where it is none of ours."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else ""


def _tell_what_is_left(request: HttpRequest) -> None:
    left = factor.codes_left(request.user)
    if left <= FEW_CODES:
        words = _(
            "Recovery codes left: %(n)d. Make new ones under “Second factor”, in the menu under your name."
        )
        messages.warning(request, words % {"n": left})


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    return _page(request, "factor_codes.html", _("Your recovery codes"), {"codes": codes})


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any]) -> HttpResponse:
    shown = admin.site.each_context(request) | {"title": title, "next": _next(request)} | context
    return TemplateResponse(request, FOLDER + template, shown)


def _user(request: HttpRequest) -> Any:
    """Who is there; the views above let nobody else come so far."""
    return request.user


def _qr(address: str) -> str:
    return str(segno.make(address, error="m").svg_inline(omitsize=True, border=4, dark="#000", light="#fff"))
