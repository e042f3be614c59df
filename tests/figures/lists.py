"""How many rows a list shows: as its page does, without drawing the page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.messages.storage.cookie import CookieStorage
from django.test import RequestFactory
from django.urls import reverse


def counted(user: User, model: Any, **query: Any) -> int:
    """Of the list under these filters, as this person sees it."""
    return _counted(user, model, urlencode(query))


def counted_at(user: User, address: str) -> int | None:
    """Of the list at an address; None where no list is."""
    parts = urlsplit(address)
    for model in admin.site._registry:
        page = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        if parts.path == reverse(page):
            return _counted(user, model, parts.query)
    return None


def _counted(user: User, model: Any, query: str) -> int:
    request = RequestFactory().get(f"/?{query}")
    request.user = user
    said = CookieStorage(request)
    request._messages = said  # as its middleware gives them
    count: int = admin.site._registry[model].get_changelist_instance(request).result_count
    # What a list leaves out of its address it does not count by.
    assert not [str(one) for one in said], query
    return count
