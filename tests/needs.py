"""Which programs tests need, and how to get them: no test is left out in silence."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from projet.local.programs import find_redis_server
from tests.programs import (
    find_chromium,
    find_gettext,
    find_postgres,
    find_redis_with_tls,
    find_systemd_analyze,
)


@dataclass(frozen=True)
class Need:
    what: str
    debian: str  # package
    mac: str  # formula or cask; "" where there is none
    found: Callable[[], Any]
    marker: str = ""
    fixture: str = ""

    def of(self, item: pytest.Item) -> bool:
        fixtures = getattr(item, "fixturenames", ())
        return self.fixture in fixtures or bool(self.marker and item.get_closest_marker(self.marker))

    @property
    def sentence(self) -> str:
        mac = f"brew install {self.mac}" if self.mac else "not available"
        return f"Left out: tests that need {self.what}. Debian: apt-get install {self.debian}. macOS: {mac}."


NEEDS = (
    Need("a Redis server", "redis-server", "redis", find_redis_server, fixture="redis_server"),
    Need("a Redis server with TLS", "redis-server", "redis", find_redis_with_tls, fixture="tls_redis"),
    Need("PostgreSQL's server programs", "postgresql", "postgresql", find_postgres, fixture="postgres"),
    Need("gettext", "gettext", "gettext", find_gettext, fixture="collect"),
    Need("systemd-analyze", "systemd", "", find_systemd_analyze, fixture="systemd_analyze"),
    Need("Chromium", "chromium-headless-shell", "chromium", find_chromium, marker="browser"),
)


def require_all() -> bool:
    """Whether a missing program is a failure (CI) instead of tests left out (a visitor's machine)."""
    return os.environ.get("REQUIRE_ALL", "") not in ("", "0")


def missing() -> list[Need]:
    return [need for need in NEEDS if not need.found()]
