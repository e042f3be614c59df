from django.db import migrations, models

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    """The messages of one person are counted by state from an index alone: both gain it, and those that name
    nobody have one of their own."""

    atomic = False  # indexes are built beside the work

    dependencies = [
        ("backoffice", "0020_look_of_reports"),
    ]

    operations = [
        AddIndexOnline(
            model_name="message",
            index=models.Index(
                fields=["recipient", "-created_at", "-id", "state"], name="message_of_recipient"
            ),
        ),
        AddIndexOnline(
            model_name="message",
            index=models.Index(
                fields=["to", "-created_at", "-id", "state", "recipient"],
                name="message_to_address",
                opclasses=["varchar_pattern_ops", "timestamptz_ops", "uuid_ops", "varchar_ops", "int8_ops"],
            ),
        ),
        AddIndexOnline(
            model_name="message",
            index=models.Index(
                condition=models.Q(("recipient__isnull", True)),
                fields=["to", "-created_at", "-id", "state"],
                name="message_to_nobody",
            ),
        ),
        migrations.RemoveIndex(model_name="message", name="message_by_recipient"),
        migrations.RemoveIndex(model_name="message", name="message_by_address"),
    ]
