"""A running back office that the tests of this folder share, each as if it had just been opened."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from io import StringIO
from pathlib import Path

from django.conf import global_settings, settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from backoffice.demo import make_demo
from tasks_app.models import Job, Node, SeededSchedule
from tests.databases import used
from tests.made_once import migrated_copy
from tests.servers import Process, wait_until
from tests.stack import Stack

# How kombu knows who listens: a worker says so once, when it starts.
LISTENERS = b"_kombu.binding."
PAST = 300  # jobs: enough that no list is short


def worker_of(office: Stack) -> Process:
    return next(process for process in office.processes if process.name == "worker1")


def clock_of(office: Stack) -> Process:
    return next(process for process in office.processes if process.name == "clock1")


class Office(Stack):
    """Web, worker and clock with database and Redis of their own; `reopen` before a test, `tidy_up` after.

    To start them and to hash the demo people's passwords takes many times what most tests do.
    """

    def open(self) -> None:
        migrated_copy(self.database)
        self.start()
        self.staff, self.front_door = list(self.processes), self.url
        call_command("seed", verbosity=0)
        # The web process checks passwords as in real life, not with the tests' fast hasher.
        with override_settings(PASSWORD_HASHERS=global_settings.PASSWORD_HASHERS):
            make_demo()
        # A schedule that is seeded later is due later: each test plans its own.
        PeriodicTask.objects.all().delete()
        SeededSchedule.objects.all().delete()
        self.await_idle()
        Job.objects.all().delete()
        self._copy(self.database, self.as_opened)

    def reopen(self) -> None:
        """The rows are those that it was opened with."""
        self._copy(self.as_opened, self.database)
        Node.objects.update(beat_at=timezone.now())
        call_command("seed", verbosity=0)

    def reopen_with_a_past(self) -> None:
        """The rows and files of a fortnight's work, which is made once."""
        if not self.with_a_past.exists():
            self._make_a_past()
        self._copy(self.with_a_past, self.database)
        shutil.copytree(self.files_of_the_past, settings.MEDIA_ROOT, dirs_exist_ok=True)
        Node.objects.update(beat_at=timezone.now())

    def _make_a_past(self) -> None:
        """In a copy: those who have the office's own open are not kept waiting."""
        unfinished = self.with_a_past.with_suffix(".unfinished")
        shutil.copy(self.as_opened, unfinished)
        with used(f"sqlite:///{unfinished}"):
            call_command("make_history", days=14, jobs=PAST, stdout=StringIO())
            connection.close()  # and what lies beside the file is in it
        shutil.copytree(settings.MEDIA_ROOT, self.files_of_the_past)
        unfinished.rename(self.with_a_past)

    def tidy_up(self) -> None:
        """Whom the test started goes, whom it stopped or froze is back, and nobody has anything to do.

        Their logs are printed, for a test that failed.
        """
        for process in self.processes:
            process.thaw()
            print(process.tail())
        for process in [one for one in self.processes if one not in self.staff]:
            process.stop()
            self.processes.remove(process)
        for process in self.staff:
            if not process.running:
                process.start()
        self.url = self.front_door
        self.await_idle()

    def await_idle(self) -> None:
        """Nothing is left to begin, and what has begun has ended."""
        for key in self.redis.client.scan_iter():
            if not key.startswith(LISTENERS):
                self.redis.client.delete(key)
        # Rows that tests and the past made are nobody's, and never end.
        ours = Job.objects.running().filter(worker__endswith=f"@{socket.gethostname()}")
        wait_until(lambda: not ours.exists(), what="the last test's jobs to end")

    @property
    def database(self) -> Path:
        return Path(connection.settings_dict["NAME"])

    @property
    def as_opened(self) -> Path:
        return self.database.with_suffix(".opened")

    @property
    def with_a_past(self) -> Path:
        return self.database.with_suffix(".past")

    @property
    def files_of_the_past(self) -> Path:
        return self.database.with_suffix(".files")

    def _copy(self, source: Path, target: Path) -> None:
        """Those who have the target open see all of it change at once."""
        with sqlite3.connect(source) as old, sqlite3.connect(target, timeout=20) as new:
            old.backup(new)
        old.close()
        new.close()
