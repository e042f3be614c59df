"""One turn of a mailing's job: messages are claimed, handed over several at once, and recorded.

Everything but the calls themselves is done here, by one thread. A turn is short and leaves early: for a
person, for a worker that stops, for other work that waits. It never sits out its pace for long.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.utils import timezone

from backoffice.emails import hold, suppression
from backoffice.emails.deliver import UNGUARDED, Guard
from backoffice.emails.errors import HoldAll, OutcomeUnknown, Refused, SendError, Throttled, TryAgain
from backoffice.mailings import approving, bounds, causes, claims, going, preparing
from backoffice.mailings.calls import Answer, Calls, Order
from backoffice.mailings.causes import MailingRefused
from backoffice.mailings.claims import Claimed, Sent, Waiting
from backoffice.mailings.digest import digest_of
from backoffice.mailings.letters import Letter, letter, mime_of
from backoffice.models import Mailing, MailingState, Message, MessageState
from tasks_app.notices import Notice

SECONDS = 30.0  # of a turn, where nobody else wants the worker
LOOK = 0.2  # seconds between two looks at what might end it
LEAVE_WITHIN = 0.25  # seconds for the calls under way, once it is to end
SLOWEST_ANSWER = 40.0  # seconds: beyond what the transport waits for one
PATIENCE = 0.5  # seconds until the next email's turn; beyond it the job gives way
TELL = 1.0  # seconds between two words on how far it is
BOUNDS = 5.0  # seconds between two looks at what came back
READ = 200  # waiting messages at once
BREATH = timedelta(seconds=1)  # the clock wakes it at its next tick
# The mail service is out of reach: seconds until the next try, doubled each time; then a person is asked.
AGAIN_AFTER, AGAIN_AT_MOST, GIVES_UP_AFTER = 30, 300, 10


class Break(NamedTuple):
    """How a turn ended: when the next one may begin (None: there is none), and why."""

    delay: timedelta | None
    why: Notice


NO_MORE = Break(None, causes.GOES_ON())


@dataclass(frozen=True)
class House:
    """What a turn is told by the job that runs it."""

    guard: Guard = UNGUARDED
    # So many of these turns, now, and the seconds until there is another where it is none.
    take_turns: Callable[[int], tuple[int, float]] = lambda most: (most, 0.0)
    slow_down: Callable[[], object] = lambda: None
    must_end: Callable[[], bool] = lambda: False  # the worker stops
    gives_way: Callable[[], bool] = lambda: False  # other work waits for it
    tell: Callable[[float], object] = lambda percent: None
    lifted: Callable[[], object] = lambda: None  # the hold on all emails is over


def take_turn(mailing_id: int, house: House, *, seconds: float = SECONDS) -> Break:
    """Work on it for so long. Raises what `guard.check` and `tell` raise: then it is another's."""
    going.settle_lost(mailing_id)
    mailing = Mailing.objects.get(pk=mailing_id)
    if mailing.state != MailingState.SENDING:
        return NO_MORE
    if mailing.verified_at is None and (ended := _verify(mailing, house)):
        return ended
    return _Turn(mailing, house, seconds).run()


class _Leaves(Exception):
    """In the middle of reading what was approved."""


def _verify(mailing: Mailing, house: House) -> Break | None:
    """What is sent is what was taken down and approved; else it waits for a person."""

    def between() -> None:
        if house.must_end() or not Mailing.objects.filter(pk=mailing.pk, state=mailing.state).exists():
            raise _Leaves

    try:
        approving.require(mailing)
        if digest_of(mailing, between) != mailing.digest:
            raise MailingRefused(causes.CHANGED())
    except MailingRefused as error:
        going.pause(mailing, error.notice)
        return NO_MORE
    except _Leaves:
        return Break(BREATH, causes.GOES_ON())
    Mailing.objects.filter(pk=mailing.pk).update(verified_at=timezone.now())
    return None


