"""Links that keep what a list is narrowed to: those within it, and those to a page that leads back to it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.admin.views.main import PAGE_VAR
from django.http import HttpRequest, QueryDict

from tasks_app.admin.dialogs import CAME_FROM


def without(cl: Any, names: list[str], value: str | None = None) -> str:
    """The same list without these parameters, or without one value of theirs; on its first page."""
    kept = {name: list(values) for name, values in cl.filter_params.items() if name != PAGE_VAR}
    for name in names:
        left = [one for one in kept.pop(name, []) if value is not None and one != value]
        if left:
            kept[name] = left
    return f"?{urlencode(kept, doseq=True)}"


def came_from(request: HttpRequest) -> str:
    """ "?state=failed" for a page that was opened in a list narrowed so; "" for one that was not."""
    given = QueryDict(request.GET.get(CAME_FROM, ""))
    return f"?{given.urlencode()}" if given else ""
