"""Which failures are one group: those of one kind of job with one cause."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from tasks_app.models import FailureGroup, FailureStatus, State
from tasks_app.notices import hint, say_in_general

# Before the class of an error, where no cause was kept: no code has a colon after a first part like this.
CLASS = "class:"


class Key(NamedTuple):
    kind: str
    cause: str
    error_class: str  # "" where there is a cause

    @property
    def address(self) -> str:
        return address_of(self.cause, self.error_class)


def key_of(kind: str, cause: str | None, error_class: str) -> Key:
    """Of a job's own columns."""
    return Key(kind, cause, "") if cause else Key(kind, "", error_class)


def key_of_group(group: FailureGroup) -> Key:
    return Key(group.kind, group.cause, group.error_class)


def address_of(cause: str, error_class: str) -> str:
    """A cause in an address: its code; of rows from before there were codes "class:ValueError"."""
    return cause or CLASS + error_class


def from_address(kind: str, address: str) -> Key:
    if address.startswith(CLASS):
        return Key(kind, "", address.removeprefix(CLASS))
    return Key(kind, address, "")


def jobs_with(addresses: Iterable[str]) -> Q:
    """The failed jobs with any of these causes, of whatever kind: each found by an index."""
    keys = [from_address("", address) for address in addresses]
    found = Q(pk__in=[])
    if codes := [key.cause for key in keys if key.cause]:
        found |= Q(state=State.FAILED, cause__in=codes)
    if classes := [key.error_class for key in keys if not key.cause]:
        found |= Q(state=State.FAILED, cause=None, error_class__in=classes)
    return found


def jobs_of(key: Key) -> Q:
    """The failed jobs of a group."""
    return jobs_with([key.address]) & Q(name=key.kind)


def groups_with(keys: Iterable[Key]) -> Q:
    """A filter that finds the groups of these keys, and perhaps some others of the same kinds and causes."""
    found = list(keys)
    columns: dict[str, Any] = {
        f"{name}__in": sorted({getattr(key, name) for key in found}) for name in Key._fields
    }
    return Q(**columns)


def groups_with_cause(keys: Iterable[Key]) -> Q:
    """The groups with any of these causes, of whatever kind."""
    found = Q(pk__in=[])
    for key in keys:
        found |= Q(cause=key.cause, error_class=key.error_class)
    return found


def is_ignored() -> Exists:
    """Of a failed job: people said of its cause that it is to be ignored."""
    groups = FailureGroup.objects.filter(
        Q(~Q(cause="") | Q(error_class=OuterRef("error_class"))),
        status=FailureStatus.IGNORED,
        kind=OuterRef("name"),
        cause=Coalesce(OuterRef("cause"), Value("")),
    )
    return Exists(groups)


# --- In words -----------------------------------------------------------------------------------


def why(key: Key) -> str:
    """Without persons or values, in the reader's language: it is said of many."""
    if key.cause:
        return say_in_general(key.cause)
    name = key.error_class.rpartition(".")[2]
    return name or _("An error without a name")


def said_of_old(key: Key) -> str:
    """What to know of a group of jobs that kept no cause; "" of others."""
    if key.cause:
        return ""
    return _("From before causes were kept: grouped by the class of the error alone.")


def advice(key: Key) -> str:
    return hint(key.cause) if key.cause else ""
