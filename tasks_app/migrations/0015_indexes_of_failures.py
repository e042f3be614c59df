from django.db import migrations, models
from django.db.models import Q

from tasks_app.db.online_index import AddIndexOnline

FAILED = Q(state='failed')


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work

    dependencies = [('tasks_app', '0014_failure_groups')]

    operations = [
        AddIndexOnline(
            'job',
            models.Index(fields=['cause', 'name', '-ended_at'], name='job_failed_by_cause', condition=FAILED),
        ),
        AddIndexOnline(
            'job',
            models.Index(
                fields=['error_class', 'name', '-ended_at'],
                name='job_failed_by_class',
                condition=Q(state='failed', cause__isnull=True),
            ),
        ),
        AddIndexOnline(
            'job', models.Index(fields=['ended_at'], name='job_failed_by_end', condition=FAILED)
        ),
        AddIndexOnline(
            'job',
            models.Index(
                fields=['repaired_at'], name='job_by_repair', condition=Q(repaired_at__isnull=False)
            ),
        ),
    ]
