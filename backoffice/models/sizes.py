"""How much there was on each day, so that growth can be told without counting anything that grows."""

from __future__ import annotations

from datetime import timedelta

from django.db import models


class Size(models.Model):
    """What one table, or one place of files, held at the last measure of a day."""

    class Kind(models.TextChoices):
        TABLE = "table"
        FILES = "files"
        DATABASE = "database"  # the whole of it

    class Certainty(models.TextChoices):
        COUNTED = "counted"
        ESTIMATED = "estimated"  # by the database, of its rows; bytes are measured
        AT_LEAST = "at_least"  # there were too many to look at each

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=100)
    day = models.DateField()
    measured_at = models.DateTimeField()
    count = models.BigIntegerField(null=True)  # rows, or files; NULL: nobody can tell
    bytes = models.BigIntegerField(null=True)
    certainty = models.CharField(max_length=9, choices=Certainty, default=Certainty.COUNTED)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["day", "kind", "name"], name="one_size_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.day:%Y-%m-%d}"

    def growth_since(self, then: Size, span: timedelta) -> int | None:
        """Bytes that such a span adds, at the pace from that measure to this; None where nobody can tell."""
        passed = self.measured_at - then.measured_at
        cut = Size.Certainty.AT_LEAST in (self.certainty, then.certainty)
        if self.bytes is None or then.bytes is None or cut or passed <= timedelta(0):
            return None
        return round((self.bytes - then.bytes) * (span / passed))
