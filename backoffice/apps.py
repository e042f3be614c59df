from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        from backoffice import checks, searchables  # noqa: F401 - importing them registers what they have
        from backoffice.sign_in import records

        records.listen()
