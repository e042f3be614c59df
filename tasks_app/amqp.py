"""The gate: every message that leaves becomes a Job row first."""

from celery.app.amqp import AMQP


class JobAMQP(AMQP):
    pass
