"""A notice in words, for a mail, and as what a webhook says. Neither names a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tasks_app.alerts import causes
from tasks_app.alerts.causes import WebhookRefused
from tasks_app.display import zoned
from tasks_app.models import AlertNotice
from tasks_app.notices import say
from tasks_app.zones import read_in

BEGAN, OVER = "began", "over"


def notice_with(pk: int) -> AlertNotice:
    """Raises WebhookRefused where its rule was deleted meanwhile."""
    notice = AlertNotice.objects.select_related("rule").filter(pk=pk).first()
    if notice is None:
        raise WebhookRefused(causes.GONE())
    return notice


def letter_for(pk: int) -> tuple[str, str]:
    """Subject and text, in the language of the office: an address has none."""
    notice = notice_with(pk)
    with translation.override(settings.LANGUAGE_CODE), read_in(None):
        lines = [line for _state, _code, line in _lines(notice)]
        moment = zoned(timezone.localtime(notice.at), _("j M Y, H:i T"))
        opening = _("%(moment)s, by the rule “%(rule)s”:") % {"moment": moment, "rule": notice.rule.name}
        closing = _("Written by a machine. The next of this rule comes in ten minutes at the earliest.")
        text = [opening, "", *lines, "", place(), "", closing]
        return f"{settings.COMPANY_NAME}: {subject(notice)}", "\n".join(text)


def payload(pk: int) -> dict[str, Any]:
    """For a webhook; `id` is the same however often it is tried."""
    notice = notice_with(pk)
    with translation.override(settings.LANGUAGE_CODE), read_in(None):
        return {
            "id": notice.pk,
            "rule": notice.rule.name,
            "on": notice.rule.on,
            "at": notice.at.isoformat(),
            "test": is_test(notice),
            "subject": subject(notice),
            "began": notice.began_count,
            "over": notice.over_count,
            "lines": [{"state": state, "code": code, "text": text} for state, code, text in _lines(notice)],
            "url": place(),
        }


def subject(notice: AlertNotice) -> str:
    """What began, or what is over; of much how much."""
    if is_test(notice):
        return _("Test of the alert “%(rule)s”") % {"rule": notice.rule.name}
    words = []
    if notice.began_count:
        words.append(
            ngettext("%(count)s alert began", "%(count)s alerts began", notice.began_count)
            % {"count": notice.began_count}
        )
    if notice.over_count:
        words.append(
            ngettext("%(count)s alert is over", "%(count)s alerts are over", notice.over_count)
            % {"count": notice.over_count}
        )
    return ", ".join(words)


def is_test(notice: AlertNotice) -> bool:
    return [code for code, _params in notice.began] == [causes.TEST.code]


def place() -> str:
    """Where it is looked at: no address of a person."""
    return urljoin(settings.SITE_URL, reverse("admin:tasks_app_failuregroup_changelist"))


def _lines(notice: AlertNotice) -> Iterator[tuple[str, str, str]]:
    """State, code and sentence of each, and how many others there are."""
    parts = ((BEGAN, notice.began, notice.began_count), (OVER, notice.over, notice.over_count))
    for state, named, count in parts:
        for code, params in named:
            said = say(code, params)
            yield state, code, said if state == BEGAN else _("Over: %(what)s") % {"what": said}
        if others := count - len(named):
            yield state, "", _("… and %(count)s others") % {"count": others}
