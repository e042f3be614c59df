from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [
        ("backoffice", "0018_audiences"),
    ]

    operations = [
        AddIndexOnline(
            model_name="recipient",
            index=GinIndex(fields=["own"], name="recipient_by_own", opclasses=["jsonb_path_ops"]),
        ),
    ]
