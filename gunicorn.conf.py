"""How `gunicorn projet.wsgi` serves when started in this folder; options on its command line win."""

import os
from typing import Any

from django.apps import apps
from django.conf import settings

from projet.conf.environment import read_settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "projet.settings")
read_settings()  # before any process of it starts: a wrong value is said once, and ends it

worker_class = "gthread"
threads = 4
# It would lie in the home folder, shared by every web process of one user on a machine.
control_socket_disable = True
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)s ms %({x-request-id}o)s'
# Its lines take the road of all others: one form, and none of gunicorn's own handlers.
logconfig_dict = settings.LOGGING | {
    "loggers": settings.LOGGING["loggers"]
    | {
        name: {"level": "INFO", "handlers": [], "propagate": True}
        for name in ("gunicorn.error", "gunicorn.access")
    }
}


def post_worker_init(worker: Any) -> None:
    from tasks_app import temporary
    from tasks_app.monitor import heartbeat  # imports models, which Django has loaded by now

    temporary.begin()
    heartbeat.start_web_pulse()


def worker_exit(server: Any, worker: Any) -> None:
    if apps.ready:  # it got as far as to serve
        from tasks_app.monitor import heartbeat

        heartbeat.stop_pulse()
