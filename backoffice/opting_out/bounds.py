"""How often one link may be asked for: more than any person or mail program does.

Counted by each web process for itself, which costs no write: it bounds what one link can cost.
"""

from __future__ import annotations

import hashlib

from django.core.cache import cache

WINDOW = 60  # seconds
MOST = 30  # requests for one link within it


def is_too_often(token: str) -> bool:
    """Count a request."""
    key = f"opting-out:{hashlib.sha256(token.encode()).hexdigest()}"
    if cache.add(key, 1, WINDOW):
        return False
    try:
        return bool(cache.incr(key) > MOST)
    except ValueError:  # its time ended in between
        return False
