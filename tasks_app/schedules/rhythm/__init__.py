"""When a schedule runs: its next moment, the next ten, and the words for it. Pure functions of the row."""

from tasks_app.schedules.rhythm.crontab import CrontabRhythm
from tasks_app.schedules.rhythm.fields import InvalidRhythm
from tasks_app.schedules.rhythm.kinds import (
    SHORTEST_PERIOD,
    ClockedRhythm,
    IntervalRhythm,
    Rhythm,
    SolarRhythm,
    crontab_rhythm,
    latest,
    rhythm_of,
)
from tasks_app.schedules.rhythm.moved import LATEST, SlotMoment
from tasks_app.schedules.rhythm.preview import Run, next_ten
from tasks_app.schedules.rhythm.rules import rule_of
from tasks_app.schedules.rhythm.words import both_days_set, words
from tasks_app.schedules.rhythm.zones import known_zone

__all__ = [
    "LATEST",
    "SHORTEST_PERIOD",
    "ClockedRhythm",
    "CrontabRhythm",
    "IntervalRhythm",
    "InvalidRhythm",
    "Rhythm",
    "Run",
    "SlotMoment",
    "SolarRhythm",
    "both_days_set",
    "crontab_rhythm",
    "known_zone",
    "latest",
    "next_ten",
    "rhythm_of",
    "rule_of",
    "words",
]
