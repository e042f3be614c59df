"""Flower's settings, read by `celery -A projet flower`: it can stop workers, so it is not for everybody.

It listens on 127.0.0.1 unless FLOWER_ADDRESS says otherwise, and asks for the name and password of
FLOWER_BASIC_AUTH (`name:password`), without which it does not start in production. Flower itself takes both
from the environment before it reads this file.
"""

import os

from django.conf import settings
from tornado.netutil import bind_sockets

from projet.conf.environment import refusal
from projet.conf.validators import IS_OWN_ADDRESS

address = settings.FLOWER_ADDRESS
natural_time = False
# Flower keeps what it saw in memory only; the back office itself remembers longer.
max_tasks = 10_000

if settings.PRODUCTION and not os.environ.get("FLOWER_BASIC_AUTH"):
    raise SystemExit(
        "FLOWER_BASIC_AUTH is missing: Flower shows every job and can stop workers. "
        "Set it to name:password in the environment or in .env, then start Flower again."
    )
if settings.PRODUCTION and os.environ.get("FLOWER_UNAUTHENTICATED_API"):
    raise SystemExit(
        "FLOWER_UNAUTHENTICATED_API is set: whoever reaches Flower could stop workers and start jobs without "
        "FLOWER_BASIC_AUTH. Unset it, then start Flower again."
    )
try:  # as Flower will, which would end in a traceback: whether the name is known, and the address ours
    for _tried in bind_sockets(0, address):
        _tried.close()
except OSError:
    raise SystemExit(refusal("FLOWER_ADDRESS", IS_OWN_ADDRESS.takes)) from None