class _Turn:
    def __init__(self, mailing: Mailing, house: House, seconds: float) -> None:
        self.mailing, self.house = mailing, house
        self.began = time.monotonic()
        self.ends_at = self.began + seconds
        self.look_at = self.tell_at = self.bounds_at = self.feed_at = self.began
        self.leaving: Break | None = None
        self.leave_by = 0.0
        self.window: deque[Waiting] = deque()
        self.turns = 0  # granted and not used
        self.probing = False
        self.failing, self.fruitless = mailing.failing, mailing.fruitless
        self.sent = 0
        self.left = mailing.people - mailing.prepared + self._queued()
        self.calls = Calls(settings.MAILING_CONNECTIONS, write_late)

    def run(self) -> Break:
        try:
            self._begin()
            while not self._is_over():
                self._look()
                self._feed()
                self._take(self.calls.answers(self._wait()))
        finally:
            self._take(self.calls.leave())
            self._save()
        return self.leaving or NO_MORE

    def _begin(self) -> None:
        """While all emails are held one of this mailing asks, where its time has come."""
        held = hold.current()
        if held is None:
            return
        self.probing = hold.take_probe()
        if not self.probing:
            self._pause(causes.HELD(why=str(hold.told(held))))

    def _is_over(self) -> bool:
        if self.leaving is None:
            return False
        return not self.calls.under_way or time.monotonic() > self.leave_by

    def _leave(self, how: Break, *, at_once: bool = True) -> None:
        """What is under way is waited for: briefly, where somebody asked, else until it is answered."""
        now = time.monotonic()
        if self.leaving is None:
            self.leaving, self.leave_by = how, now + SLOWEST_ANSWER
        if at_once:
            self.leave_by = min(self.leave_by, now + LEAVE_WITHIN)

    def _pause(self, why: Notice) -> None:
        going.pause(self.mailing, why)
        self._leave(NO_MORE)

    # --- What might end it ------------------------------------------------------------------------

    def _look(self) -> None:
        now = time.monotonic()
        if now < self.look_at:
            return
        self.look_at = now + LOOK
        if not Mailing.objects.filter(pk=self.mailing.pk, state=MailingState.SENDING).exists():
            self._leave(NO_MORE)
            return
        self.house.guard.check()
        if self.house.must_end() or self.house.gives_way():
            self._leave(Break(BREATH, causes.GOES_ON()))
        elif now > self.ends_at:
            self._leave(Break(BREATH, causes.GOES_ON()), at_once=False)
        if now > self.tell_at:
            self.tell_at = now + TELL
            self._tell(now)
        if now > self.bounds_at:
            self.bounds_at = now + BOUNDS
            if why := bounds.crossed(self.mailing.pk):
                self._pause(why)

    def _tell(self, now: float) -> None:
        self.house.tell(100 * (1 - self.left / max(self.mailing.people, 1)))
        if now - self.began > TELL:
            rate = self.sent / (now - self.began)
            Mailing.objects.filter(pk=self.mailing.pk, state=MailingState.SENDING).update(rate=rate)

    # --- Messages leave ---------------------------------------------------------------------------

    def _feed(self) -> None:
        """As many as have a free connection and their turn: rendered, claimed, handed over."""
        free = (1 if self.probing else self.calls.size) - self.calls.under_way
        if self.leaving is not None or free <= 0 or time.monotonic() < self.feed_at:
            return
        if not self.window and not self._read():
            return
        most = min(free, len(self.window))
        if self.turns < most and not self._get_turns(most - self.turns):
            return
        now = timezone.now()
        ready = list(self._rendered(min(most, self.turns), now))
        if ready:
            self._hand_over(ready, now)

    def _read(self) -> bool:
        """The next that wait, with those who get their message first where all others have left."""
        self.window.extend(claims.read_waiting(self.mailing.pk, READ))
        if self.window:
            return True
        if preparing.step(self.mailing.pk):
            self.window.extend(claims.read_waiting(self.mailing.pk, READ))
            return bool(self.window)
        if not self.calls.under_way:
            going.finish(self.mailing.pk)
            self._leave(NO_MORE)
        return False

    def _get_turns(self, most: int) -> bool:
        granted, wait = self.house.take_turns(most)
        self.turns += granted
        if self.turns:
            return True
        self.feed_at = time.monotonic() + wait
        if wait > PATIENCE:
            self._leave(Break(max(timedelta(seconds=wait), BREATH), causes.AWAITS_TURN()), at_once=False)
        return False

    def _rendered(self, most: int, now: datetime) -> list[tuple[Waiting, Letter, bytes]]:
        ready: list[tuple[Waiting, Letter, bytes]] = []
        while self.window and len(ready) < most and self.leaving is None:
            one = self.window.popleft()
            if one.refused is not None:
                self._let_go(one, one.refused)
                continue
            try:
                said = letter(self.mailing, one.person, timezone.localdate(now))
                if (why := _suppressed(one, said)) is not None:
                    self._let_go(one, why)
                    continue
                ready.append((one, said, mime_of(str(one.message.pk), self.mailing.sender, said, now)))
            except Refused as error:
                claims.close(one.message.pk, MessageState.FAILED, error.notice, type(error).__name__)
                self.left -= 1
                self._count_failure(error)
        return ready

    def _let_go(self, one: Waiting, why: Notice) -> None:
        gone = one.person.address is None
        state = MessageState.FAILED if gone else MessageState.SUPPRESSED
        claims.close(one.message.pk, state, why, "Refused" if gone else "Suppressed")
        self.left -= 1

    def _hand_over(self, ready: list[tuple[Waiting, Letter, bytes]], now: datetime) -> None:
        claimed = claims.claim(
            self.mailing.pk,
            [(one.message.pk, said) for one, said, _mime in ready],
            now,
            self.house.guard.condition,
            despite_hold=self.probing,
        )
        attempts = {one.id: one for one in claimed}
        for one, said, mime in ready:
            if one.message.pk in attempts:
                self.turns -= 1
                self.calls.start(Order(attempts[one.message.pk], self.mailing.sender, said.to, mime))
        if len(claimed) < len(ready):  # somebody paused it, opted out, holds all emails: find out at once
            self.look_at = 0.0
            self.feed_at = time.monotonic() + (0.0 if claimed else LOOK)
            if not self.probing and (held := hold.current()) is not None:
                self._pause(causes.HELD(why=str(hold.told(held))))

    # --- Answers ----------------------------------------------------------------------------------

    def _wait(self) -> float:
        """Seconds that may pass until the next look."""
        now = time.monotonic()
        until = self.look_at if self.leaving is None else min(self.look_at, self.leave_by)
        if self.leaving is None and not self.calls.under_way:
            until = min(until, max(self.feed_at, now))
        return min(max(until - now, 0.0), LOOK)

    def _take(self, answers: Collection[Answer]) -> None:
        if not answers:
            return
        sent = [one for one in answers if isinstance(one, Sent)]
        claims.record_sent(sent)
        self.sent += len(sent)
        self.left -= len(sent)
        if sent:
            self.failing = self.fruitless = 0
            if self.probing:
                self.probing = False
                hold.lift()
                self.house.lifted()
        for one in answers:
            if not isinstance(one, Sent):
                self._take_error(*one)

    def _take_error(self, claimed: Claimed, error: SendError) -> None:
        claims.record_error(claimed, state_after(error), error)
        if isinstance(error, HoldAll):
            hold.begin(error)
            self._pause(causes.HELD(why=str(error)))
        elif isinstance(error, Throttled):
            self.house.slow_down()
            self.turns = 0
        elif isinstance(error, TryAgain):
            self._try_again_later(error)
        else:
            self.left -= 1
            self._count_failure(error)

    def _try_again_later(self, error: SendError) -> None:
        if self.leaving is not None:
            return
        self.fruitless += 1
        if self.fruitless >= GIVES_UP_AFTER:
            self._pause(causes.UNREACHABLE(count=self.fruitless, why=str(error)))
            return
        delay = min(AGAIN_AFTER * 2 ** (self.fruitless - 1), AGAIN_AT_MOST)
        why = causes.AWAITS_SERVICE(why=str(error))
        self._leave(Break(timedelta(seconds=delay), why), at_once=False)

    def _count_failure(self, error: SendError) -> None:
        self.failing += 1
        if self.failing >= settings.MAILING_FAILURES:
            self._pause(causes.FAILS_IN_A_ROW(count=self.failing, why=error.notice))

    def _save(self) -> None:
        Mailing.objects.filter(pk=self.mailing.pk, state=MailingState.SENDING).update(
            failing=self.failing, fruitless=self.fruitless
        )

    def _queued(self) -> int:
        return Message.objects.queued().filter(mailing=self.mailing).count()


def _suppressed(one: Waiting, said: Letter) -> Notice | None:
    """By the address as it travels, where that is not as it is kept: a domain that is not in ASCII."""
    if said.to.lower() == one.person.address:
        return None
    found = suppression.of_address(said.to)
    return None if found is None else suppression.problem(found)


def state_after(error: SendError) -> MessageState:
    """What a message is that was asked for and not accepted: nothing that passes is a failure of it."""
    if isinstance(error, TryAgain):
        return MessageState.QUEUED
    return MessageState.UNKNOWN if isinstance(error, OutcomeUnknown) else MessageState.FAILED


def write_late(answers: Collection[Answer]) -> None:
    """What came after its turn had ended, by the thread that heard it."""
    try:
        claims.record_sent([one for one in answers if isinstance(one, Sent)])
        for one in answers:
            if not isinstance(one, Sent):
                claims.record_error(one[0], state_after(one[1]), one[1])
                if isinstance(one[1], HoldAll):
                    hold.begin(one[1])
    finally:
        connection.close()
