"""Pausing a queue, changing that, and resuming it: each one guarded UPDATE.

Heeded where jobs are claimed (`ledger.hot_sql`) and published (`clock.recovery`), by the time: a pause whose
end has come holds nothing, whether or not a clock has noted so.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tasks_app.control.reasons import kept_reason
from tasks_app.db import shared_time
from tasks_app.models import QueueState
from tasks_app.models.queue import holds

# Longer is a slip of the keyboard; a queue that is not needed for longer is paused without an end.
LONGEST = timedelta(days=366)
_OPEN: dict[str, Any] = {"paused": False, "paused_at": None, "paused_until": None, "pause_reason": ""}


def pause(queue: str, *, by: Any, reason: str = "", until: datetime | None = None) -> bool:
    """From here on no job of the queue starts; running ones end. False where it was paused before.

    The first pause holds, with its reason, until its end or until somebody resumes the queue. Raises
    ValueError, with a sentence, for a reason that is too long or an end that is none.
    """
    now = shared_time.now()
    check_end(until)
    changes = {"paused_until": until, "pause_reason": kept_reason(reason)}
    QueueState.objects.get_or_create(name=queue)
    open_one = QueueState.objects.filter(~holds(now), name=queue)
    return bool(open_one.update(paused=True, paused_at=now, changed_by=by, changed_at=now, **changes))


def change_pause(queue: str, *, reason: str, until: datetime | None, seen: datetime) -> bool:
    """Another reason or end of the pause that holds; False where it ended, or changed since `seen`.

    `seen` is the row's `changed_at` as it was shown. Who paused it, and since when, stays. Raises ValueError
    as `pause`.
    """
    now = shared_time.now()
    check_end(until)
    changes = {"paused_until": until, "pause_reason": kept_reason(reason)}
    shown = QueueState.objects.filter(holds(now), name=queue, changed_at=seen)
    return bool(shown.update(changed_at=now, **changes))


def resume(queue: str, *, by: Any) -> bool:
    """Open a paused queue; the clock publishes what waits within a tick. False where it was open."""
    now = shared_time.now()
    paused = QueueState.objects.filter(holds(now), name=queue)
    return bool(paused.update(**_OPEN, changed_by=by, changed_at=now))


def end_pauses(now: datetime, tell: Callable[[QueueState], object]) -> None:
    """Pauses whose end has come are over on paper too. `tell` hears of each row, as it was, within that
    transaction; of two clocks one tells."""
    for row in QueueState.objects.filter(~holds(now), paused=True):
        with transaction.atomic():
            as_it_was = QueueState.objects.filter(name=row.name, paused=True, paused_until=row.paused_until)
            if as_it_was.update(**_OPEN, changed_by=None, changed_at=now):
                tell(row)


def check_end(until: datetime | None) -> None:
    """Raises ValueError, with a sentence, for a moment that no pause ends at."""
    now = shared_time.now()
    if until is not None and until <= now:
        raise ValueError(_("The end of the pause is over already. Choose a later moment, or none."))
    if until is not None and until > now + LONGEST:
        raise ValueError(
            _(
                "A pause with an end takes a year at most. Choose an earlier moment, or none: it then holds "
                "until somebody resumes the queue."
            )
        )


def bring_forward(now: datetime) -> int:
    """After the time went back: pauses that begin in what is to come begin now, and are as long."""
    ahead = QueueState.objects.paused(now).filter(paused_at__gt=now, paused_until__isnull=False)
    return sum(_began_now(row, now) for row in ahead)


def _began_now(row: QueueState, now: datetime) -> int:
    took = max((row.paused_until or now) - (row.paused_at or now), timedelta())
    as_it_was = QueueState.objects.filter(
        name=row.name, paused=True, paused_at=row.paused_at, paused_until=row.paused_until
    )
    return int(as_it_was.update(paused_at=now, paused_until=now + took))
