"""Addresses outside: which may be written to, and what opting out stops."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from backoffice import spelling
from backoffice.models import OutsideReader, Reader
from backoffice.opting_out.links import is_reachable
from backoffice.opting_out.purposes import Offer, Purpose, register
from backoffice.reports import registry
from backoffice.reports.base import ReportType
from backoffice.subscriptions import causes
from backoffice.subscriptions.owners import is_here
from tasks_app.audit.recording import Line
from tasks_app.audit.system import record_of_system
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice

SHARE = "backoffice.share_report"


def spelled(address: str) -> str:
    """As it is kept and compared: in small letters, its domain as people read it."""
    return spelling.address(address).lower()


def may_share(user: Any, kind: ReportType) -> bool:
    """Whether this person may have reports of the type sent outside."""
    return kind.shareable and not kind.confidential and is_here(user) and bool(user.has_perm(SHARE))


def why_not(kind: ReportType, address: str) -> Notice | None:
    """Why nothing of this type goes to the address, whoever asks; None where it may."""
    domain = spelled(address).rpartition("@")[2]
    allowed = {spelling.readable_domain(one).lower() for one in settings.REPORT_SHARE_DOMAINS}
    outside = OutsideReader.objects.filter(type=kind.slug, address=spelled(address))
    if outside.filter(opted_out_at__isnull=False).exists():
        return causes.OPTED_OUT()
    if kind.confidential:
        return causes.CONFIDENTIAL()
    if not kind.shareable:
        return causes.NOT_SHAREABLE()
    if domain not in allowed:
        return causes.DOMAIN_NOT_ALLOWED(domain=domain)
    return None if is_reachable() else causes.NOT_REACHABLE()


def _find(key: str) -> Offer | None:
    outside = _with_key(key)
    if outside is None:
        return None
    kinds = {one.slug: one.title for one in registry.report_types()}
    title = gettext("The report “%(title)s”, sent to %(address)s.") % {
        "title": kinds.get(outside.type, outside.type),
        "address": outside.address,
    }
    return Offer(title, outside.opted_out_at is not None)


def _opt_out(key: str) -> None:
    """Of all subscriptions to that report, now and later: whoever has the link asked once, and means it."""
    outside, now, why = _with_key(key), timezone.now(), causes.OPTED_OUT()
    if outside is None:
        return
    with transaction.atomic():
        if not OutsideReader.objects.filter(pk=outside.pk, opted_out_at=None).update(opted_out_at=now):
            return
        readings = Reader.objects.filter(outside=outside, stopped_at=None).select_related("subscription")
        for reading in list(readings):
            said = causes.READER_OPTED_OUT(address=outside.address)
            record_of_system(Line(reading.subscription, str(reading.subscription), said))
        readings.update(stopped_at=now, stopped_because=str(why), **columns_of(why))


def _with_key(key: str) -> OutsideReader | None:
    return OutsideReader.objects.filter(pk=int(key)).first() if key.isdecimal() else None


PURPOSE = register(Purpose("report", _find, _opt_out))
