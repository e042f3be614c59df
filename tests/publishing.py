"""To which Redis this process publishes."""

from __future__ import annotations

from typing import Any

import pytest
from celery import current_app
from kombu import pools

from tasks_app.broker.publishing import reset_connection
from tests.servers import RedisServer


def publish_to(server: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # Celery reads the variable before its settings.
    monkeypatch.setenv("CELERY_BROKER_URL", server.url)
    settings.CELERY_BROKER_URL = server.url
    forget_broker_connections()


def forget_broker_connections() -> None:
    """Close the pools, so that the next publish connects to where the settings point now."""
    current_app._after_fork()
    pools.reset()
    reset_connection()
