from django.db import migrations, models
from django.db.models import Q

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False  # the index is built beside the work

    dependencies = [('tasks_app', '0030_promises_and_owners')]

    operations = [
        AddIndexOnline(
            'slot',
            models.Index(
                fields=['decided_at', 'schedule'],
                name='slot_not_done',
                condition=Q(state="failed") | Q(state="late") | Q(state="missed") | Q(state="skipped"),
            ),
        ),
    ]
