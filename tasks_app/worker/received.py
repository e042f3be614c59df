"""What the worker's main process reads from the broker: kombu's, but nothing that lies there can end it.

Anybody who reaches the broker can push anything into a queue. kombu raises in the middle of the worker's
event loop for what is no envelope of its own; here it becomes a message like any other, with its fault, and
Celery asks the consumer what to do with it (`on_decode_error`).
"""

from __future__ import annotations

import bz2
import logging
import lzma
import zlib
from collections.abc import Callable
from queue import Empty
from typing import Any

from django.conf import settings
from kombu import compression, message
from kombu.transport import redis, virtual
from kombu.utils import json as kombu_json
from kombu.utils.uuid import uuid

from tasks_app.errors import CodedError
from tasks_app.ledger import causes
from tasks_app.ledger.json_values import Unstorable, said_size
from tasks_app.ledger.message_codec import LARGEST_MESSAGE

logger = logging.getLogger(__name__)

# JSON may write each byte of a text as six (é is \\u00e9, two bytes), and a body has three parts.
ESCAPED = 6


def install() -> None:
    """For all channels of this process; Sentinel's inherit it. kombu has no setting for it."""
    kombus: Any = redis
    kombus.Channel.Message = ReceivedMessage
    kombus.loads = read_envelope
    kombus.Transport._deliver = _naming_the_queue(virtual.Transport._deliver)
    kombus.Channel._receive_one = _going_on(_kombus_receive_one)
    for begin, names in _DECOMPRESSORS.values():
        encoder, content_type = compression.get_encoder(names[0])
        compression.register(encoder, _bounded(begin), content_type, aliases=names)


# Read before it is replaced.
_kombus_receive_one = redis.Channel._receive_one


class Unreadable(str):
    """What lay in a queue and is no JSON."""

    __slots__ = ()


def read_envelope(text: Any) -> Any:
    """As kombu's `loads`, or the text itself where that cannot be read."""
    try:
        return kombu_json.loads(text)
    except Exception:  # no JSON, nested too deep, a date that is none
        return Unreadable(text)


class ReceivedMessage(virtual.Message):
    """A message whatever was found: what is wrong with it is its `errors`, as kombu has them."""

    malformed = False  # it has no envelope: nothing of it can be told but the text

    def __init__(self, payload: Any, channel: Any = None, **options: Any) -> None:
        self.taken_from = str(getattr(channel.connection, "delivering_from", None) or "")
        try:
            super().__init__(payload, channel=channel, **options)
            self._refuse_malformed()
        except Exception as error:  # whatever Python says of the first part that is missing or another
            self.malformed, self.errors, self._raw = True, [], payload
            message.Message.__init__(self, delivery_tag=uuid(), channel=channel)
            self._blame(error)
        if not self.errors and len(self.body or "") > largest_body():
            self._blame(_too_large())

    def _blame(self, error: Exception) -> None:
        errors: list[Any] = (
            self.errors
        )  # as `sys.exc_info()` has it; a traceback would keep all of its frames
        errors.append((type(error), error, None))

    def _refuse_malformed(self) -> None:
        place = self.delivery_info
        parts: list[tuple[Any, type | tuple[type, ...]]] = [
            (self.headers, dict),
            (self.delivery_tag, str),
            (place["exchange"], str),
            (place["routing_key"], str),
            (self.body, (str, bytes, type(None))),
        ]
        for part, right in parts:
            if not isinstance(part, right):
                raise TypeError(f"{part!r:.100}")

    @property
    def text(self) -> str:
        """As it lay in its queue."""
        return str(self._raw) if isinstance(self._raw, Unreadable) else kombu_json.dumps(self._raw)


def largest_body() -> int:
    """Bytes of a decompressed body: no message of ours has more."""
    return ESCAPED * LARGEST_MESSAGE * settings.JOB_VALUE_MAX


def _too_large() -> Unstorable:
    return Unstorable(causes.BODY_TOO_LARGE(limit=said_size(largest_body())))


# --- a small body may hold a large one -------------------------------------------------------------

_DECOMPRESSORS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "zlib": (zlib.decompressobj, ["gzip", "zlib"]),
    "bz2": (bz2.BZ2Decompressor, ["bzip2", "bzip"]),
    "lzma": (lzma.LZMADecompressor, ["lzma", "xz"]),
}


def _bounded(begin: Callable[[], Any]) -> Callable[[bytes], bytes]:
    """A decompressor that stops where a body becomes larger than any of ours."""

    def decompress(body: bytes) -> bytes:
        most, decompressor = largest_body(), begin()
        found: bytes = decompressor.decompress(body, most + 1)
        if len(found) > most:
            raise _too_large()
        if not decompressor.eof:
            raise CodedError(causes.BODY_ENDS_EARLY())
        return found

    return decompress


# --- around kombu's own ----------------------------------------------------------------------------


def _naming_the_queue(deliver: Callable[..., Any]) -> Callable[..., Any]:
    def naming(self: Any, payload: Any, queue: str) -> Any:
        self.delivering_from = queue
        return deliver(self, payload, queue)

    return naming


def _going_on(receive_one: Callable[..., Any]) -> Callable[..., Any]:
    """Remote control and events of other workers: nobody waits for them, and none of them ends this one."""

    def going_on(self: Any, client: Any) -> Any:
        lost = (*self.connection_errors, *self.connection.channel_errors)
        try:
            return receive_one(self, client)
        except Exception as error:
            # kombu takes each KeyError for a lost connection; here it is a part that a message lacks.
            if isinstance(error, (Empty, *lost)) and not isinstance(error, KeyError):
                raise
            logger.warning("What a control channel of the broker brought is ignored.", exc_info=True)
            return None

    return going_on
