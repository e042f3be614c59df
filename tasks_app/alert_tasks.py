"""The jobs that tell of alerts, by mail and by webhook: ordinary jobs, tried again with a delay.

Apart from `tasks.py`, and found through it. What becomes of them is no alert's matter (`ALERTS` in
tasks_app/alerts/rules.py).
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from backoffice.models import Message
from backoffice.sign_in.password_links import Letter
from tasks_app.alerts import letters, webhook
from tasks_app.alerts.causes import TryWebhookAgain
from tasks_app.alerts.rules import BY_MAIL, BY_WEBHOOK
from tasks_app.catalogue import job
from tasks_app.db import shared_time
from tasks_app.email_task import send_security_mail, sending
from tasks_app.models import AlertNotice

MAY = "tasks_app.change_alertrule"


class MailForm(forms.Form):
    notice_id = forms.IntegerField(label=_("Number of the notice"))
    address = forms.EmailField(label=_("Address"))


class WebhookForm(forms.Form):
    notice_id = forms.IntegerField(label=_("Number of the notice"))


@job(
    name=BY_MAIL,
    label=_("Tell of an alert by mail"),
    description=_("One mail that says what began and what is over. Its text is kept nowhere."),
    form=MailForm,
    icon="notifications",
    queue="high",
    permission=MAY,
    listed=False,
    about=lambda arguments: str(arguments.get("address", "")),
    makes=[Message],
    rerun_note=_("The same notice is sent once more."),
    **sending(lambda given: Message(security=True, to=str(given.get("address", "")))),
)
def alert_by_mail(self: Any, notice_id: int, address: str) -> dict[str, str]:
    return send_security_mail(self, lambda: Letter(address, *letters.letter_for(notice_id)))


@job(
    name=BY_WEBHOOK,
    label=_("Tell of an alert by webhook"),
    description=_("One signed request over HTTPS that says what began and what is over."),
    form=WebhookForm,
    icon="webhook",
    queue="low",
    permission=MAY,
    listed=False,
    about=lambda arguments: _rule_of(arguments.get("notice_id")),
    rerun_note=_("The same request is sent once more; its receiver knows it by its id."),
    autoretry_for=(TryWebhookAgain,),
    max_retries=6,
    retry_backoff=30,
    retry_backoff_max=960,
    time_limit=60,
)
def alert_by_webhook(self: Any, notice_id: int) -> dict[str, Any]:
    told = letters.payload(notice_id)
    rule = letters.notice_with(notice_id).rule
    status = webhook.post(
        rule.webhook,
        told,
        secret=settings.ALERT_WEBHOOK_SECRET,
        allowed=settings.ALERT_WEBHOOK_HOSTS,
        now=shared_time.now(),
    )
    return {"status": "ok", "answer": status}


def _rule_of(notice_id: Any) -> str:
    found = AlertNotice.objects.filter(pk=notice_id).values_list("rule__name", flat=True).first()
    return str(found or "")
