"""A clock that is killed: who keeps time is dead, and those that are left tell of it by themselves."""

from __future__ import annotations

import pytest

from backoffice.models import Message
from tasks_app.db import shared_time
from tasks_app.models import Alert, AlertOn, AlertRule, Node
from tasks_app.models.node import SILENT_AFTER
from tests.browser.office import Office, clock_of
from tests.browser.walking import await_mail
from tests.servers import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.once, pytest.mark.timeout(300)]


def test_a_killed_clock_is_announced_by_web_or_a_worker_and_the_mail_needs_no_clock(office: Office) -> None:
    rule = AlertRule.objects.create(
        name="The clock", on=AlertOn.NO_CLOCK, mail_to="desk@example.org", since=shared_time.now()
    )
    clock = clock_of(office)
    clock.kill()
    # Its last sign of life was a while ago: nobody waits half a minute for that here.
    died = shared_time.now() - SILENT_AFTER
    Node.objects.filter(kind=Node.Kind.CLOCK).update(beat_at=died)

    mail = await_mail("desk@example.org")
    assert "No clock is running" in mail.get_body(("plain",)).get_content()
    assert rule.alerts.get().ended_at is None
    assert not clock.running

    clock.start()
    over = Alert.objects.filter(rule=rule, ended_at__isnull=False)
    wait_until(over.exists, what="the alert to be over")
    assert Message.objects.filter(to="desk@example.org").count() == 1
