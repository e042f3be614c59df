"""What the stock admin of django-celery-beat takes for the same rows, unstyled, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median
from typing import Any

from tests.servers import ROOT

LOOKS = 15
LIST = "/admin/django_celery_beat/periodictask/"


def ask() -> dict[str, float]:
    """Milliseconds, by page."""
    variables = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.stock_beat_settings"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stock_schedules"],
        env=variables,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    import django  # only where its settings are the stock ones

    django.setup()
    from celery import Celery
    from django.contrib.auth.models import User
    from django.test import Client
    from django_celery_beat.models import PeriodicTask

    Celery("stock").set_current()  # whose tasks its form offers; ours needs apps that are not there
    first = PeriodicTask.objects.order_by("name")[0]
    client = Client()
    client.force_login(User.objects.get(username="admin@example.org"))
    pages = {"list": LIST, "schedule": f"{LIST}{first.pk}/change/"}
    json.dump({name: _time_of(client, url) for name, url in pages.items()}, sys.stdout)


def _time_of(client: Any, url: str) -> float:
    client.get(url)
    times = []
    for _look in range(LOOKS):
        began = time.perf_counter()
        answer = client.get(url)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (url, answer)
    return median(times)


if __name__ == "__main__":
    main()
