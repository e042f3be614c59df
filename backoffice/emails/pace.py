"""How fast emails leave: one bucket of tokens in Redis, which all workers share.

SES counts recipients, not messages; one of our messages has one recipient, so each costs one token. Whoever
is told to slow down halves the rate for everybody; it doubles again with each minute that passes well.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from django.conf import settings

from backoffice.emails.errors import SendError

logger = logging.getLogger(__name__)

KEY = "backoffice:emails:bucket"
# A worker sits this long (seconds) for its turn; beyond it the job is put off and another takes its place.
PATIENCE = 1.0
# Where emails leave fast, a process takes a fiftieth of a second's turns with one question, and keeps what it
# does not use at once for a second: a question for each would be a tenth of what an email costs us.
# So each process may send a few more in a second than its share, where the account takes a hundred or more.
AT_ONCE = 1 / 50  # of a second's turns
AT_MOST = 5  # turns
KEPT_FOR = 1.0  # seconds
RECOVERY = 60.0  # seconds in which a halved rate doubles again
SLOWEST = 1 / 64  # of the full rate
# Of what is saved up, mailings leave so much to single emails, in seconds of the rate.
RESERVE = 1 / 20
# Without Redis nobody knows of the others: the rate of an account in the SES sandbox, for each process.
LOCAL_RATE = 1.0  # per second
# Where GetAccount gives no answer: what SES grants an account that left the sandbox, to begin with.
UNKNOWN_RATE = 14.0  # per second
ASK_AGAIN = 3600.0  # seconds that an answer of GetAccount holds; the lack of one a twelfth of that

# The hash holds tokens (below 0: turns promised), the moment they were counted, the share of the full rate
# that is in force since `slowed_at`. Redis tells the time, so that no host's clock matters.
# KEYS: bucket. ARGV: full rate, seconds one would wait, turns (0: slow down), recovery, slowest share,
# how much of a second's turns may be taken at once, and what is left to others ("": nothing, and turns may be
# promised). Returns {turns (0: too long a wait), milliseconds}.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local full, patience, turns = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local had = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'share', 'slowed_at')
-- What lies ahead is of before Redis's own time went back.
local at, slowed_at = math.min(tonumber(had[2]) or now, now), math.min(tonumber(had[4]) or 0, now)
local share = math.min(1, (tonumber(had[3]) or 1) * 2 ^ math.min((now - slowed_at) / tonumber(ARGV[4]), 64))
local rate = full * share
-- A fifth of a second may be saved up: an idle minute is no licence for a burst.
local tokens = math.min((tonumber(had[1]) or 1) + math.max(0, now - at) * rate, math.max(1, rate / 5))
local granted, wait = 1, 0
if turns == 0 then
  -- Workers that are told so in the same second were told one thing.
  if now - slowed_at >= 1 then
    share = math.max(share / 2, tonumber(ARGV[5]))
    redis.call('HSET', KEYS[1], 'share', string.format('%.6f', share))
    redis.call('HSET', KEYS[1], 'slowed_at', string.format('%.6f', now))
  end
elseif ARGV[7] ~= '' then
  -- Of what is there alone, and never the last of it: a single email finds its turn at once.
  local kept = math.max(0, math.min(rate * tonumber(ARGV[7]), math.max(1, rate / 5) - 1))
  granted = math.max(0, math.min(turns, math.floor(tokens - kept)))
  if granted > 0 then tokens = tokens - granted else wait = math.max(0, (1 + kept - tokens) / rate) end
  turns = 1
else
  -- Of the rate in force: a slowed one may not have as many within anybody's patience.
  turns = math.max(1, math.min(turns, math.floor(rate * tonumber(ARGV[6]))))
  wait = math.max(0, (turns - tokens) / rate)
  if wait <= patience then tokens = tokens - turns else granted = 0 end
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], 86400)
return {granted * turns, math.ceil(wait * 1000)}
"""


def reserve(redis: Any) -> tuple[bool, float]:
    """A turn of this process: (True, seconds until it), or (False, seconds it would have taken).

    Raises redis-py's errors.
    """
    if _Local.turns and time.monotonic() < _Local.turns_until:
        _Local.turns -= 1
        return True, 0.0
    granted, milliseconds = _run(redis, AT_MOST)
    wait = milliseconds / 1000
    _Local.turns, _Local.turns_until = max(granted - 1, 0), time.monotonic() + wait + KEPT_FOR
    return bool(granted), wait


def take(redis: Any, most: int) -> tuple[int, float]:
    """Turns of a mailing, now and at most so many; and the seconds until the next, where there is none.

    Nothing is promised ahead: single emails come first. Raises redis-py's errors.
    """
    granted, milliseconds = _run(redis, most, RESERVE)
    return granted, milliseconds / 1000


def take_alone() -> tuple[int, float]:
    """The same while Redis is away."""
    wait = _Local.last_turn + 1 / LOCAL_RATE - time.monotonic()
    if wait > 0:
        return 0, wait
    reserve_alone()
    return 1, 0.0


def slow_down(redis: Any) -> None:
    """The provider said "slower": half the rate for everybody. Raises redis-py's errors."""
    _Local.turns = 0
    _run(redis, 0)


def _run(redis: Any, turns: int, kept: float | str = "") -> Any:
    script = redis.register_script(SCRIPT)
    return script(keys=[KEY], args=[full_rate(), PATIENCE, turns, RECOVERY, SLOWEST, AT_ONCE, kept])


class _Local:
    """What this process remembers: turns that it has, its last one without Redis, the account's rate."""

    turns, turns_until = 0, float("-inf")  # monotonic
    last_turn = float("-inf")
    rate = UNKNOWN_RATE
    rate_until = float("-inf")  # monotonic


def reserve_alone() -> float:
    """Seconds until this process's next turn while Redis is away: never longer than a second."""
    now = time.monotonic()
    turn = max(now, _Local.last_turn + 1 / LOCAL_RATE)
    _Local.last_turn = turn
    return turn - now


def full_rate() -> float:
    """Emails a second, when all is well: EMAILS_PER_SECOND, or what SES says of the account."""
    if settings.EMAILS_PER_SECOND:
        return float(settings.EMAILS_PER_SECOND)
    if time.monotonic() > _Local.rate_until:
        from backoffice.emails import ses  # boto3 is slow to import; see transport.py

        try:
            _Local.rate, holds_for = ses.max_send_rate(), ASK_AGAIN
        except SendError as error:
            logger.warning(
                "SES does not tell the account's rate (%s); %g a second is taken.", error, _Local.rate
            )
            holds_for = ASK_AGAIN / 12
        _Local.rate_until = time.monotonic() + holds_for
    return _Local.rate


def forget() -> None:
    """As after a change of settings."""
    _Local.last_turn = _Local.rate_until = float("-inf")
    _Local.turns = 0
    _Local.rate = UNKNOWN_RATE
