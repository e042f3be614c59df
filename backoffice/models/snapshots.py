"""What a report was made from: kept with it, and deleted with it."""

from __future__ import annotations

from django.db import models

from backoffice.models.reports import Report


class Snapshot(models.Model):
    """Of one report: when its rows were read, and by what it was made. Nothing of it changes."""

    report = models.OneToOneField(Report, models.CASCADE, primary_key=True, related_name="snapshot")
    read_at = models.DateTimeField()  # of the rows: what was committed later is not in it
    # What else its order was: {"moment", "made_at", "made_by", "links", "company", "accent", "footer"}.
    order = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)  # of the code, its libraries and fonts, by name
    # How many rows are kept, and how many there were: of each source, and of a spreadsheet ("table:sheet").
    counts = models.JSONField(default=dict)
    # How it was made again last: {"at", "by", "sha256", "size", "file", "same", "differs"}; {} where it was
    # not.
    made_again = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.report}"


class SnapshotPart(models.Model):
    """Some of it, packed: its sections, rows of a long table or a spreadsheet, rows of a source, its logo."""

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="parts", db_index=False)
    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField(default=0)  # among those of this name
    rows = models.PositiveIntegerField(default=0)
    data = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "name", "number"], name="snapshot_part_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"
