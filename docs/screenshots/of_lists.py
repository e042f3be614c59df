"""Every list of the admin: who looks at it, where it is, and the rows that a fortnight leaves none of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

# Picture → who looks, whose list it is, and what it is narrowed to.
LISTS = {
    "failures": ("support", "tasks_app_failuregroup", ""),
    "jobs": ("support", "tasks_app_job", ""),
    "failed": ("support", "tasks_app_job", "state=failed"),
    "batches": ("support", "tasks_app_batch", ""),
    "items-of-a-batch": ("support", "tasks_app_batchitem", ""),
    "saved-searches": ("support", "tasks_app_savedsearch", ""),
    "results": ("support", "django_celery_results_taskresult", ""),
    "schedules": ("staff", "django_celery_beat_periodictask", ""),
    "calendars": ("staff", "tasks_app_calendar", ""),
    "quiet-periods": ("staff", "tasks_app_quietperiod", ""),
    "timings-crontabs": ("staff", "django_celery_beat_crontabschedule", ""),
    "timings-intervals": ("staff", "django_celery_beat_intervalschedule", ""),
    "timings-sun": ("staff", "django_celery_beat_solarschedule", ""),
    "timings-moments": ("staff", "django_celery_beat_clockedschedule", ""),
    "messages": ("staff", "backoffice_message", ""),
    "recipients": ("staff", "backoffice_recipient", ""),
    "audiences": ("staff", "backoffice_audience", ""),
    "mailings": ("staff", "backoffice_mailing", ""),
    "fields-of-recipients": ("staff", "backoffice_recipientfield", ""),
    "tags": ("staff", "backoffice_tag", ""),
    "suppressed-addresses": ("support", "backoffice_suppression", ""),
    "templates": ("staff", "backoffice_emailtemplate", ""),
    "reports": ("manager", "backoffice_report", ""),
    "reports-on-the-shelf": ("manager", "backoffice_binder", ""),
    "reports-subscribed": ("manager", "backoffice_subscription", ""),
    "questions": ("admin", "backoffice_question", ""),
    "look-of-reports": ("admin", "backoffice_reportlook", ""),
    "users": ("admin", "auth_user", ""),
    "groups": ("admin", "auth_group", ""),
    "alert-rules": ("admin", "tasks_app_alertrule", ""),
    "audit-log": ("admin", "admin_logentry", ""),
    "sign-ins": ("admin", "backoffice_signin", ""),
    "sign-in-locks": ("admin", "backoffice_signinlock", ""),
}
BATCHED = 40  # jobs: a list of their items fills a window


def addresses() -> dict[str, tuple[str, str]]:
    """Picture → who looks, and the address."""
    from django.urls import reverse

    from tasks_app.models import Batch

    found = {}
    for name, (who, model, query) in LISTS.items():
        if name == "items-of-a-batch":
            query = f"batch={Batch.objects.latest('created_at').pk}"
        place = reverse(f"admin:{model}_changelist")
        found[name] = who, f"{place}?{query}" if query else place
    return found


def add_rows(support: Any, manager: Any) -> None:
    """A batch, rules, searches, calendars, locks and subscriptions, as people leave them."""
    begin_a_batch(support)
    keep_calendars()
    keep_timings()
    add_rules()
    save_searches(support)
    lock_out()
    subscribe(manager)
    keep_audiences()


def keep_audiences() -> None:
    """Fields and tags of recipients, and an audience of each kind."""
    from backoffice.models import Audience, AudienceCondition, Recipient, RecipientField, Tag

    for name, label, kind, choices in (
        ("city", "City", "text", ""),
        ("balance", "Balance", "number", ""),
        ("customer_since", "Customer since", "date", ""),
        ("tier", "Tier", "choice", "gold\nsilver\nbronze"),
    ):
        RecipientField.objects.create(name=name, label=label, type=kind, choices=choices)
    tags = [Tag.objects.create(name=name) for name in ("customer", "press", "vip")]
    for number, one in enumerate(Recipient.objects.order_by("pk")[:300]):
        one.tags.add(tags[number % 3])
    gold = Audience.objects.create(name="Gold customers", shared=True)
    for asked in (("own:tier", "is", "gold"), ("own:balance", "from", "50"), ("tag", "is", "customer")):
        subject, comparison, value = asked
        AudienceCondition.objects.create(audience=gold, subject=subject, comparison=comparison, value=value)
    french = Audience.objects.create(name="Readers of French", shared=True)
    AudienceCondition.objects.create(audience=french, subject="language", comparison="is", value="fr")
    Audience.objects.create(name="The committee", kind="chosen", shared=True)
    Audience.objects.create(name="Late payers", kind="file", file_name="late-payers.csv", shared=True)


def begin_a_batch(by: Any) -> None:
    from tasks_app.batches.beginning import Wish, begin
    from tasks_app.launching import wait
    from tasks_app.models import Job, State

    failed = Job.objects.filter(state=State.FAILED, repaired_at=None).order_by("-ended_at")
    chosen = Job.objects.filter(pk__in=list(failed.values_list("pk", flat=True)[:BATCHED]))
    batch = begin(
        Wish(chosen, "The latest that failed", by, str(uuid4()), reason="The mail service is back.")
    )
    wait(Job.objects.get(pk=batch.job_id), 120)  # sorted, and to be looked at


def add_rules() -> None:
    from tasks_app.db import shared_time
    from tasks_app.models import AlertOn, AlertRule

    for name, on in (
        ("A new cause, to the desk", AlertOn.NEW_CAUSE),
        ("No clock, to operations", AlertOn.NO_CLOCK),
    ):
        AlertRule.objects.create(name=name, on=on, mail_to="desk@example.org", since=shared_time.now())


def keep_calendars() -> None:
    from tasks_app.models import Calendar

    for name, country, off in (
        ("Paris office", "FR", "2026-12-24 Christmas Eve\n2026-08-03 – 2026-08-21 Summer closing"),
        ("Dublin office", "IE", "2026-12-24 – 2026-12-31 Between the years"),
        ("Weekdays, whatever is celebrated", "", ""),
    ):
        Calendar.objects.create(name=name, country=country, days_off=off)


def keep_timings() -> None:
    """Of the kinds that the past has few of: by one of them a schedule runs."""
    from django.utils import timezone
    from django_celery_beat.models import ClockedSchedule, IntervalSchedule, PeriodicTask, SolarSchedule

    for event, latitude, longitude in (("sunrise", "48.8566", "2.3522"), ("sunset", "53.3498", "-6.2603")):
        SolarSchedule.objects.create(event=event, latitude=latitude, longitude=longitude)
    for number, unit in ((15, "minutes"), (2, "days")):
        IntervalSchedule.objects.get_or_create(every=number, period=unit)
    begin = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0)
    moments = [ClockedSchedule.objects.create(clocked_time=begin + timedelta(days=days)) for days in (3, 10)]
    PeriodicTask.objects.create(
        name="Clean up before the audit",
        task="tasks_app.tasks.cleanup_results",
        clocked=moments[0],
        one_off=True,
    )


def save_searches(owner: Any) -> None:
    from tasks_app.models import SavedSearch

    for name, query, shared in (
        ("Mine of today", "q=user:me last:24h", False),
        ("Slow reports", "q=kind:rapport_pdf >1m", True),
        ("What waits in low", "q=state:waiting queue:low", True),
    ):
        SavedSearch.objects.create(owner=owner, name=name, query=query, shared=shared)


def lock_out() -> None:
    from axes.models import AccessAttempt
    from django.utils import timezone

    for minutes, name, address, failures in (
        (4, "staff@example.org", "192.0.2.7", 5),
        (11, "robin.sample@example.org", "198.51.100.23", 2),
    ):
        AccessAttempt.objects.create(
            username=name,
            ip_address=address,
            attempt_time=timezone.now() - timedelta(minutes=minutes),
            failures_since_start=failures,
        )


def subscribe(owner: Any) -> None:
    """And every report of the past gets its place on the shelf."""
    from backoffice.admin.subscriptions.rhythm import RhythmForm
    from backoffice.admin.subscriptions.writing import save_schedule
    from backoffice.models import Reader, Subscription
    from backoffice.shelf.placing import place_those_without

    for name, report, period, often in (
        ("Emails of the month", "emails", "last_month", "first_working"),
        ("Activity, each Monday", "activity", "last_week", "weekly"),
        ("Emails of the quarter", "emails", "last_quarter", "quarter"),
    ):
        one = Subscription.objects.create(
            name=name,
            type=report,
            parameters={"period": period, "language": "en"},
            formats=["pdf"],
            owner=owner,
        )
        rhythm = RhythmForm({"often": often, "weekday": "1", "time": "07:00"})
        rhythm.is_valid()
        save_schedule(one, rhythm)
        one.save()
        Reader.objects.create(subscription=one, user=owner)
    place_those_without(10_000)
