"""The way to the provider of the single sign-on, and back."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import OAuthError
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from joserfc.errors import JoseError

from backoffice.admin import audited
from backoffice.sign_in import factor, records, sso
from tasks_app.admin.common import log_action

logger = logging.getLogger(__name__)
NEXT = "sso_next"
# The provider does not answer, or not what the protocol says: a timeout, a 500, no JSON, no keys.
PROVIDER_ERRORS = (requests.RequestException, ValueError, KeyError, RuntimeError)
# It answered, and the answer is not to be believed: state, nonce, signature, issuer, audience, expiry.
UNTRUSTED = (AuthlibBaseError, JoseError)


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    if not sso.is_on():
        raise Http404
    wanted = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    request.session[NEXT] = wanted if ours else ""
    # Never by the Host header, which a visitor writes: the code would be sent where it says.
    back = settings.SITE_URL.rstrip("/") + reverse("sso_back")
    try:
        answer: HttpResponse = sso.provider().authorize_redirect(request, back)
    except (*UNTRUSTED, *PROVIDER_ERRORS) as error:
        return _down(request, error)
    return answer


@never_cache
@require_safe
def back(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the person, with a code that is exchanged for who they are."""
    if not sso.is_on():
        raise Http404
    try:
        claims = _claims(request)
        user, changes = sso.person_of(claims)
    except sso.NotLetIn as refused:
        return _refused(request, str(refused))
    except UNTRUSTED as error:
        logger.warning("The single sign-on was refused: %s", error)
        return _refused(
            request, _("What the provider answered could not be trusted, or is too old. Try once more.")
        )
    except PROVIDER_ERRORS as error:
        return _down(request, error)
    wanted = request.session.get(NEXT, "")
    login(request, user, backend=factor.SSO_BACKEND)
    if changes:
        log_action(request, user, audited.GROUPS_CHANGED(changes=changes))
    return redirect(wanted or "first_page")


def _claims(request: HttpRequest) -> dict[str, Any]:
    """The claims of a checked id_token, and what the userinfo page adds about the same person."""
    provider = sso.provider()
    _refuse_another_issuer(sso.metadata_of(provider).get("issuer"), settings.OIDC_ISSUER)
    # RFC 9207: a provider that says in the address who it is says who answered.
    _refuse_another_issuer(request.GET.get("iss", settings.OIDC_ISSUER), settings.OIDC_ISSUER)
    token = provider.authorize_access_token(request)
    if "userinfo" not in token:
        raise sso.NotLetIn(_("The provider did not say who you are."))
    claims = dict(token["userinfo"])
    if "email" not in claims and "userinfo_endpoint" in provider.load_server_metadata():
        more = dict(provider.userinfo(token=token))
        if more.get("sub") == claims["sub"]:  # OpenID Connect Core 5.3.2: anybody else's is not used
            claims = more | claims
    return claims


def _refuse_another_issuer(named: object, configured: str) -> None:
    """Authlib believes whatever issuer the metadata name; OpenID Connect Discovery 4.3 asks for the same."""
    if str(named).rstrip("/") != configured.rstrip("/"):
        raise OAuthError("issuer", f"The provider calls itself {named}, and OIDC_ISSUER is {configured}.")


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    records.record_failure(credentials={"username": _("(single sign-on)")}, request=request)
    return _page(request, 403, "person_off", _("You are not signed in"), why)


def _down(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("The provider of the single sign-on does not answer as it should: %r", error)
    title = _("The sign-in of your organisation does not answer")
    return _page(
        request, 503, "cloud_off", title, _("Nothing is wrong with your account. Try again in some minutes.")
    )


def _page(request: HttpRequest, status: int, sign: str, title: str, text: str) -> HttpResponse:
    context = admin.site.each_context(request) | {"title": title, "text": text, "sign": sign}
    return render(request, "backoffice/sign_in/sso_problem.html", context, status=status)


def sign_out_address() -> str:
    """Where one signs out of the provider too; "" where it has no such page, or does not say."""
    if not sso.is_on():
        return ""
    try:
        metadata = sso.provider().load_server_metadata()
    except (*UNTRUSTED, *PROVIDER_ERRORS):
        return ""
    address = str(metadata.get("end_session_endpoint", ""))
    return f"{address}?{urlencode({'client_id': settings.OIDC_CLIENT_ID})}" if address else ""
