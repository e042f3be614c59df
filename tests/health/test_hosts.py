"""Hosts that disagree on hour, zone or version, or that run out of room, are named with what to do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tasks_app.models import Node
from tasks_app.monitor import heartbeat
from tasks_app.monitor.health import HOSTS, Level
from tests.health.conftest import node, one

pytestmark = pytest.mark.django_db
HOUR = 3_600_000  # milliseconds
ASK = {check.key: check.ask for check in HOSTS}


def test_hosts_that_agree_are_well() -> None:
    heartbeat.beat(Node.Kind.CLOCK, "clock@one")
    heartbeat.beat(Node.Kind.WORKER, "worker@two", queues=["high"])
    for check in HOSTS:
        finding = one(check.ask)
        assert finding.level is Level.OK, finding
        assert not finding.remedy


def test_a_heartbeat_carries_what_must_be_alike() -> None:
    heartbeat.beat(Node.Kind.CLOCK, "clock@one")
    details = Node.objects.get(name="clock@one").details
    assert abs(details["clock_ahead_ms"]) < 1_000
    assert details["time_zone"] == "Europe/Paris"
    assert details["utc_offset_minutes"] in (60, 120)
    assert details["disk_free_mib"] > 0


@pytest.mark.parametrize(
    ("ahead", "level", "words", "remedy"),
    [
        (3_000, Level.DEGRADED, "ahead", "NTP"),
        (-45_000, Level.FAILED, "45 s behind", "NTP"),
        (2 * HOUR, Level.FAILED, "2 h 00 min ahead", "wrong time zone"),
        (-HOUR - 20_000, Level.FAILED, "1 h 00 min behind", "wrong time zone"),
        (int(5.5 * HOUR), Level.FAILED, "5 h 30 min ahead", "wrong time zone"),
    ],
)
def test_a_wrong_clock_is_named_with_its_likely_cause(
    ahead: int, level: Level, words: str, remedy: str
) -> None:
    node("clock@off", Node.Kind.CLOCK, clock_ahead_ms=ahead)
    finding = one(ASK["clocks"])
    assert finding.level is level
    assert "clock@off" in finding.sentence
    assert words in finding.sentence
    assert remedy in finding.remedy


def test_a_host_whose_clock_is_wrong_still_counts_as_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its heartbeat is written in the database's time, so that it is told by its clock, not as silent."""
    now = timezone.now()
    monkeypatch.setattr(heartbeat.timezone, "now", lambda: now + timedelta(hours=2))
    heartbeat.beat(Node.Kind.CLOCK, "clock@off")
    monkeypatch.undo()
    assert Node.objects.alive(timezone.now()).get().name == "clock@off"
    assert abs(Node.objects.get().beat_at - now) < timedelta(minutes=1)


def test_another_zone_is_named() -> None:
    node("clock@abroad", Node.Kind.CLOCK, time_zone="Asia/Tokyo", utc_offset_minutes=540)
    finding = one(ASK["zones"])
    assert finding.level is Level.FAILED
    assert "clock@abroad works in the time zone Asia/Tokyo" in finding.sentence
    assert "TIME_ZONE" in finding.remedy


def test_old_zone_data_are_named() -> None:
    node("clock@old", Node.Kind.CLOCK, time_zone="Europe/Paris", utc_offset_minutes=0)
    finding = one(ASK["zones"])
    assert "time zone data of clock@old differ" in finding.sentence
    assert "tzdata" in finding.remedy


def test_missing_zone_data_are_said(settings: Any) -> None:
    settings.TIME_ZONE = "Mars/Phobos"
    finding = one(ASK["zones"])
    assert finding.level is Level.FAILED
    assert "tzdata" in finding.remedy


def test_two_versions_are_named(settings: Any) -> None:
    settings.VERSION = "0.1.0"
    node("worker@new", version="0.2.0")
    node("worker@old")
    finding = one(ASK["versions"])
    assert finding.level is Level.DEGRADED
    assert "0.1.0: worker@old, this process; 0.2.0: worker@new" in finding.sentence


@pytest.mark.parametrize(("free", "level"), [(400, Level.DEGRADED), (10, Level.FAILED)])
def test_a_disk_that_fills_is_said_before_it_is_full(free: int, level: Level) -> None:
    node("worker@full", disk_free_mib=free)
    finding = one(ASK["room"])
    assert finding.level is level
    assert f"worker@full has {free} MiB" in finding.sentence


def test_a_process_that_fell_silent_is_named_and_forgotten_after_an_hour() -> None:
    node("worker@gone", ago=timedelta(minutes=5))
    assert "worker@gone" in one(ASK["silent"]).sentence
    Node.objects.update(beat_at=timezone.now() - timedelta(hours=2))
    assert one(ASK["silent"]).level is Level.OK
