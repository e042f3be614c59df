"""What no database holds is left out of a request before anybody reads it.

PostgreSQL refuses a NUL in any text, and with it the whole transaction; SQLite takes it and finds nothing.
A field of a form says so beside itself; an address, its parameters and cookies have no such place.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _

NUL = "\0"
LEFT_OUT = "backoffice.left_out"  # in META: a part of the address was


class ReadableRequests:
    """Middleware: an address with a NUL leads nowhere; parameters and cookies with one are not there."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _refuse_other_encodings(request)
        request.COOKIES = {name: value for name, value in request.COOKIES.items() if NUL not in value}
        kept = readable(request.GET)
        if kept != request.GET:
            request.META[LEFT_OUT] = True
            replace_parameters(request, kept)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Sessions and people are known by now: the 404 has its frame, and the page can say what it lacks."""
        if NUL in request.path_info:
            raise Http404
        if LEFT_OUT in request.META and request.method == "GET":
            messages.warning(request, _("A part of this address cannot be read: it was left out."))


def _refuse_other_encodings(request: HttpRequest) -> None:
    """Forms with files come in UTF-8, as Django asks of all others.

    It would read them as they say, and Python has encodings that are none of texts: rot13 was an error 500.
    """
    given = request.encoding if request.content_type == "multipart/form-data" else None
    if given and codecs.lookup(given).name != "utf-8":
        raise BadRequest("Forms are sent in UTF-8.")


def readable(parameters: QueryDict) -> QueryDict:
    """The parameters without those that hold a NUL."""
    kept = QueryDict(mutable=True)
    for name, values in parameters.lists():
        if found := [value for value in values if NUL not in name + value]:
            kept.setlist(name, found)
    return kept


def replace_parameters(request: HttpRequest, parameters: QueryDict) -> None:
    """From now on the request was made with these: what asks for its address gets them too."""
    request.META["QUERY_STRING"] = parameters.urlencode()
    request.GET = QueryDict(request.META["QUERY_STRING"], encoding=request.encoding)
