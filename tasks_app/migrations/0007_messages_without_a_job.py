from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0006_causes_of_slots")]

    operations = [
        migrations.CreateModel(
            name="MessageTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("flood", "Refused beyond what is kept of a minute"),
                            ("pruned", "Came after their job was removed"),
                        ],
                        max_length=16,
                        verbose_name="reason",
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("count", models.BigIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "tally of messages",
                "verbose_name_plural": "tallies of messages",
                "default_permissions": (),
                "indexes": [models.Index(fields=["hour"], name="message_tally_by_hour")],
                "constraints": [
                    models.UniqueConstraint(fields=("reason", "hour"), name="one_message_tally_per_hour")
                ],
            },
        ),
    ]
