"""What a database's error means: it is busy, away or full; or something is wrong with what it was given."""

from __future__ import annotations

from enum import Enum
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError


class Outage(Enum):
    """Why a database does not do what it was asked, though nothing is wrong with what that was."""

    BUSY = "busy"  # somebody holds a lock, or it has more to do than it can: a moment later it goes on
    AWAY = "away"
    FULL = "full"  # or it may not write


# SQLite's primary result codes (https://www.sqlite.org/rescode.html).
_SQLITE = {
    5: Outage.BUSY,
    6: Outage.BUSY,
    8: Outage.FULL,
    9: Outage.BUSY,  # interrupted: its deadline was over, as of a statement_timeout
    10: Outage.AWAY,
    13: Outage.FULL,
    14: Outage.AWAY,
    26: Outage.AWAY,
}
# PostgreSQL's, by what they begin with (its manual, appendix A).
_POSTGRESQL = {
    "08": Outage.AWAY,
    "57P": Outage.AWAY,  # shut down, crashed, starting up
    "40": Outage.BUSY,  # a deadlock, and it was the victim
    "55P03": Outage.BUSY,  # lock_timeout
    "57014": Outage.BUSY,  # statement_timeout
    "53300": Outage.BUSY,  # too many connections
    "53": Outage.FULL,
    "25006": Outage.FULL,  # it stands by for another, or was told to take no writes
}
# Of what it was given: a value it cannot keep, more than it can take.
_OF_THE_VALUE = ("22", "54")


def outage_of(error: BaseException) -> Outage | None:
    """None where the error is of another kind: a fault of ours."""
    if not isinstance(error, OperationalError | InterfaceError | DatabaseError):
        return None
    cause: Any = error.__cause__
    if (code := getattr(cause, "sqlite_errorcode", None)) is not None:
        return _SQLITE.get(code & 0xFF)
    state = getattr(cause, "sqlstate", None)
    if state is None:  # no server answered; a driver that refuses a value raises no such class
        return Outage.AWAY if isinstance(error, OperationalError | InterfaceError) else None
    return next(
        (_POSTGRESQL[code] for code in sorted(_POSTGRESQL, key=len, reverse=True) if state.startswith(code)),
        None,
    )


def is_of_the_value(error: BaseException) -> bool:
    """Whether asking again would end the same way, for what the database was given."""
    if isinstance(error, OperationalError | InterfaceError):
        return str(getattr(error.__cause__, "sqlstate", None) or "").startswith(_OF_THE_VALUE)
    return True
