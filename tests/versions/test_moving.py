"""Schedules as YAML: out, looked at, in, and in once more; whatever a file may hold, with a sentence."""

from __future__ import annotations

from io import StringIO

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from tasks_app.clock.tick import tick
from tasks_app.models import Calendar, Made, ScheduleOptions, ScheduleRule, ScheduleVersion
from tasks_app.schedules.moving.importing import import_file
from tasks_app.schedules.moving.reading import LARGEST, Refused
from tasks_app.schedules.moving.writing import written
from tasks_app.schedules.planning import with_rhythms
from tests.clock.making import DEBUG_TASK, at, crontab, every, schedule

pytestmark = [pytest.mark.django_db, pytest.mark.once]

NOW = at("2026-06-01 12:00")
PLAIN = f"""
schedules:
- name: Nightly
  task: {DEBUG_TASK}
  timing:
    crontab: {{minute: 0, hour: 8, day_of_month: '*', month_of_year: '*',
      day_of_week: 1-5, timezone: Europe/Paris}}
"""


@pytest.fixture
def some():
    """One of each kind of timing, with all that a schedule may have."""
    calendar = Calendar.objects.create(name="Norvège", country="NO", days_off="2027-08-02 – 2027-08-13 Été")
    full = schedule(
        "Tout", changed=NOW, crontab=crontab("0 8 * * 1-5"), kwargs='{}', headers='{"h": [1, "2"]}',
        description="Ligne 1\nLigne 2: « on »", priority=3, start_time=NOW, expires=at("2030-01-01 00:00"),
        queue="low",
    )  # fmt: skip
    ScheduleRule.objects.create(
        schedule=full, on_day_off="after", calendar=calendar, every=15, first_time="08:00", last_time="18:00"
    )
    schedule("Every so often", changed=NOW, interval=every(7, "minutes"), enabled=False, expire_seconds=60)
    tick(NOW)
    ScheduleOptions.objects.filter(schedule=full).update(after_downtime="each")
    return full


def exported() -> str:
    return written(with_rhythms(PeriodicTask.objects.select_related("options").order_by("name")))


def outcomes(text, **options):
    options = {"dry_run": False} | options
    data = text if isinstance(text, bytes) else text.encode()
    return [(one.name, str(one.outcome)) for one in import_file(data, NOW, None, **options).results]


def test_the_same_file_changes_nothing_where_it_came_from(some):
    before = list(ScheduleVersion.objects.values_list("schedule", "number"))
    text = exported()
    assert outcomes(text) == [("Norvège", "same"), ("Every so often", "same"), ("Tout", "same")]
    assert list(ScheduleVersion.objects.values_list("schedule", "number")) == before
    assert exported() == text


def test_elsewhere_it_makes_the_same_schedules(some):
    text = exported()
    keys = set(PeriodicTask.objects.values_list("pk", flat=True))
    PeriodicTask.objects.all().delete()
    Calendar.objects.all().delete()
    new = [("Norvège", "new"), ("Every so often", "new"), ("Tout", "new")]
    assert outcomes(text, dry_run=True) == new
    assert not PeriodicTask.objects.exists()  # a dry run leaves nothing
    assert not Calendar.objects.exists()
    assert outcomes(text) == new
    assert outcomes(text) == [(name, "same") for name, _new in new]
    assert exported() == text
    assert not keys & set(PeriodicTask.objects.values_list("pk", flat=True))
    row = PeriodicTask.objects.get(name="Tout")
    assert (row.rule.calendar.country, row.rule.last_time.hour, row.options.after_downtime) == (
        "NO",
        18,
        "each",
    )
    assert {one.made for one in ScheduleVersion.objects.filter(schedule=row.pk)} == {Made.IMPORTED}


