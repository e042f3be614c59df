"""`{% load work %}`: states, moments and spans as every page shows them."""

from collections.abc import Callable
from typing import Any

from django import template

register = template.Library()


def _of_common(name: str) -> Callable[..., Any]:
    """Unfold renders a widget while it is imported, which loads every tag library: import pages later."""

    def call(*args: Any, **kwargs: Any) -> Any:
        from tasks_app.admin import common

        return getattr(common, name)(*args, **kwargs)

    return call


for _name in ("state_badge", "moment", "span", "who"):
    register.filter(_name, _of_common(_name))
register.simple_tag(_of_common("badge"), name="badge")
