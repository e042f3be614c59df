"""What we lean on in Celery, billiard and django-celery-results, and why."""

from __future__ import annotations

from tests.upstream.leaning import HERE, WORKER, Lean

LEANS = (
    # --- The worker's main process ----------------------------------------------------------------
    Lean(
        "celery.worker.consumer.consumer:Consumer.on_send_event_buffered",
        "self",
        "Events leave many in one message, not one by one.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.register_with_event_loop",
        "self, hub",
        "The timers of limits that were cancelled are dropped from time to time.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.create_task_handler",
        "self, promise",
        "What it stumbles over is refused: it would end the worker.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.on_decode_error",
        "self, message, exc",
        "What cannot be read leaves a row.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.on_invalid_task",
        "self, body, message, exc",
        "The same of a task with wrong parts.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.on_unknown_message",
        "self, body, message",
        "The same of what is no task.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.on_unknown_task",
        "self, body, message, exc",
        "The same of a foreign task that no worker here knows.",
        WORKER,
    ),
    Lean(
        "celery.worker.consumer.consumer:Consumer.on_connection_error_after_connected",
        "self, exc",
        "What lies in the place of a queue is put aside.",
        WORKER,
    ),
    Lean("celery.worker.consumer.consumer:Consumer._flush_events", "self", "What sends the buffered events."),
    Lean(
        "celery.events.dispatcher:EventDispatcher.send",
        "self, type, blind, utcoffset, retry, retry_policy, Event, **fields",
        "No event is sent a second time: the event loop would stand still while the broker is away.",
        WORKER,
    ),
    Lean(
        "celery.worker.request:Request.__init__",
        "self, message, on_ack, hostname, eventer, app, connection_errors, request_dict, task, on_reject, "
        "body, headers, decoded, utc, maybe_make_aware, maybe_iso8601, **opts",
        "The token of a run is made with the delivery.",
        WORKER,
    ),
    Lean(
        "celery.worker.request:Request.info",
        "self, safe",
        "`celery inspect` tells no secret argument.",
        WORKER,
    ),
    Lean(
        "celery.worker.request:Request.send_event",
        "self, type, **fields",
        "Events tell no secret argument.",
        WORKER,
    ),
    Lean(
        "celery.worker.request:Request.on_failure",
        "self, exc_info, send_failed_event, return_ok",
        "A lost process: the row is decided on before the message goes back.",
        WORKER,
    ),
    Lean(
        "celery.worker.request:Request._announce_revoked",
        "self, reason, terminated, signum, expired",
        "A foreign message that expired leaves a row.",
        WORKER,
    ),
    Lean("celery.worker.request:Request._eta", None, "A foreign message waits as a row, not in the worker."),
    Lean(
        "celery.worker.request:Request.maybe_expire",
        "self",
        "By the time that all hosts share.",
        WORKER,
    ),
    Lean("celery.worker.request:Request._expires", None, "The same: until when."),
    Lean("celery.worker.state:revoked", None, "The same: where Celery notes it."),
    Lean(
        "celery.worker.request:Request._announce_cancelled",
        "self, emit_retry",
        "A worker that stops lets go of what it cuts off.",
        WORKER,
    ),
    Lean(
        "celery.worker.request:Request._request_dict",
        None,
        "What the pool process gets: the token is put there.",
    ),
    Lean("celery.worker.request:Request._type", None, "The job's name."),
    Lean("celery.worker.request:Request._args", None, "The arguments, to find the secret ones in."),
    Lean("celery.worker.request:Request._kwargs", None, "The same."),
    Lean("celery.worker.request:Request._argsrepr", None, "The arguments as events tell them: masked there."),
    Lean("celery.worker.request:Request._kwargsrepr", None, "The same."),
    Lean("celery.worker.request:Request()._ignore_result", None, "Celery would not tell of a retry either."),
    Lean(
        "celery.worker.request:Request._context",
        "self",
        "Celery's request of a job, as its backend takes it.",
    ),
    Lean("celery.worker.state:should_stop", None, "Whether a shutdown was asked for."),
    Lean("celery.worker.state:should_terminate", None, "The same, for a cold one."),
    Lean("celery.worker.control:conf", "state, with_defaults, **kwargs", "Told without passwords."),
    Lean("celery.worker.control:report", "state", "The same."),
    Lean("celery.worker.control:inspect_command", "**kwargs", "Registers ours in the place of Celery's."),
    Lean("celery.utils.serialization:strtobool", "term, table", "Reads the argument of `conf`."),
    # --- The pool process -------------------------------------------------------------------------
    Lean("celery.app.task:Task.before_start", "self, task_id, args, kwargs", "The claim.", WORKER),
    Lean("celery.app.task:Task.__call__", "self, *args, **kwargs", "What follows from a body's end.", WORKER),
    Lean(
        "celery.app.task:Task.retry",
        "self, args, kwargs, exc, throw, eta, countdown, max_retries, **options",
        "The declared backoff, for an explicit retry too.",
        WORKER,
    ),
    Lean("celery.app.task:Task.replace", "self, sig", "The row goes to what replaces the job.", WORKER),
    Lean(
        "celery.app.task:Task.update_state",
        "self, task_id, state, meta, **kwargs",
        "Only the run that has the job tells of it.",
        WORKER,
    ),
    Lean(
        "celery.app.task:Task.apply",
        "self, args, kwargs, link, link_error, task_id, retries, throw, logfile, loglevel, headers, "
        "**options",
        "A job that runs here and now has its row too.",
        HERE,
    ),
    Lean(
        "celery.app.task:Context.__init__",
        "self, *args, **kwargs",
        "Built from a row, for ends that no worker writes.",
    ),
    # --- The result backend -----------------------------------------------------------------------
    Lean(
        "celery.backends.base:Backend.mark_as_done",
        "self, task_id, result, request, store_result, state",
        "An end in one transaction.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend.mark_as_failure",
        "self, task_id, exc, traceback, request, store_result, call_errbacks, state",
        "The same.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend.mark_as_retry",
        "self, task_id, exc, traceback, request, store_result, state",
        "The same.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend.mark_as_revoked",
        "self, task_id, reason, request, store_result, state",
        "The same.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend._call_task_errbacks",
        "self, request, exc, traceback",
        "What an errback spoils is undone, the end stands.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend._fail_chain",
        "self, chain, exc, traceback, store_result, state",
        "A cancelled job takes the later steps of its chain with it.",
    ),
    Lean(
        "celery.backends.base:Backend.prepare_exception",
        "self, exc, serializer",
        "Results tell no secret.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend.store_result",
        "self, task_id, result, state, traceback, request, **kwargs",
        "None where the caller wished for none; a row that waits for its replacement fails with it.",
        WORKER,
    ),
    Lean(
        "celery.backends.base:Backend.process_cleanup", "self", "The run is over, however it ended.", WORKER
    ),
    Lean("celery.backends.base:Backend.encode_result", "self, result, state", "A result as plain values."),
    Lean(
        "celery.backends.base:Backend.current_task_children", "self, request", "A part of the stored result."
    ),
    Lean(
        "django_celery_results.backends.database:DatabaseBackend.on_chord_part_return",
        "self, request, state, result, **kwargs",
        "A part that is run again comes when the count of its chord is over.",
        WORKER,
    ),
    Lean(
        "django_celery_results.backends.database:DatabaseBackend._store_result",
        "self, task_id, result, status, traceback, request, using",
        "One statement instead of three.",
        WORKER,
    ),
    Lean(
        "django_celery_results.backends.database:DatabaseBackend._get_meta_from_request",
        "self, request",
        "A part of the stored result.",
    ),
    Lean(
        "django_celery_results.backends.database:DatabaseBackend._get_extended_properties",
        "self, request, traceback",
        "The same.",
    ),
    Lean("django_celery_results.backends.database:DatabaseBackend.encode_content", "self, data", "The same."),
    Lean("billiard.exceptions:WorkerLostError", None, "How a lost process is told."),
    Lean("billiard.exceptions:Terminated", None, "How a process that was ended is told."),
    Lean("billiard.exceptions:TimeLimitExceeded", None, "How a hard limit is told."),
    Lean(
        "celery.utils.serialization:UnpickleableExceptionWrapper.__init__",
        "self, exc_module, exc_cls_name, exc_args, text",
        "What an error that cannot be pickled arrives as: its own name is read from it.",
    ),
    # --- Publishing -------------------------------------------------------------------------------
    Lean("celery.app.amqp:AMQP.__init__", "self, app", "`celery call` never sets Django up.", HERE),
    Lean(
        "celery.app.amqp:AMQP.send_task_message",
        "self",
        "The gate: every message becomes a row first.",
        WORKER,
    ),
    Lean(
        "celery.app.amqp:AMQP._create_task_sender", "self", "Celery's own way to the broker, behind the gate."
    ),
    Lean(
        "celery.app.amqp:AMQP.as_task_v2",
        "self, task_id, name, args, kwargs, countdown, eta, group_id, group_index, expires, retries, chord, "
        "callbacks, errbacks, reply_to, time_limit, soft_time_limit, create_sent_event, root_id, parent_id, "
        "shadow, chain, now, timezone, origin, ignore_result, argsrepr, kwargsrepr, stamped_headers, "
        "replaced_task_nesting, **options",
        "The message that a row keeps.",
    ),
    Lean(
        "celery.app.amqp:task_message.__new__",
        "_cls, headers, properties, body, sent_event",
        "The same, made from the row.",
    ),
    Lean("celery.app.task:Task().__header__", None, "A launch is refused that `delay` would refuse."),
    Lean("celery.app.routes:Router.route", "self, options, name, args, kwargs, task_type", "A job's queue."),
    Lean(
        "celery.app.control:Control.revoke",
        "self, task_id, destination, terminate, signal, **kwargs",
        "Jobs that do not stop are ended by force.",
    ),
    Lean(
        "celery.app.control:Control.broadcast",
        "self, command, arguments, destination, connection, reply, timeout, limit, callback, channel, "
        "pattern, matcher, **extra_kwargs",
        "`revoke` hands it our connection and channel.",
    ),
)
