"""What the stock admin of django-celery-results takes for the same rows, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from statistics import median
from typing import Any

from tests.servers import ROOT

LOOKS = 3
A_PAGE = 100  # rows, of the stock admin's list
RESULTS = "/admin/django_celery_results/taskresult/"
QUESTIONS = {
    "list": RESULTS,
    "page 5,000": f"{RESULTS}?p=5000",
    "filter": f"{RESULTS}?status=FAILURE",
    "search": f"{RESULTS}?q=camille",
}


def ask() -> dict[str, float]:
    """Milliseconds, by question."""
    variables = os.environ | {"DJANGO_SETTINGS_MODULE": "benchmarks.stock_settings"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.stock"],
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
    from django.contrib.auth.models import User
    from django.test import Client
    from django_celery_results.models import TaskResult

    last = TaskResult.objects.count() // A_PAGE  # of a shorter history there is no page 5,000
    QUESTIONS["page 5,000"] = f"{RESULTS}?p={max(min(last, 5_000), 1)}"
    client = Client()
    client.force_login(User.objects.get(username="admin@example.org"))
    json.dump({name: _time_of(client, url) for name, url in QUESTIONS.items()}, sys.stdout)


def _time_of(client: Any, url: str) -> float:
    times = []
    for _look in range(LOOKS):
        began = time.perf_counter()
        answer = client.get(url)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.status_code == 200, (url, answer)
    return median(times)


if __name__ == "__main__":
    main()
