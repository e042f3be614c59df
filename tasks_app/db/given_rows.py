"""Rows that a statement is given as one value: a table to join, whichever database it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection


def table(**columns: str) -> str:
    """The table, as `given` in a FROM: its columns, by their types in PostgreSQL. It holds one placeholder,
    whose value is `value` of the rows."""
    if connection.vendor == "postgresql":
        typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        return f"json_to_recordset(%s) AS given({typed})"
    read = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
    return f"(SELECT {read} FROM json_each(%s)) AS given"  # noqa: S608 - names of columns


def value(rows: Iterable[Mapping[str, Any]]) -> str:
    """Moments are as the database keeps those of a column."""
    return json.dumps(list(rows), default=_as_kept)


def _as_kept(moment: datetime) -> str:
    return str(connection.ops.adapt_datetimefield_value(moment))
