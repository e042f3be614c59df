"""A rhythm as a person says it, English or French: "every weekday at 8", "le 1er du mois à 7h".

`read(phrase, now)` gives values for the fields of a schedule's form, where a person looks at them before they
count.

vocabulary   words by what they mean     reading   the clauses of a phrase, one after the other
moments      times of a day, and dates   meaning   what they make together
places       time zones by their places
"""

from tasks_app.schedules.phrases.meaning import NotUnderstood
from tasks_app.schedules.phrases.reading import LONGEST, read

__all__ = ["LONGEST", "NotUnderstood", "read"]
