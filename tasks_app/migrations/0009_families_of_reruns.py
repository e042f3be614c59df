"""What is known of the re-runs that are there already: their families, and how they ended."""

from django.db import migrations, models, transaction
from django.db.models import Q

from tasks_app.db.online_index import AddIndexOnline

BATCH = 500

# For each job of a family what tells of it: of the later ones the last that succeeded, else the last.
TELL = """
UPDATE tasks_app_job SET (rerun_id, rerun_state, rerun_launched_at, repaired_at) = (
    SELECT later.id, later.state, later.created_at, CASE later.state WHEN 'succeeded' THEN later.ended_at END
    FROM tasks_app_job later
    WHERE later.family = COALESCE(tasks_app_job.family, tasks_app_job.id)
        AND later.created_at > tasks_app_job.created_at
    ORDER BY CASE later.state WHEN 'succeeded' THEN 0 ELSE 1 END, later.created_at DESC
    LIMIT 1
)
WHERE id IN ({ids}) AND rerun_id IS NULL
"""


def find_families(apps, schema_editor):
    """In batches, each a transaction; it may be run again. Only re-runs and what they repeat are read."""
    job = apps.get_model('tasks_app', 'Job')
    jobs = job.objects
    reruns = jobs.filter(rerun_of__isnull=False).order_by('id')
    last = ''
    while some := dict(reruns.filter(id__gt=last).values_list('id', 'rerun_of_id')[:BATCH]):
        firsts = _firsts(jobs, set(some.values()))
        members = [job(id=one, family=firsts[parent]) for one, parent in some.items()]
        with transaction.atomic(schema_editor.connection.alias):
            jobs.bulk_update(members, ['family'])
        last = max(some)


def _firsts(jobs, ids):
    """The first job of each one's family, as far as it is kept."""
    firsts = {one: one for one in ids}
    climbing = set(ids)
    while above := dict(jobs.filter(id__in=climbing, rerun_of__isnull=False).values_list('id', 'rerun_of_id')):
        firsts = {one: above.get(first, first) for one, first in firsts.items()}
        climbing = set(above.values())
    return firsts


def tell_families(apps, schema_editor):
    jobs = apps.get_model('tasks_app', 'Job').objects
    last = ''
    families = jobs.filter(family__isnull=False).order_by('family')
    while some := list(families.filter(family__gt=last).values_list('family', flat=True).distinct()[:BATCH]):
        members = set(jobs.filter(family__in=some).values_list('id', flat=True)) | set(some)
        ids = sorted(members)
        with transaction.atomic(schema_editor.connection.alias), schema_editor.connection.cursor() as cursor:
            for begin in range(0, len(ids), BATCH):
                part = ids[begin : begin + BATCH]
                cursor.execute(TELL.format(ids=', '.join(['%s'] * len(part))), part)
        last = some[-1]


class Migration(migrations.Migration):
    atomic = False  # indexes are built beside the work, and a batch is a transaction

    dependencies = [('tasks_app', '0008_what_became_of_reruns')]

    operations = [
        AddIndexOnline(
            'job',
            models.Index(fields=['family'], name='job_by_family', condition=Q(family__isnull=False)),
        ),
        migrations.RunPython(find_families, migrations.RunPython.noop, elidable=True),
        migrations.RunPython(tell_families, migrations.RunPython.noop, elidable=True),
        AddIndexOnline(
            'job',
            models.Index(
                fields=['-ended_at'],
                name='job_unrepaired',
                condition=Q(state='failed', repaired_at__isnull=True),
            ),
        ),
        # After the one that takes its place. Dropping reads nothing: the lock is a moment's.
        migrations.RemoveIndex('job', 'job_failed'),
    ]
