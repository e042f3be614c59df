"""Where the reader of a page is: their browser says so in a cookie (static/backoffice/backoffice.js).

Times are those of TIME_ZONE for everybody. Who lives by another clock sees their zone named.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from tasks_app import zones

COOKIE = "reader_zone"


class ReaderZone:
    """Middleware: whatever a page says is said to this reader. Who has not told lives where the office is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        told = zones.known(request.COOKIES.get(COOKIE, ""))
        with zones.read_in(told or timezone.get_current_timezone()):
            return self.get_response(request)
