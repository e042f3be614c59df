"""Another database than the tests' own, for this process and for those that it starts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dj_database_url
from django.contrib.contenttypes.models import ContentType
from django.db import connections


@contextmanager
def used(url: str) -> Iterator[None]:
    """Within it, this process's default database is that one."""
    old, old_values = connections["default"], connections.settings["default"]
    values = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    if url.startswith("sqlite:"):  # as projet/settings.py has it, for those who meet in one file
        values["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF",
        }
    connections.settings["default"] = connections.configure_settings({"default": values})["default"]
    connections["default"] = connections.create_connection("default")
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"], connections.settings["default"] = old, old_values
        ContentType.objects.clear_cache()
