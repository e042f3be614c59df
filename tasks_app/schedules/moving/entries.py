"""An entry of a file as the definition of a schedule, and a definition as an entry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tasks_app.models import AfterDowntime, Calendar
from tasks_app.schedules.job_of_schedule import RHYTHM_FIELDS
from tasks_app.schedules.moving.reading import MISSING, NO_TEXT, NOT_KNOWN, Node, Refused
from tasks_app.schedules.versions.definition import OWN_ROWS, PLAIN_FIELDS, Definition, kept_fields

CALENDAR_FIELDS = ("name", "country", "region", "weekend", "days_off", "days_on")
# What an entry that says nothing of them means.
DEFAULTS: Definition = dict.fromkeys(PLAIN_FIELDS, None) | {
    "name": "",
    "description": "",
    "enabled": True,
    "one_off": False,
    "task": "",
    "headers": "{}",
    "args": "[]",
    "kwargs": "{}",
    "timing": {},
    "after_downtime": AfterDowntime.ONCE.value,
    "secrets": {},
    **dict.fromkeys(OWN_ROWS, None),
}
# Of these a file has the data, and a definition its JSON.
AS_DATA = {"positional": "args", "arguments": "kwargs", "headers": "headers"}
WORDS = [*PLAIN_FIELDS, "positional", "arguments", "secrets", "timing", *OWN_ROWS, "after_downtime"]


def definition_of_entry(entry: Node) -> Definition:
    """Its secrets by name alone, which no file has; raises Refused."""
    given = entry.mapping()
    known(given, WORDS)
    found = dict(DEFAULTS)
    for name, node in given.items():
        if name in AS_DATA:
            found[AS_DATA[name]] = _as_json(node)
        elif name == "secrets":
            found["secrets"] = {str(one.text): "" for one in node.items()}
        elif name == "timing":
            found["timing"] = _timing(node)
        elif name in OWN_ROWS:
            found[name] = _own(name, node)
        else:
            found[name] = _text(node)
    found["headers"] = found["headers"] or "{}"
    return found


def calendar_of_entry(entry: Node) -> dict[str, Any]:
    given = entry.mapping()
    known(given, CALENDAR_FIELDS)
    found = dict.fromkeys(CALENDAR_FIELDS, "")
    return found | {name: str(_text(node) or "") for name, node in given.items()}


def entry_of_definition(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Without what an entry means anyway."""
    found: dict[str, Any] = {}
    for name in PLAIN_FIELDS:
        if name != "headers" and definition[name] != DEFAULTS[name]:
            found[name] = definition[name]
    for word, name in AS_DATA.items():
        if definition[name] != DEFAULTS[name]:
            found[word] = _as_data(definition[name])
    if definition["secrets"]:
        found["secrets"] = sorted(definition["secrets"])
    found["timing"] = definition["timing"]
    for name in OWN_ROWS:
        if definition[name] is not None:
            found[name] = {key: value for key, value in definition[name].items() if value not in (None, "")}
    if definition["after_downtime"] != DEFAULTS["after_downtime"]:
        found["after_downtime"] = definition["after_downtime"]
    return found


def entry_of_calendar(calendar: Calendar) -> dict[str, str]:
    return {name: value for name in CALENDAR_FIELDS if (value := getattr(calendar, name))}


def known(given: Mapping[str, Node], words: Any) -> None:
    """Raises Refused where one is none of these."""
    for name, node in given.items():
        if name not in words:
            raise Refused(NOT_KNOWN(name=name[:80], known=", ".join(words)), node.line)


def _text(node: Node) -> str | bool | None:
    if not node.is_scalar:
        raise Refused(NO_TEXT(), node.line)
    return node.text


def _timing(node: Node) -> dict[str, Any]:
    found = node.mapping()
    known(found, RHYTHM_FIELDS)
    timing = {}
    for kind, row in found.items():
        columns = row.mapping()
        known(columns, RHYTHM_FIELDS[kind])
        for name in RHYTHM_FIELDS[kind]:
            if name not in columns:
                raise Refused(MISSING(name=name), row.line)
        timing[kind] = {name: _text(value) for name, value in columns.items()}
    return timing


def _own(name: str, node: Node) -> dict[str, Any] | None:
    if node.is_scalar and node.text is None:
        return None
    given = node.mapping()
    fields = kept_fields(OWN_ROWS[name])
    known(given, [field.name for field in fields])
    empty = {field.name: None if field.null else field.get_default() for field in fields}
    return empty | {key: _text(value) for key, value in given.items()}


def _as_json(node: Node) -> str:
    """A text is taken as it is: what a schedule held that was no JSON."""
    value = node.value()
    if isinstance(value, str):
        return value
    return json.dumps(value, sort_keys=True, default=str)


def _as_data(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
