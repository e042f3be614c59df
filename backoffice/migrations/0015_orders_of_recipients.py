from django.db import migrations, models

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work

    dependencies = [
        ("backoffice", "0014_sizes"),
    ]

    operations = [
        AddIndexOnline(
            model_name="recipient", index=models.Index(fields=["email", "id"], name="recipient_by_email")
        ),
        AddIndexOnline(
            model_name="recipient", index=models.Index(fields=["created_at", "id"], name="recipient_by_day")
        ),
    ]
