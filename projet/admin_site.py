"""One admin site: pages beyond the model admins are registered as views on it."""

from unfold.sites import UnfoldAdminSite


class BackOfficeSite(UnfoldAdminSite):
    enable_nav_sidebar = True
