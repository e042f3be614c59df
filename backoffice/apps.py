from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    name = "backoffice"
    verbose_name = _("Back office")

    def ready(self) -> None:
        # Importing them registers what they have.
        from backoffice import checks, searchables, touched  # noqa: F401
        from backoffice.mailings import letters  # noqa: F401
        from backoffice.questions import kinds
        from backoffice.reports import registry
        from backoffice.sign_in import records
        from backoffice.subscriptions import outside  # noqa: F401

        records.listen()
        registry.provide(registry.Source(kinds.all_kinds, kinds.find))
