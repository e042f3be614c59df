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
from tasks_app.models.policy import (
    Between,
    FillIn,
    FillState,
    IfRunning,
    QuietPeriod,
    ScheduleGroup,
    SchedulePause,
    SchedulePolicy,
)
from tasks_app.models.promise import PromiseDay, PromisedDays, SchedulePromise
from tasks_app.models.queue import QueueState
from tasks_app.models.saved_search import SavedSearch
from tasks_app.models.schedule import (
    OPEN_SLOTS,
    AfterDowntime,
    ScheduleOptions,
    SeededSchedule,
    SeenChange,
    Slot,
    SlotHow,
    SlotReason,
    SlotState,
)
from tasks_app.models.schedule_version import Made, ScheduleVersion
from tasks_app.models.search import JobArgument, SearchProgress, SearchText
from tasks_app.models.tally import HourTally, Tally, TallyProgress

__all__ = [
    "FINAL",
    "OPEN",
    "OPEN_SLOTS",
    "AfterDowntime",
    "Alert",
    "AlertNotice",
    "AlertOn",
    "AlertRule",
    "AuditItem",
    "Batch",
    "BatchItem",
    "BatchState",
    "Between",
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
    "FillIn",
    "FillState",
    "HourTally",
    "IfRunning",
    "ItemClass",
    "ItemState",
    "Job",
    "JobArgument",
    "JobAttempt",
    "LogChunk",
    "Made",
    "MessageTally",
    "Node",
    "OnDayOff",
    "PromiseDay",
    "PromisedDays",
    "QueueState",
    "QuietPeriod",
    "SavedSearch",
    "ScheduleFollower",
    "ScheduleGroup",
    "ScheduleOptions",
    "ScheduleOwner",
    "SchedulePause",
    "SchedulePolicy",
    "SchedulePromise",
    "ScheduleRule",
    "ScheduleTrouble",
    "ScheduleVersion",
    "SearchProgress",
    "SearchText",
    "SeededSchedule",
    "SeenChange",
    "Slot",
    "SlotHow",
    "SlotReason",
    "SlotState",
    "State",
    "Tally",
    "TallyProgress",
    "Weekend",
]
