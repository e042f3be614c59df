"""The office that these tests share is, for each of them, as it was opened."""

from __future__ import annotations

import pytest
from django_celery_beat.models import PeriodicTask

from backoffice.models import Recipient
from tasks_app.launching import launch, wait
from tasks_app.models import Job, State
from tests.browser.office import Office

pytestmark = [pytest.mark.browser, pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]

EMAIL = "tasks_app.tasks.envoi_email"


def test_what_a_test_left_behind_is_gone_and_whom_it_stopped_is_back(office: Office) -> None:
    worker, clock, _web = office.staff
    arguments = {"destinataire_id": Recipient.objects.get(email="pat.example@example.org").pk}
    Recipient.objects.create(email="left@example.org")
    PeriodicTask.objects.all().delete()
    office.redis.client.set("left", "behind")
    office.start_web()
    office.freeze(worker)
    clock.stop()
    launch(EMAIL, arguments)

    office.tidy_up()
    office.reopen()
    assert not Recipient.objects.filter(email="left@example.org").exists()
    assert not Job.objects.filter(name=EMAIL).exists()
    assert PeriodicTask.objects.filter(name="cleanup-results-hourly").exists()
    assert not office.redis.client.exists("left")
    assert (office.url, office.processes) == (office.front_door, office.staff)
    assert clock.running
    assert wait(launch(EMAIL, arguments), 60).state == State.SUCCEEDED
