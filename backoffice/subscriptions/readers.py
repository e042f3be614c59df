"""Who still gets a subscription, where to and in which form; who does not, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from backoffice.emails.addresses import envelope
from backoffice.emails.errors import Refused
from backoffice.models import Form, Reader, Subscription
from backoffice.reports.base import ReportType
from backoffice.subscriptions import causes, outside
from backoffice.subscriptions.owners import is_here
from tasks_app.models.caused import columns_of
from tasks_app.notices import Notice

SEE = "backoffice.view_report"
# What may be otherwise at the next run: the reader stays.
PASSING = frozenset(
    one.code
    for one in (causes.NO_ADDRESS, causes.BAD_ADDRESS, causes.NOT_REACHABLE, causes.OWNER_MAY_NOT_SHARE)
)


@dataclass(frozen=True)
class Judged:
    """One reader at one run. `why_not`: it gets nothing now; and never again where `has_stopped`."""

    reader: Reader
    name: str
    address: str
    form: Form
    why_not: Notice | None = None

    @property
    def has_stopped(self) -> bool:
        return self.why_not is not None and self.why_not.code not in PASSING


def judged(subscription: Subscription, kind: ReportType) -> Iterator[Judged]:
    """Each of its readers for whom it had not stopped before."""
    readers = subscription.readers.filter(stopped_at=None).select_related("user", "outside").order_by("pk")
    for reader in readers:
        if reader.outside is not None:
            why_not = _why_not_outside(subscription, kind, reader.outside.address)
            # An address outside gets no link: there is nothing behind it that it could open.
            yield Judged(reader, str(reader), reader.outside.address, Form.ATTACHED, why_not)
        else:
            user: Any = reader.user
            linked = kind.confidential or subscription.form == Form.LINKED
            form = Form.LINKED if linked else Form.ATTACHED
            yield Judged(reader, name_of(user), user.email, form, _why_not_inside(user, kind))


def name_of(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


def stop(reader: Reader, why: Notice) -> bool:
    """It is at an end for this reader alone; False where it was before."""
    running = Reader.objects.filter(pk=reader.pk, stopped_at=None)
    return bool(running.update(stopped_at=timezone.now(), stopped_because=str(why), **columns_of(why)))


def _why_not_inside(user: Any, kind: ReportType) -> Notice | None:
    if not is_here(user):
        return causes.ACCOUNT_CLOSED()
    if not user.has_perm(SEE) or not kind.visible_to(user):
        return causes.NO_RIGHT()
    return _why_not_there(user.email)


def _why_not_outside(subscription: Subscription, kind: ReportType, address: str) -> Notice | None:
    why_not = outside.why_not(kind, address)
    if why_not is None and not outside.may_share(subscription.owner, kind):
        why_not = causes.OWNER_MAY_NOT_SHARE()
    return why_not or _why_not_there(address)


def _why_not_there(address: str) -> Notice | None:
    if not address:
        return causes.NO_ADDRESS()
    try:
        envelope(address)
    except Refused:
        return causes.BAD_ADDRESS(address=address)
    return None
