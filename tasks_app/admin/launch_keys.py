"""Launch keys: each form shown carries one, so a double click or a page sent again launches once."""

from __future__ import annotations

from uuid import UUID, uuid4, uuid5

from django.http import HttpRequest

FIELD = "launch_key"


def launch_key(request: HttpRequest, *, fresh: bool = False) -> str:
    """The key this form was shown with; a new one for a form that is shown for the first time."""
    sent = "" if fresh else request.POST.get(FIELD, "")
    try:
        return str(UUID(sent))
    except ValueError:
        return str(uuid4())


def derived_key(key: str, *parts: str) -> str:
    """The key of one of several jobs that a form launches: the same form gives the same keys."""
    return str(uuid5(UUID(key), "/".join(parts)))
