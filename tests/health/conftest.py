"""Nodes as their heartbeats leave them, and what a check says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from tasks_app.models import Node
from tasks_app.monitor.health import Finding

type Ask = Callable[[datetime], Iterator[Finding]]


@pytest.fixture(autouse=True)
def fresh_cache() -> None:
    cache.clear()


def node(name: str, kind: Node.Kind = Node.Kind.WORKER, ago: timedelta = timedelta(), **details: Any) -> Node:
    version = details.pop("version", settings.VERSION)
    moment = timezone.now() - ago
    return Node.objects.create(
        name=name, kind=kind, started_at=moment, beat_at=moment, version=version, details=details
    )


def one(ask: Ask) -> Finding:
    """The only finding of a check."""
    [finding] = list(ask(timezone.now()))
    return finding
