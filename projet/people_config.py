"""Django's users and groups, under the name people know them by."""

from django.contrib.auth.apps import AuthConfig
from django.utils.translation import gettext_lazy as _


class PeopleConfig(AuthConfig):
    verbose_name = _("People")
