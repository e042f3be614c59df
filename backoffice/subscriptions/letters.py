"""What a subscription's emails say, in its language, and each as an unsaved message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.emails.addresses import address, envelope
from backoffice.emails.compose import SUBJECT_LENGTH
from backoffice.emails.text import clean, cut, one_line
from backoffice.models import Form, Message, Report, Subscription
from backoffice.opting_out.links import headers_for, link_for
from backoffice.subscriptions.outside import PURPOSE
from backoffice.subscriptions.readers import Judged, name_of
from backoffice.subscriptions.unread import PERIODS

# So that programs which answer mails by themselves leave these alone (RFC 3834).
BY_A_MACHINE = {"Auto-Submitted": "auto-generated"}


def to_reader(
    subscription: Subscription, to: Judged, title: str, reports: Sequence[Report], skipped: Sequence[str]
) -> Message:
    """With the documents, or the way to them; `skipped` are the periods since the last that had nothing."""
    parts = [_attached(reports) if to.form == Form.ATTACHED else _linked(reports)]
    if skipped:
        parts.append(
            _("Nothing came in between, as there was nothing to report: %(titles)s.")
            % {"titles": ", ".join(skipped)}
        )
    headers: dict[str, str] = {}
    if to.reader.outside_id is None:
        parts.append(
            _("You read the subscription “%(name)s”:\n%(link)s")
            % {"name": subscription.name, "link": page_of(subscription)}
        )
    else:
        key = str(to.reader.outside_id)
        headers = headers_for(PURPOSE, key)
        parts.append(
            _("To get no more of these emails, open this link:\n%(link)s") % {"link": link_for(PURPOSE, key)}
        )
    return _message(to.address, "" if to.reader.outside_id else to.name, title, parts, headers)


def to_owner(subscription: Subscription, title: str, said: Sequence[str]) -> Message | None:
    """What its owner should know; None where there is nobody to tell."""
    owner: Any = subscription.owner
    if owner is None or not owner.is_active or not owner.email or not said:
        return None
    parts = [
        *said,
        _("The subscription “%(name)s”:\n%(link)s")
        % {"name": subscription.name, "link": page_of(subscription)},
    ]
    return _message(owner.email, name_of(owner), title, parts)


def unread(subscription: Subscription) -> str:
    return ngettext(
        "Nobody opened the last issue of “%(name)s”. Should it end? Its page asks you.",
        "Nobody opened the last %(count)s issues of “%(name)s”. Should it end? Its page asks you.",
        PERIODS,
    ) % {"name": subscription.name, "count": PERIODS}


def page_of(subscription: Subscription) -> str:
    return _absolute(reverse("admin:backoffice_subscription_change", args=[subscription.pk]))


def _attached(reports: Sequence[Report]) -> str:
    files = [f"{one.file_name} ({filesizeformat(one.size)})" for one in reports]
    return "\n".join([_("You find attached:"), *files])


def _linked(reports: Sequence[Report]) -> str:
    links = [
        f"{one.file_name} ({filesizeformat(one.size)})\n"
        f"{_absolute(reverse('admin:backoffice_report_change', args=[one.pk]))}"
        for one in reports
    ]
    return "\n".join([_("Read it here, once you are signed in:"), *links])


def _absolute(path: str) -> str:
    return settings.SITE_URL.rstrip("/") + path


def _message(
    to: str, name: str, title: str, parts: Sequence[str], headers: Mapping[str, str] | None = None
) -> Message:
    return Message(
        to=envelope(to),
        sender=one_line(settings.DEFAULT_FROM_EMAIL),
        subject=cut(one_line(title), SUBJECT_LENGTH),
        text=clean("\n\n".join(parts)),
        headers={"To": str(address(to, name)), **BY_A_MACHINE, **(headers or {})},
    )
