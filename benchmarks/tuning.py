"""What all contenders share, so that the difference is the engine's alone."""

from __future__ import annotations

import os

PROCESSES = 2  # of the worker's pool
WORKER_OPTIONS = ["-l", "warning", "-O", "fair", f"--concurrency={PROCESSES}", "-Q", "default"]

# As the back office's own settings have them (projet/settings.py).
CELERY = {
    "broker_url": os.environ.get("CELERY_BROKER_URL", ""),
    "broker_transport_options": {
        "queue_order_strategy": "priority",
        "visibility_timeout": 43_200,
        "socket_timeout": 10,
        "socket_connect_timeout": 1,
        "socket_keepalive": True,
        "health_check_interval": 25,
    },
    "broker_connection_retry_on_startup": True,
    "task_default_queue": "default",
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 1,
    "worker_send_task_events": True,
    "result_extended": True,
    "result_expires": None,
    "accept_content": ["json"],
}
DB_REUSE_MAX = 1000  # jobs for which a worker keeps its database connection
