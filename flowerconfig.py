"""Flower's settings, read by `celery -A projet flower`: it can stop workers, so it is not for everybody.

It listens on 127.0.0.1 unless FLOWER_ADDRESS says otherwise, and asks for the name and password of
FLOWER_BASIC_AUTH (`name:password`), without which it does not start in production. Flower itself takes both
from the environment before it reads this file.
"""

import os

from django.conf import settings

address = os.environ.get("FLOWER_ADDRESS", "127.0.0.1")
natural_time = False
# Flower keeps what it saw in memory only; the back office itself remembers longer.
max_tasks = 10_000

_sign_in = os.environ.get("FLOWER_BASIC_AUTH")
if settings.PRODUCTION and not _sign_in:
    raise SystemExit(
        "FLOWER_BASIC_AUTH is missing: Flower shows every job and can stop workers. "
        "Set it to name:password in the environment or in .env, then start Flower again."
    )
if _sign_in and not all(pair.partition(":")[2] for pair in _sign_in.split(",")):
    raise SystemExit("FLOWER_BASIC_AUTH is not usable (its value is not shown here); it takes name:password.")
