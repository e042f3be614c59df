"""Whether a disk without room lies behind an error."""

from __future__ import annotations

import errno

# No block is left, none of those that this user may take, none that a file of this process may have.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def is_full(error: BaseException | None) -> bool:
    """Whether it, or what it was raised in the handling of, says so: what cleans up after a file that could
    not be written raises errors of its own."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return False
