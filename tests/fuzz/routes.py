"""Every address there is, by URLconf and admin site: with things that are there, and with nonsense."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote as percent
from urllib.parse import quote_plus

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.utils.http import urlsafe_base64_encode

from tasks_app.catalogue import kinds
from tasks_app.models import Node
from tasks_app.monitor.queue_status import known_queues
from tests.pages.test_roles import places

PART = re.compile(r"<(?:\w+:)?(\w+)>")
NAMED_GROUP = re.compile(r"\^?\(\?P(<\w+>)[^)]*\)")
ROWS = 3  # of each table, where an address names one


@dataclass(frozen=True)
class Route:
    """An address with parts to fill in: "admin/queues/<path:name>/pause/"."""

    route: str

    @property
    def parts(self) -> list[str]:
        return PART.findall(self.route)

    def with_parts(self, **values: str) -> str:
        return "/" + PART.sub(lambda found: encoded(values[found[1]]), self.route)

    @property
    def model(self) -> type[Model] | None:
        """What its pages are about, where it lies below "admin/app/model/"."""
        words = self.route.split("/")
        try:
            return apps.get_model(words[1], words[2]) if len(words) > 3 else None
        except LookupError:
            return None

    @property
    def list_of(self) -> admin.ModelAdmin[Model] | None:
        """The ModelAdmin whose list this is."""
        model = self.model
        return admin.site._registry.get(model) if model and self.route.count("/") == 3 else None

    def addresses(self) -> Iterator[str]:
        """Those that lead to what is there."""
        for values in itertools.product(*(self.candidates(part) for part in self.parts)):
            yield self.with_parts(**dict(zip(self.parts, values, strict=True)))

    def candidates(self, part: str) -> list[str]:
        if part in ("object_id", "id") and self.model is not None:
            keys = self.model._default_manager.order_by("pk").values_list("pk", flat=True)[:ROWS]
            return [str(quote(str(key))) for key in keys] or ["1"]
        return KNOWN[part]() if part in KNOWN else ["1"]


# What else an address names; of a name that is not here, nonsense alone is tried.
KNOWN = {
    "slug": lambda: [one.slug for kind in kinds() for one in kind.launchables()],
    "field": lambda: sorted({name for kind in kinds() for name in kind.form.base_fields}),
    "name": lambda: [*known_queues()[:1], *Node.objects.values_list("name", flat=True)[:1]],
    "app_label": lambda: ["auth", "tasks_app"],
    "attachment_id": lambda: ["1"],
    "content_type_id": lambda: ["1"],
    "uidb64": lambda: [urlsafe_base64_encode(b"1")],
    "token": lambda: ["set-password"],
    "url": lambda: ["no-such-page/"],
}


def routes() -> list[Route]:
    found = {NAMED_GROUP.sub(r"\1", place.route).rstrip("$") for place in places()}
    return [Route(route) for route in sorted(found)]


def encoded(value: str) -> str:
    """For an address: half a surrogate pair as the bytes that browsers refuse and programs send."""
    return percent(value.encode("utf-8", "surrogatepass"), safe="")


def form_encoded(pairs: list[tuple[str, str]]) -> str:
    def one(text: str) -> str:
        return quote_plus(text.encode("utf-8", "surrogatepass"))

    return "&".join(f"{one(name)}={one(value)}" for name, value in pairs)
