"""What the engine remembers. The database is the truth; Redis is only the bell."""

from tasks_app.models.alert import Alert, AlertNotice, AlertOn, AlertRule
from tasks_app.models.audit import AuditItem
from tasks_app.models.batch import Batch, BatchItem, BatchState, Canary, ItemClass, ItemState
from tasks_app.models.calendar import Calendar, Counted, OnDayOff, ScheduleRule, Weekend
from tasks_app.models.continuation import Continuation
from tasks_app.models.failure_group import (
    FailureDecision,
    FailureGroup,
    FailureStatus,
    FailureTally,
    FailureTouch,
)
from tasks_app.models.followed import CalendarFeed, ScheduleFollower, ScheduleOwner, ScheduleTrouble
from tasks_app.models.job import FINAL, OPEN, Job, JobAttempt, State
from tasks_app.models.log_chunk import LogChunk
from tasks_app.models.message_tally import MessageTally
from tasks_app.models.node import Node
from tasks_app.models.promise import PromiseDay, PromisedDays, SchedulePromise
from tasks_app.models.queue import QueueState
from tasks_app.models.saved_search import SavedSearch
from tasks_app.models.schedule import (
    AfterDowntime,
    ScheduleOptions,
    SeededSchedule,
    SeenChange,
    Slot,
    SlotReason,
    SlotState,
)
from tasks_app.models.search import JobArgument, SearchProgress, SearchText
from tasks_app.models.tally import HourTally, Tally, TallyProgress

__all__ = [
    "FINAL",
    "OPEN",
    "AfterDowntime",
    "Alert",
    "AlertNotice",
    "AlertOn",
    "AlertRule",
    "AuditItem",
    "Batch",
    "BatchItem",
    "BatchState",
    "Calendar",
    "CalendarFeed",
    "Canary",
    "Continuation",
    "Counted",
    "FailureDecision",
    "FailureGroup",
    "FailureStatus",
    "FailureTally",
    "FailureTouch",
    "HourTally",
    "ItemClass",
    "ItemState",
    "Job",
    "JobArgument",
    "JobAttempt",
    "LogChunk",
    "MessageTally",
    "Node",
    "OnDayOff",
    "PromiseDay",
    "PromisedDays",
    "QueueState",
    "SavedSearch",
    "ScheduleFollower",
    "ScheduleOptions",
    "ScheduleOwner",
    "SchedulePromise",
    "ScheduleRule",
    "ScheduleTrouble",
    "SearchProgress",
    "SearchText",
    "SeededSchedule",
    "SeenChange",
    "Slot",
    "SlotReason",
    "SlotState",
    "State",
    "Tally",
    "TallyProgress",
    "Weekend",
]
