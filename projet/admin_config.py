"""The admin site of the back office: Unfold's, with our own index and sidebar."""

from django.contrib.admin.apps import AdminConfig


class BackOfficeAdminConfig(AdminConfig):
    default_site = "projet.admin_site.BackOfficeSite"
