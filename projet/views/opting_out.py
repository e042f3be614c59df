"""The one page that is open to everybody: where people say that they want no more of certain emails.

It knows neither sessions nor cookies, redirects nowhere and asks for no CSRF token: the signed link says all,
and mail programs post to it in one click (RFC 8058). A GET only asks, as scanners of mails follow links; any
POST stops, whatever its body says, which is never read. Off until PUBLIC_URL says that it can be reached.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from backoffice.opting_out import bounds, links
from backoffice.opting_out.causes import ForgedLink, OldLink
from projet.security_headers import OPEN_PAGE_POLICY

HEADERS = {
    "Content-Security-Policy": OPEN_PAGE_POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Robots-Tag": "noindex",
}


# By which Django's middleware gives a new CSRF cookie to whoever comes with one that it cannot read.
FRESH_COOKIE = "CSRF_COOKIE_NEEDS_UPDATE"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def opt_out(request: HttpRequest, token: str) -> HttpResponse:
    """Ask; or stop, which a repeat finds done."""
    if not links.is_reachable():
        return _page(request, HTTPStatus.NOT_FOUND, title=_("There is nothing at this address"))
    if bounds.is_too_often(token):
        page = _page(
            request,
            HTTPStatus.TOO_MANY_REQUESTS,
            title=_("Too often"),
            text=_("This link was opened very often within a minute. Wait a minute, then try again."),
        )
        page["Retry-After"] = str(bounds.WINDOW)
        return page
    try:
        purpose, key = links.opened(token)
    except OldLink as error:
        return _page(request, HTTPStatus.GONE, title=_("This link works no more"), text=str(error))
    except ForgedLink as error:
        return _page(request, HTTPStatus.NOT_FOUND, title=_("This link leads nowhere"), text=str(error))
    if request.method == "POST":
        purpose.opt_out(key)
    offer = purpose.find(key)
    if offer is None or offer.is_out:
        return _page(request, title=_("You get no more of these emails"), offer=offer)
    return _page(request, title=_("Unsubscribe?"), offer=offer, asks=True)


def _page(request: HttpRequest, status: int = HTTPStatus.OK, **words: Any) -> HttpResponse:
    request.META.pop(FRESH_COOKIE, None)
    page = render(request, "backoffice/opting_out.html", words, status=status)
    for name, value in HEADERS.items():
        page[name] = value
    return page
