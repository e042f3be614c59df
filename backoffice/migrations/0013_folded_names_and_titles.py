from django.db import migrations, models, transaction

from tasks_app.db.folding import searchable
from tasks_app.db.trigrams import TrigramIndex

BATCH = 500
FOLDED = (("Recipient", ("email", "name", "company")), ("Report", ("title",)))
INDEXES = (
    TrigramIndex("recipient_trigrams", "backoffice_recipient", "folded", on_sqlite=False),
    TrigramIndex("report_trigrams", "backoffice_report", "folded", on_sqlite=False),
)


def fold(apps, schema_editor):
    """In batches, each a transaction of its own; it may be run again."""
    for name, columns in FOLDED:
        rows = apps.get_model("backoffice", name).objects.filter(folded="").order_by("pk").only(*columns)
        some = list(rows[:BATCH])
        while some:
            with transaction.atomic():
                for row in some:
                    rows.filter(pk=row.pk).update(folded=searchable(getattr(row, one) for one in columns))
            some = list(rows.filter(pk__gt=some[-1].pk)[:BATCH])


def build(apps, schema_editor):
    for index in INDEXES:
        index.build()


def drop(apps, schema_editor):
    for index in INDEXES:
        index.drop()


class Migration(migrations.Migration):
    atomic = False  # a batch is a transaction, and the indexes are built while people write

    dependencies = [("backoffice", "0012_stopped_messages"), ("tasks_app", "0013_search")]

    operations = [
        migrations.AddField("recipient", "folded", models.TextField(blank=True, db_default="", default="", editable=False)),
        migrations.AddField("report", "folded", models.TextField(blank=True, db_default="", default="", editable=False)),
        migrations.RunPython(fold, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(build, drop),
    ]
