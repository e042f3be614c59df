"""How the admin looks: Unfold's settings, the sidebar by role."""

from typing import Any

UNFOLD_SETTINGS: dict[str, Any] = {
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
}
