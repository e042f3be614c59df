"""The people behind a figure of a mailing, in their order, a page at a time by their keys."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import BigAutoField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.admin.mailings.controls import find_mailing, mailing_url
from backoffice.admin.mailings.page import VIEW, people_url
from backoffice.mailings.balance import FATES, people_with
from backoffice.models import Mailing

PAGE = 100


@require_safe
def show(request: HttpRequest, object_id: str) -> HttpResponse:
    if not request.user.has_perm(VIEW):
        raise PermissionDenied
    mailing = find_mailing(object_id)
    fate = request.GET.get("fate", "")
    if fate and fate not in FATES:
        raise Http404
    after = _after(request.GET.get("after", ""))
    found = people_with(mailing, fate, after, PAGE + 1)
    rows, more = found[:PAGE], len(found) > PAGE
    sees_messages = request.user.has_perm("backoffice.view_message")
    context: dict[str, Any] = admin.site.each_context(request) | {
        "title": _("People of “%(mailing)s”") % {"mailing": mailing},
        "opts": Mailing._meta,
        "mailing": mailing,
        "back": mailing_url(mailing),
        "fate": FATES.get(fate, ""),
        "fates": [(label, people_url(mailing, key), key == fate) for key, label in FATES.items()],
        "everybody_url": people_url(mailing, ""),
        "rows": [
            {
                "email": one.person.email,
                "name": one.person.name,
                "fate": FATES[one.fate],
                "why": one.message.said if one.message else "",
                "url": reverse("admin:backoffice_message_change", args=[one.message.pk])
                if one.message and sees_messages
                else "",
            }
            for one in rows
        ],
        "next_url": _next(mailing, fate, rows[-1].person.pk) if more else "",
        "is_first": not after,
    }
    return TemplateResponse(request, "backoffice/mailings/people.html", context)


def _after(given: str) -> int:
    """The key of the last person of the page before; the beginning, where it is none."""
    found = int(given) if re.fullmatch(r"\d{1,19}", given, re.ASCII) else 0
    return min(found, BigAutoField.MAX_BIGINT)


def _next(mailing: Mailing, fate: str, after: int) -> str:
    url = reverse("admin:backoffice_mailing_people", args=[mailing.pk])
    return f"{url}?{urlencode({'fate': fate, 'after': after} if fate else {'after': after})}"
