import django.db.models.deletion
from django.db import migrations, models

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    """What was written to a person is read newest first: the two indexes that found it gain that order."""

    atomic = False  # indexes are built beside the work

    dependencies = [
        ("backoffice", "0015_orders_of_recipients"),
    ]

    operations = [
        AddIndexOnline(
            model_name="message",
            index=models.Index(fields=["recipient", "-created_at", "-id"], name="message_by_recipient"),
        ),
        AddIndexOnline(
            model_name="message",
            index=models.Index(
                fields=["to", "-created_at", "-id"],
                name="message_by_address",
                opclasses=["varchar_pattern_ops", "timestamptz_ops", "uuid_ops"],
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="recipient",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="messages",
                to="backoffice.recipient",
                verbose_name="recipient",
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="to",
            field=models.CharField(blank=True, max_length=254, verbose_name="to"),
        ),
    ]
