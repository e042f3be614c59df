"""The jobs that tell: a mail that lies in the outbox, and a request that is tried again."""

from __future__ import annotations

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tasks_app.alerts import telling, watching, webhook
from tasks_app.alerts.causes import REFUSED, TryWebhookAgain, WebhookRefused
from tasks_app.alerts.rules import BY_WEBHOOK
from tasks_app.db import shared_time
from tasks_app.models import AlertNotice, AlertOn, AlertRule, Job, State
from tasks_app.monitor import heartbeat
from tests.sign_in.forgotten import run_jobs

pytestmark = pytest.mark.django_db(transaction=True)


def a_rule(**fields: Any) -> AlertRule:
    given: dict[str, Any] = {"name": "The desk", "on": AlertOn.NEW_CAUSE, "since": shared_time.now()}
    return AlertRule.objects.create(**given | fields)


def tell(rule: AlertRule) -> list[Job]:
    telling.send_test(rule, rule.since, by=None)
    return run_jobs()


@pytest.mark.once
def test_a_mail_says_what_it_is_and_lies_with_the_others(data_dir: Path, broker: Any) -> None:
    [job] = tell(a_rule(mail_to="desk@example.org"))
    assert job.state == State.SUCCEEDED
    [mail] = [message_from_bytes(one.read_bytes(), policy=policy.default) for one in data_dir.rglob("*.eml")]
    assert mail["To"] == "desk@example.org"
    assert "Test of the alert “The desk”" in str(mail["Subject"])
    assert "This is a test: nothing is wrong." in mail.get_content()


@pytest.mark.once
@pytest.mark.parametrize(
    ("error", "state", "times"),
    [
        (TryWebhookAgain(REFUSED(status=503)), State.FAILED, 7),
        (WebhookRefused(REFUSED(status=404)), State.FAILED, 1),
        (None, State.SUCCEEDED, 1),
    ],
)
def test_a_request_is_tried_again_where_that_may_help(
    error: Exception | None, state: State, times: int, broker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def post(url: str, payload: dict[str, Any], **options: Any) -> int:
        asked.append({"url": url, "id": payload["id"], **options})
        if error is not None:
            raise error
        return 204

    monkeypatch.setattr(webhook, "post", post)
    [job] = tell(a_rule(webhook="https://hooks.example.org/x"))
    assert (job.name, job.state, len(asked)) == (BY_WEBHOOK, state, times)
    assert asked[0]["url"] == "https://hooks.example.org/x"
    assert asked[0]["id"] == AlertNotice.objects.get().pk
    assert "https://" not in job.error


@pytest.mark.once
def test_a_rule_that_was_deleted_meanwhile_fails_its_job_with_a_sentence(broker: Any) -> None:
    rule = a_rule(webhook="https://hooks.example.org/x")
    telling.send_test(rule, rule.since, by=None)
    rule.delete()
    [job] = run_jobs()
    assert (job.state, job.cause) == (State.FAILED, "alert.notice_gone")


@pytest.mark.once
def test_web_and_workers_look_for_the_clock_after_each_of_their_heartbeats() -> None:
    assert watching.look_for_the_clock in heartbeat.after_beat
