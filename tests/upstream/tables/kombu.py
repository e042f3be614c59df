"""What we lean on in kombu and redis-py, and why."""

from __future__ import annotations

from tests.upstream.leaning import WORKER, Lean

LEANS = (
    Lean(
        "kombu.transport.virtual.base:QoS.can_consume",
        "self",
        "Asked before each question to Redis: how long that waits is drawn there.",
        WORKER,
    ),
    Lean(
        "kombu.transport.redis:QoS.append",
        "self, message, delivery_tag",
        "What is taken of ours is noted in the worker, not in Redis.",
        WORKER,
    ),
    Lean("kombu.transport.redis:QoS.ack", "self, delivery_tag", "The same.", WORKER),
    Lean("kombu.transport.redis:QoS.reject", "self, delivery_tag, requeue", "The same.", WORKER),
    Lean("kombu.transport.redis:QoS.restore_by_tag", "self, tag, client, leftmost", "The same.", WORKER),
    Lean("kombu.transport.redis:Channel.QoS", None, "Where ours is put in its place."),
    Lean("kombu.transport.redis:Channel.Message", None, "The same."),
    Lean("kombu.transport.redis:Channel.unacked_index_key", None, "When each of them was taken."),
    Lean(
        "kombu.transport.redis:QoS._remove_from_indices",
        "self, delivery_tag, pipe",
        "What somebody else wrote among them.",
    ),
    Lean(
        "kombu.transport.redis:loads",
        "s, _loads, decode_bytes, object_hook",
        "Ours in its place.",
    ),
    Lean("kombu.transport.redis:Channel._receive_one", "self, c", "Ours around it: no event ends a worker."),
    Lean("kombu.transport.virtual.base:Transport._deliver", "self, message, queue", "Which queue it was."),
    Lean(
        "kombu.transport.virtual.base:Message.__init__",
        "self, payload, channel, **kwargs",
        "What is no envelope is a message with a fault.",
        WORKER,
    ),
    Lean(
        "kombu.transport.redis:Message().errors",
        None,
        "The faults of a message, which its consumer is told of.",
    ),
    Lean(
        "kombu.compression:register",
        "encoder, decoder, content_type, aliases",
        "Bounded ones in the place of kombu's.",
    ),
    Lean("kombu.compression:get_encoder", "t", "The other half stays kombu's."),
    Lean(
        "kombu.transport.redis:Channel._do_restore_message",
        "self, payload, exchange, routing_key, pipe, leftmost",
        "Puts a message of ours back into its queue.",
    ),
    Lean("kombu.transport.redis:Channel._q_for_pri", "self, queue, pri", "The lists of a queue in Redis."),
    Lean("kombu.transport.redis:Channel.priority_steps", None, "The same."),
    Lean(
        "kombu.transport.redis:Channel.unacked_key", None, "Kombu's notes of foreign messages that are taken."
    ),
    Lean("kombu.transport.redis:Channel.conn_or_acquire", "self, client", "A client of the channel."),
    Lean("kombu.transport.redis:Channel().brpop_timeout", None, "How long a question to Redis waits."),
    Lean("kombu.transport.redis:QoS()._delivered", None, "What was taken, by its tag."),
    Lean("kombu.transport.redis:QoS()._dirty", None, "The tags of what is done, until the next is taken."),
    Lean("kombu.transport.redis:Message()._raw", None, "A message as it lay in its queue, to be put back."),
    Lean("kombu.asynchronous.timer:Timer()._queue", None, "The timers, with those that were cancelled."),
    Lean("kombu.asynchronous.timer:Entry().canceled", None, "The same."),
    Lean("kombu.asynchronous.hub:Hub.call_later", "self, delay, callback, *args", "The flush of events."),
    Lean(
        "kombu.asynchronous.hub:Hub.call_repeatedly", "self, delay, callback, *args", "The sweep of timers."
    ),
    Lean("kombu.asynchronous.hub:Hub.call_soon", "self, callback, *args", "Where a shutdown begins."),
    Lean("kombu.messaging:Producer.batch", "self, max_size", "Many messages in one round trip."),
    Lean("kombu.exceptions:BatchPublishError", None, "What a batch that fails raises."),
    Lean("kombu.utils.url:sanitize_url", "url, mask", "Passwords out of what `conf` tells."),
    Lean(
        "kombu.utils.json:dumps", "s, _dumps, cls, default_kwargs, **kwargs", "Arguments as a row keeps them."
    ),
    Lean("kombu.utils.json:loads", "s, _loads, decode_bytes, object_hook", "The same, back again."),
    Lean("redis.exceptions:RedisError", None, "What a broker that is away raises."),
)
