"""The nights on which clocks change, and one on which they do not, looked at every ten minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dateutil import tz

from tasks_app.clock.tick import tick
from tasks_app.models import Job
from tests.clock.making import at, crontab, every, history, schedule

pytestmark = pytest.mark.django_db

LORD_HOWE, KOLKATA = "Australia/Lord_Howe", "Asia/Kolkata"
SANTIAGO, AUCKLAND, PARIS = "America/Santiago", "Pacific/Auckland", "Europe/Paris"

# zone, first and last look, and what each rhythm does in between, as the wall has it with its offset.
NIGHTS = [
    # 02:00 → 03:00
    (PARIS, "2026-03-29 00:50", "2026-03-29 04:10", {
        "30 2 * * *": ["03:00+0200"],
        "0 2,3 * * *": ["03:00+0200"],
        "30 1,3 * * *": ["01:30+0100", "03:30+0200"],
        "0 * * * *": ["01:00+0100", "03:00+0200", "04:00+0200"],
        "every 40 minutes": ["01:30+0100", "03:10+0200", "03:50+0200"],
    }),
    # 03:00 → 02:00
    (PARIS, "2026-10-25 01:20", "2026-10-25 03:10", {
        "30 2 * * *": ["02:30+0200"],
        "0 2,3 * * *": ["02:00+0200", "03:00+0100"],
        "0 * * * *": ["02:00+0200", "02:00+0100", "03:00+0100"],
        "every 40 minutes": ["02:00+0200", "02:40+0200", "02:20+0100", "03:00+0100"],
    }),
    # 02:00 → 02:30
    (LORD_HOWE, "2026-10-04 01:20", "2026-10-04 03:10", {
        "15 2 * * *": ["02:30+1100"],
        "45 2 * * *": ["02:45+1100"],
        "*/20 * * * *": ["01:40+1030", "02:40+1100", "03:00+1100"],
    }),
    # 02:00 → 01:30
    (LORD_HOWE, "2026-04-05 01:10", "2026-04-05 02:10", {
        "40 1 * * *": ["01:40+1100"],
        "*/20 * * * *": ["01:20+1100", "01:40+1100", "01:40+1030", "02:00+1030"],
    }),
    # never
    (KOLKATA, "2026-03-29 01:20", "2026-03-29 03:10", {
        "30 2 * * *": ["02:30+0530"],
        "0 * * * *": ["02:00+0530", "03:00+0530"],
    }),
    # 00:00 → 01:00
    (SANTIAGO, "2026-09-05 23:20", "2026-09-06 02:10", {
        "30 0 * * *": ["01:00-0300"],
        "0 0 * * *": ["01:00-0300"],
        "0 * * * *": ["01:00-0300", "02:00-0300"],
    }),
    # 24:00 → 23:00
    (SANTIAGO, "2026-04-04 22:20", "2026-04-05 00:40", {
        "30 23 * * *": ["23:30-0300"],
        "30 0 * * *": ["00:30-0400"],
        "30 * * * *": ["22:30-0300", "23:30-0300", "23:30-0400", "00:30-0400"],
    }),
    # 02:00 → 03:00
    (AUCKLAND, "2026-09-27 00:50", "2026-09-27 04:10", {
        "30 2 * * *": ["03:00+1300"],
        "0 * * * *": ["01:00+1200", "03:00+1300", "04:00+1300"],
    }),
    # 03:00 → 02:00
    (AUCKLAND, "2026-04-05 01:20", "2026-04-05 03:10", {
        "30 2 * * *": ["02:30+1300"],
        "0 * * * *": ["02:00+1300", "02:00+1200", "03:00+1200"],
    }),
]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "first", "last", "rhythms"), NIGHTS, ids=[f"{z} {f}" for z, f, *_ in NIGHTS]
)
def test_a_night_as_the_clock_lives_it(
    zone: str, first: str, last: str, rhythms: dict[str, list[str]]
) -> None:
    now, end = at(first, zone).astimezone(tz.UTC), at(last, zone).astimezone(tz.UTC)
    rows = {}
    for number, rhythm in enumerate(rhythms):
        fields = (
            {"interval": every(40, "minutes")} if "every" in rhythm else {"crontab": crontab(rhythm, zone)}
        )
        rows[rhythm] = schedule(f"Number {number}", changed=now, **fields)
    while now <= end:
        tick(now)
        now += timedelta(minutes=10)
    zone_info = tz.gettz(zone)
    lived = {
        rhythm: [moment.astimezone(zone_info).strftime("%H:%M%z") for moment, _ in history(row)]
        for rhythm, row in rows.items()
    }
    assert lived == rhythms
    assert Job.objects.count() == sum(len(walls) for walls in rhythms.values())
