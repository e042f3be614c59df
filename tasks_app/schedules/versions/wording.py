"""What differs between two definitions of a schedule, each thing from what to what, in its reader's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tasks_app.catalogue import label_of
from tasks_app.db.bad_rows import or_none
from tasks_app.display import Text, zoned
from tasks_app.logs.masking import MASK
from tasks_app.models import AfterDowntime, IfRunning, SchedulePolicy
from tasks_app.schedules.rhythm import words
from tasks_app.schedules.versions.definition import Definition, kept_fields
from tasks_app.schedules.versions.unsaved import unsaved
from tasks_app.subject import argument_label

NOTHING = "–"
LONGEST = 300  # characters of a value


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


def rhythm_words(definition: Mapping[str, Any]) -> str:
    """As the page of the schedule says it; a sentence where it can no longer be made."""
    return or_none(lambda: words(unsaved(definition))) or gettext("Its rhythm cannot be read")


def changes(old: Definition, new: Definition) -> list[Change]:
    """In the order of the form."""
    found = [*_plain_changes(old, new, FIRST), *_rhythm_changes(old, new), *_plain_changes(old, new, BOUNDS)]
    found += _policy_changes(old, new)
    return [*found, *_argument_changes(old, new), *_plain_changes(old, new, TECHNICAL)]


def _yes_or_no(value: Any) -> Text:
    return pgettext_lazy("answer", "yes") if value else pgettext_lazy("answer", "no")


def _on_or_off(value: Any) -> Text:
    return _("On") if value else _("Off")


def _moment(value: Any) -> Text:
    read = parse_datetime(value) if isinstance(value, str) else None
    return zoned(timezone.localtime(read), gettext("j M Y, H:i T")) if read else NOTHING


def _job(value: Any) -> Text:
    return label_of(str(value))


def _after_downtime(value: Any) -> Text:
    return AfterDowntime(value).label if value in AfterDowntime.values else str(value)


def _as_it_is(value: Any) -> Text:
    return NOTHING if value in (None, "", "{}", "[]") else str(value)


type Said = Callable[[Any], Text]
FIRST: dict[str, tuple[Text, Said]] = {
    "name": (_("Name"), _as_it_is),
    "description": (_("What it is for"), _as_it_is),
    "task": (_("Job"), _job),
    "enabled": (_("Switched on"), _on_or_off),
}
BOUNDS: dict[str, tuple[Text, Said]] = {
    "start_time": (_("Not before"), _moment),
    "expires": (_("Not after"), _moment),
    "one_off": (_("Only once"), _yes_or_no),
    "after_downtime": (_("After a downtime"), _after_downtime),
}
TECHNICAL: dict[str, tuple[Text, Said]] = {
    "anchor": (_("Counted from"), _moment),
    "expire_seconds": (_("Seconds after which a job is dropped"), _as_it_is),
    "queue": (_("Queue"), _as_it_is),
    "priority": (_("Priority"), _as_it_is),
    "exchange": (_("Exchange"), _as_it_is),
    "routing_key": (_("Routing key"), _as_it_is),
    "headers": (_("Message headers"), _as_it_is),
}


def _plain_changes(old: Definition, new: Definition, of: Mapping[str, tuple[Text, Said]]) -> Iterator[Change]:
    for name, (label, said) in of.items():
        if old.get(name) != new.get(name):
            yield _change(label, said(old.get(name)), said(new.get(name)))


def _rhythm_changes(old: Definition, new: Definition) -> Iterator[Change]:
    """In words; where these are alike, the columns that differ."""
    parts = ("timing", "rule")
    if all(old.get(part) == new.get(part) for part in parts):
        return
    before, after = rhythm_words(old), rhythm_words(new)
    if before != after:
        yield _change(_("Rhythm"), before, after)
        return
    for part in parts:
        if old.get(part) != new.get(part):
            yield _change(_("Rhythm"), _columns(old.get(part)), _columns(new.get(part)))


def _policy_changes(old: Definition, new: Definition) -> Iterator[Change]:
    """What it does beside its rhythm, each column by the name of its field."""
    before, after = old.get("policy") or {}, new.get("policy") or {}
    for field in kept_fields(SchedulePolicy):
        if before.get(field.name) != after.get(field.name):
            label = capfirst(str(field.verbose_name))
            yield _change(label, *(_policy_value(field.name, row.get(field.name)) for row in (before, after)))


def _policy_value(name: str, value: Any) -> Text:
    if name == "if_running":
        return IfRunning(value or "").label if (value or "") in IfRunning.values else str(value)
    return _as_it_is(value)


def _columns(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True) if values else NOTHING


def _argument_changes(old: Definition, new: Definition) -> Iterator[Change]:
    if old["args"] != new["args"]:
        yield _change(_("Positional arguments"), _as_it_is(old["args"]), _as_it_is(new["args"]))
    before, after = _named(old), _named(new)
    if before is None or after is None:
        if old["kwargs"] != new["kwargs"]:
            yield _change(_("Arguments"), _as_it_is(old["kwargs"]), _as_it_is(new["kwargs"]))
        return
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            label = argument_label(str(new["task"]), name)
            yield _change(label, _argument(before.get(name)), _argument(after.get(name)))
    sealed, sealed_now = old.get("secrets") or {}, new.get("secrets") or {}
    for name in sorted(sealed.keys() | sealed_now.keys()):
        if sealed.get(name) != sealed_now.get(name):
            label = argument_label(str(new["task"]), name)
            yield _change(label, *(MASK if name in seals else NOTHING for seals in (sealed, sealed_now)))


def _named(definition: Definition) -> dict[str, Any] | None:
    try:
        found = json.loads(definition["kwargs"])
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _argument(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _change(label: Text, before: Text, after: Text) -> Change:
    return Change(str(label), _cut(str(before)), _cut(str(after)))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
