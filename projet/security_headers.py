"""What a browser may do with our pages: the content security policy, and the headers beside it.

Held in Chromium: tests/browser/test_every_page.py and test_pages_by_steps.py open every page, and nothing is
refused on any; test_policy.py slips in what is not ours, and that is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

SELF, NONE = "'self'", "'none'"

CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "DIRECTIVES": {
        "default-src": [NONE],
        # No inline script anywhere. Unfold's pages are written for Alpine, which evaluates what stands in
        # their x- attributes; its CSP build reads neither their global functions nor their template strings.
        "script-src": [SELF, "'unsafe-eval'"],
        "style-src": [SELF],
        # Unfold's sidebar and progress bars have widths as attributes. An attribute styles one element and
        # cannot load anything but what img-src allows.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],  # Unfold's stylesheet draws arrows and ticks as data: URLs
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],  # messages and reports are read in frames of our own
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
    }
}
# For the page that is shown when everything else is broken: it has its style in itself and nothing more.
BROKEN_PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
# For the page that everybody may open: likewise, and its form leads to itself.
OPEN_PAGE_POLICY = f"{BROKEN_PAGE_POLICY}; form-action 'self'"

# A back office needs none of a browser's devices.
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "bluetooth",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "hid",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


class SecurityHeaders:
    """Middleware: headers that Django has no setting for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response
