from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks_app", "0002_tallies_of_ended_jobs")]

    operations = [
        migrations.CreateModel(
            name="HourTally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField()),
                ("outcome", models.CharField(max_length=16, verbose_name="state")),
                ("count", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "jobs of an hour",
                "verbose_name_plural": "jobs of an hour",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=["hour", "outcome"], name="one_tally_per_hour")
                ],
            },
        ),
        migrations.AddField("tallyprogress", "hours_until", models.DateTimeField(null=True)),
    ]
