"""Slots that are open, by their schedule, and those that are held back, by when they may go."""

from django.db import migrations, models

from tasks_app.db.online_index import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("tasks_app", "0028_policies_of_schedules")]

    operations = [
        AddIndexOnline(
            model_name='slot',
            index=models.Index(condition=models.Q(state="queued") | models.Q(state="held"), fields=['schedule'], name='slot_open'),
        ),
        AddIndexOnline(
            model_name='slot',
            index=models.Index(condition=models.Q(('state', 'held')), fields=['held_until'], name='slot_held'),
        ),
    ]
