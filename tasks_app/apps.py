from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksAppConfig(AppConfig):
    name = "tasks_app"
    verbose_name = _("Background work")

    def ready(self) -> None:
        # Every process knows every job: the catalogue is the web's as much as the worker's.
        # So it knows what the clock alone decides, for pages and reports say it.
        # Heartbeats, the clean stop and the folders of temporary files connect to the worker's signals.
        from tasks_app import tasks, temporary  # noqa: F401
        from tasks_app.alerts.watching import look_for_the_clock
        from tasks_app.clock import ended_pauses  # noqa: F401
        from tasks_app.monitor import heartbeat
        from tasks_app.schedules import checking, lenient_rows
        from tasks_app.schedules.promises import causes  # noqa: F401
        from tasks_app.worker import finishing, shutdown  # noqa: F401

        heartbeat.after_beat.append(look_for_the_clock)
        lenient_rows.read_leniently()
        checking.check_each_save()
