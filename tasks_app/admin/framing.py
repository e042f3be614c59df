"""What a page may load that previews an email in a frame of its own source (srcdoc).

Such a frame is held to its page's policy as well, and an email has its style in itself and its pictures
anywhere. So its page allows these two; scripts stay as they are, and the frame's sandbox runs none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from csp.decorators import csp_update
from django.http import HttpResponse

LOOSER = {"style-src": ["'unsafe-inline'"], "img-src": ["https:"], "font-src": ["https:"]}


def allows_preview[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Decorator of whatever answers with such a page."""
    return cast(Callable[P, HttpResponse], csp_update(LOOSER)(cast(Any, view)))