def test_a_change_is_told_from_what_to_what_and_the_rest_left_alone(some):
    text = exported().replace("hour: '8'", "hour: '9'").replace("period: minutes", "period: hours")
    found = import_file(text.encode(), NOW, None, dry_run=True)
    told = {one.name: [change.label for change in one.changes] for one in found.of("changed")}
    assert told == {"Tout": ["Rhythm"], "Every so often": ["Rhythm"]}
    schedule("Not in the file", changed=NOW, interval=every(1, "days"))
    import_file(text.encode(), NOW, None, dry_run=False)
    assert PeriodicTask.objects.get(name="Tout").crontab.hour == "9"
    assert PeriodicTask.objects.filter(name="Not in the file").exists()


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("hour: 8", "hour: 25", 3, "cannot be read as hours"),
        ("hour: 8", "hours: 8", 6, "“hours” is not known here"),
        ("'*', month_of_year: '*'", "31, month_of_year: 2", 3, "never comes"),
        ("Europe/Paris", "Europe/Nowhere", 3, "no time zone that is known here"),
        ("name: Nightly", "name: " + "N" * 10_000, 3, "200"),
        ("name: Nightly", "name: ''", 3, "name"),
        (DEBUG_TASK, "tasks_app.tasks.gone", 3, "tasks_app.tasks.gone"),
        ("task:", "arguments: {colour: blue}\n  task:", 3, "colour"),
        ("task:", "enabled: perhaps\n  task:", 3, "enabled"),
        ("task:", "rule: {calendar: Nowhere}\n  task:", 3, "There is no calendar “Nowhere”"),
        ("task:", "rule: {every: 5}\n  task:", 3, "cannot be read"),
        ("task:", "start_time: 2027-01-01\n  expires: 2026-01-01\n  task:", 3, "before it begins"),
        ("task:", "secrets: [password]\n  task:", 3, "secret arguments (password)"),
        ("crontab:", "solar:", 6, "is not known"),
        ("minute: 0, ", "", 6, "“minute” is missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_entry_is_said_with_its_line_and_stops_no_other(old, new, line, said):
    text = PLAIN.replace(old, new) + PLAIN.split("schedules:\n")[1].replace("Nightly", "Another")
    found = import_file(text.encode(), NOW, None, dry_run=False)
    [refused] = found.refused
    assert said in refused.reason
    assert refused.line == line
    assert [one.name for one in PeriodicTask.objects.all()] == ["Another"]


def test_a_name_that_stands_there_twice_counts_once():
    found = import_file((PLAIN + PLAIN.split("schedules:\n")[1]).encode(), NOW, None, dry_run=False)
    assert [str(one.outcome) for one in found.results] == ["new", "refused"]
    assert "line 3" in found.refused[0].reason


BOMB = "a: &a [x, x, x]\n" + "\n".join(
    f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("data", "line", "said"),
    [
        (BOMB.encode(), 1, "References"),
        (b"schedules: *nobody", 1, "References"),
        (b"[" * 5000, 1, "nested too deeply"),
        (b"\n" + b"{a: " * 2000, 2, "nested too deeply"),
        (b"[" * 40 + b"]" * 40, 1, "nested too deeply"),
        (b"schedules:\n- name: [", 2, "This is not YAML"),
        (b"schedules:\n- {name: a, name: b}\n\t", 3, "This is not YAML"),
        (b"x" * (LARGEST + 1), 1, "at most"),
        (b"schedules:\n- name: \xff", 2, "UTF-8"),
        (b"", 1, "Names with values"),
        (b"- a", 1, "Names with values"),
        (b"schedules: 3", 1, "A list is expected"),
        (b"calendars: []\nplans: []", 2, "“plans” is not known"),
        (b"schedules: []\nschedules: []", 2, "twice"),
        (b"a: 1\n---\nb: 2", 2, "This is not YAML"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_line(data, line, said):
    with pytest.raises(Refused) as refused:
        import_file(data, NOW, None, dry_run=True)
    assert said in str(refused.value.notice)
    assert refused.value.line == line


def test_nothing_of_a_file_is_more_than_data():
    text = PLAIN.replace("task:", "arguments: !!python/object/apply:os.getcwd []\n  task:")
    [refused] = import_file(text.encode(), NOW, None, dry_run=False).refused
    assert "This is not YAML" in refused.reason


# --- Commands, fixtures, pages -------------------------------------------------------------------


def test_commands_write_and_read_the_file(some, tmp_path):
    file = tmp_path / "schedules.yaml"
    call_command("export_schedules", "Tout", output=str(file))
    assert [one["name"] for one in yaml.safe_load(file.read_text())["schedules"]] == ["Tout"]
    PeriodicTask.objects.all().delete()
    out = StringIO()
    call_command("import_schedules", str(file), "--dry-run", stdout=out)
    assert "new" in out.getvalue()
    assert not PeriodicTask.objects.exists()
    call_command("import_schedules", str(file), stdout=out)
    assert PeriodicTask.objects.get().name == "Tout"
    file.write_text("schedules: [{name: x}]")
    with pytest.raises(CommandError, match="Some were refused"):
        call_command("import_schedules", str(file), stdout=out)
    with pytest.raises(CommandError, match="There is no schedule “Nobody”"):
        call_command("export_schedules", "Nobody")


def test_the_same_file_is_a_fixture(some, tmp_path):
    file, text = tmp_path / "schedules.yaml", exported()
    file.write_text(text)
    PeriodicTask.objects.all().delete()
    Calendar.objects.all().delete()
    for _ in range(2):
        call_command("loaddata", str(file), verbosity=0)
        assert exported() == text
    file.write_text("schedules:\n- name: x\n  colour: blue\n")
    with pytest.raises(Exception, match=r"line 3: .*colour"):
        call_command("loaddata", str(file), verbosity=0)


def test_fixtures_of_djangos_own_yaml_load_as_before(some, tmp_path):
    file = tmp_path / "own.yaml"
    call_command("dumpdata", "tasks_app.calendar", format="yaml", output=str(file))
    Calendar.objects.filter(name="Norvège").update(country="SE")
    call_command("loaddata", str(file), verbosity=0)
    assert Calendar.objects.get().country == "NO"


def test_the_page_shows_first_and_imports_then(admin_client):
    address = reverse("admin:django_celery_beat_periodictask_import")
    schedule("Nightly", changed=NOW, crontab=crontab("0 7 * * 1-5"))
    text = PLAIN + "- name: Refused\n  colour: blue\n"
    page = admin_client.post(address, {"file": SimpleUploadedFile("schedules.yaml", text.encode())})
    report = page.context["report"]
    [(changed, difference)] = report["changed"]
    assert changed.name == "Nightly"
    assert difference.comparison.coming.moved > 200
    assert report["refused"] == ["Line 9, “Refused”: “colour” is not known here. Known are: "
                                 + report["refused"][0].split("Known are: ")[1]]  # fmt: skip
    assert PeriodicTask.objects.get().crontab.hour == "7"
    admin_client.post(address, {"text": page.context["text"]})
    assert PeriodicTask.objects.get().crontab.hour == "8"
    assert ScheduleVersion.objects.latest("pk").by.username == "admin"


def test_what_is_exported_on_the_list_is_what_was_ticked(admin_client, some):
    chosen = {"action": "export_selected", "_selected_action": [some.pk]}
    answer = admin_client.post(reverse("admin:django_celery_beat_periodictask_changelist"), chosen)
    assert [one["name"] for one in yaml.safe_load(answer.content)["schedules"]] == ["Tout"]
    everything = admin_client.get(reverse("admin:django_celery_beat_periodictask_export"))
    assert len(yaml.safe_load(everything.content)["schedules"]) == 2
