"""Django's own apps as the back office has them: INSTALLED_APPS names these in their place."""

from django.contrib.admin.apps import AdminConfig
from django.contrib.auth.apps import AuthConfig
from django.utils.translation import gettext_lazy as _

from projet.formats import ordinals


class BackOfficeAdminConfig(AdminConfig):
    """The admin, with our site: Unfold's, with an index and a sidebar of our own."""

    default_site = "projet.admin_site.site.BackOfficeSite"

    def ready(self) -> None:
        ordinals.install()
        super().ready()


class PeopleConfig(AuthConfig):
    """Users and groups, under the name people know them by."""

    verbose_name = _("People")
