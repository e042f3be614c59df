"""How the admin looks: Unfold's settings. The sidebar is in sidebar.py.

Unfold calls what stands here as a dotted path and says nothing of a typing error:
tests/pages/test_theme.py imports each.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Petrol: apart from the green, red, orange and blue that states are shown in. White on 600, 600 on
# white and 400/500 on the dark base all reach 4.5:1 (WCAG AA; held by tests/pages/test_theme.py).
PRIMARY = {
    "50": "oklch(97.6% .012 205)",
    "100": "oklch(94.2% .027 205)",
    "200": "oklch(88.9% .05 206)",
    "300": "oklch(82% .08 208)",
    "400": "oklch(75.5% .1 210)",
    "500": "oklch(68% .105 213)",
    "600": "oklch(49.5% .088 218)",
    "700": "oklch(43.5% .077 220)",
    "800": "oklch(37.5% .065 222)",
    "900": "oklch(32% .053 224)",
    "950": "oklch(24% .04 226)",
}
# A neutral with a breath of the same hue.
BASE = {
    "50": "oklch(98.5% .002 230)",
    "100": "oklch(96.6% .004 230)",
    "200": "oklch(92.6% .007 232)",
    "300": "oklch(87% .011 234)",
    "400": "oklch(71% .02 236)",
    "500": "oklch(53.5% .024 238)",
    "600": "oklch(44% .026 240)",
    "700": "oklch(36.5% .028 242)",
    "800": "oklch(27.5% .027 244)",
    "900": "oklch(20.5% .024 246)",
    "950": "oklch(14% .02 248)",
}

UNFOLD_SETTINGS: dict[str, Any] = {
    "SITE_URL": None,  # there is no other site to return to
    "SITE_ICON": "projet.admin_site.theme.icon",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "projet.admin_site.theme.icon"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {
        "navigation": [
            {"title": gettext_lazy("Change password"), "link": reverse_lazy("admin:password_change")},
            {"title": gettext_lazy("Second factor"), "link": reverse_lazy("second_factor")},
        ]
    },
    "SHOW_BACK_BUTTON": True,
    "BORDER_RADIUS": "8px",
    "COLORS": {"base": BASE, "primary": PRIMARY},
    "ENVIRONMENT": "projet.admin_site.theme.environment",
    "STYLES": [
        "projet.admin_site.palette.address",
        "projet.admin_site.theme.stylesheet",
        "projet.admin_site.theme.lists_stylesheet",
    ],
    "SCRIPTS": [
        "projet.admin_site.theme.script",
        "projet.admin_site.theme.access_script",
        "projet.admin_site.theme.search_script",
    ],
    "DASHBOARD_CALLBACK": "backoffice.admin.dashboard.dashboard",
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "projet.admin_site.sidebar.navigation",
    },
    "COMMAND": {"show_history": False},
}


def icon(request: HttpRequest) -> str:
    return static("backoffice/icon.svg")


def stylesheet(request: HttpRequest) -> str:
    return static("backoffice/backoffice.css")


def lists_stylesheet(request: HttpRequest) -> str:
    return static("backoffice/lists.css")


def script(request: HttpRequest) -> str:
    return static("backoffice/backoffice.js")


def access_script(request: HttpRequest) -> str:
    return static("backoffice/access.js")


def search_script(request: HttpRequest) -> str:
    return static("backoffice/search.js")


def environment(request: HttpRequest) -> list[str] | None:
    """The badge in the header: none in production, where nobody needs to be told."""
    badges = {"local": [_("Local"), "info"], "test": [_("Test"), "warning"]}
    return badges.get(settings.ENVIRONMENT)
