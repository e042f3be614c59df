import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("tasks_app", "0021_saved_searches"),
    ]

    # Of two small tables. What is not NULL has a default of the database's: a version before this one still
    # writes rows.
    operations = [
        migrations.AddField(
            "queuestate",
            "paused_until",
            models.DateTimeField(blank=True, null=True, verbose_name="paused until"),
        ),
        migrations.AddField("node", "finish_asked_at", models.DateTimeField(editable=False, null=True)),
        migrations.AddField(
            "node",
            "finish_asked_by",
            models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            "node",
            "finish_reason",
            models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
        migrations.AlterModelOptions(
            "node",
            options={
                "ordering": ["kind", "name"],
                "permissions": [("stop_worker", "Can ask workers to finish and stop")],
                "verbose_name": "node",
                "verbose_name_plural": "nodes",
            },
        ),
    ]
