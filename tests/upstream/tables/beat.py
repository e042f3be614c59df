"""What we lean on in beat, Celery's schedules and django-celery-beat, and why."""

from __future__ import annotations

from tests.upstream.leaning import CLOCK, COMMAND, WORKER, Lean

LEANS = (
    Lean(
        "celery.beat:Scheduler.__init__",
        "self, app, schedule, max_interval, Producer, lazy, sync_every_tasks, **kwargs",
        "A clock has a name, and is lenient at first.",
        CLOCK,
    ),
    Lean("celery.beat:Scheduler.setup_schedule", "self", "There is nothing to hold in memory.", CLOCK),
    Lean("celery.beat:Scheduler.tick", "self, event_t, min, heappop, heappush", "One look a second.", CLOCK),
    Lean("celery.beat:Scheduler.close", "self", "Says goodbye.", CLOCK),
    Lean("celery.beat:Scheduler.info", "self", "A line of the banner.", CLOCK),
    Lean(
        "celery.apps.beat:Beat.__init__",
        "self, max_interval, app, socket_timeout, pidfile, no_color, loglevel, logfile, schedule, scheduler, "
        "scheduler_cls, redirect_stdouts, redirect_stdouts_level, quiet, remote_control, hostname, **kwargs",
        "No banner among lines of JSON.",
        COMMAND,
    ),
    Lean("celery.app.base:Celery.Beat", "self, **kwargs", "Where `celery beat` finds it.", COMMAND),
    Lean(
        "celery.app.base:Celery.now",
        "self",
        "A countdown is counted from the time that all hosts share.",
        WORKER,
    ),
    Lean(
        "django_celery_beat.models:PeriodicTask.__str__",
        "self",
        "A schedule whose rhythm has no words is called by its name.",
    ),
    Lean(
        "timezone_field:TimeZoneField.from_db_value",
        "self, value, *_args",
        "A zone that is none is read as the text that it is.",
    ),
    Lean("timezone_field:TimeZoneField.to_python", "self, value", "The same."),
    Lean("timezone_field:TimeZoneField.validate", "self, value, model_instance", "But it is not saved."),
    Lean(
        "celery.app.base:Celery.subclass_with_self",
        "self, Class, name, attribute, reverse, keep_reduce, **kw",
        "Makes it the app's own.",
    ),
    Lean(
        "django_celery_beat.schedulers:ModelEntry._unpack_fields",
        "schedule, args, kwargs, relative, options, **entry",
        "A row from an entry of CELERY_BEAT_SCHEDULE.",
    ),
    Lean(
        "django_celery_beat.models:PeriodicTasks.last_change",
        "",
        "Nothing is read anew while it is the same.",
    ),
    Lean("celery.schedules:crontab_parser.__init__", "self, max_, min_", "One field of a crontab."),
    Lean("celery.schedules:crontab_parser.parse", "self, spec", "The same: what it stands for."),
    Lean("celery.schedules:ParseException", None, "What it says of a field that it cannot read."),
    Lean("celery.schedules:crontab.from_string", "crontab", "A crontab of fixtures/schedules.json."),
    Lean("celery.schedules:solar.__init__", "self, event, lat, lon, **kwargs", "An event of the sun."),
    Lean("celery.schedules:solar.remaining_estimate", "self, last_run_at", "When it comes next."),
)
