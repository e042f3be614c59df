"""The colours of theme.py as a style sheet.

Unfold writes them into each page, which the content security policy refuses: a style sheet of our own
carries them, kept by the browser until they change.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe
from unfold.settings import get_config
from unfold.utils import convert_color

YEAR = 365 * 24 * 60 * 60  # seconds


@cache
def sheet() -> str:
    """One rule: each colour as the variable that Unfold's style sheet asks for."""
    config = get_config()  # ours over Unfold's own
    lines = [f"--border-radius: {config['BORDER_RADIUS']};"]
    for name, weights in config["COLORS"].items():
        lines += [f"--color-{name}-{weight}: {convert_color(value)};" for weight, value in weights.items()]
    return ":root {\n  " + "\n  ".join(lines) + "\n}\n"


def address(request: HttpRequest) -> str:
    """Its URL, which changes with the colours."""
    return reverse("palette", query={"v": sha256(sheet().encode()).hexdigest()[:12]})


@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        sheet(), content_type="text/css", headers={"Cache-Control": f"public, max-age={YEAR}, immutable"}
    )
