"""What docker-compose.yml, Dockerfile, units and examples promise, read as their programs read them."""

from __future__ import annotations

import ast
import fnmatch
import re
import subprocess
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.utils.module_loading import import_string

from backoffice.reports.scripts import SCRIPTS
from projet.settings import CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, VERSION
from tests.deploy import reading
from tests.deploy.reading import DEPLOY, ROOT, UNITS
from tests.start.test_readme import table

pytestmark = pytest.mark.once

OURS = ["migrate", "web", "worker", "worker-pdf", "beat", "flower"]
FONTS = ("fonts-dejavu-core", "fonts-noto-core", "fonts-noto-cjk", "fonts-noto-color-emoji")
EVERY_UNIT = pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
WORKER = "celery -A projet worker -l info -Q high,default,low -O fair -n worker1@%h --concurrency=4"


def test_the_worker_takes_all_three_queues_under_a_name_of_its_host() -> None:
    assert reading.services()["worker"]["command"] == WORKER


def test_the_number_of_workers_is_a_setting_that_every_up_keeps() -> None:
    assert reading.services()["worker"]["deploy"] == {"replicas": "${WORKERS:-1}"}
    assert reading.example()["WORKERS"] == "1"
    assert "--scale" not in "".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))


def test_a_password_that_is_missing_is_told_with_what_it_takes() -> None:
    """Compose puts before it: required variable REDIS_PASSWORD is missing a value."""
    text = (ROOT / "docker-compose.yml").read_text()
    told = dict(re.findall(r"\$\{(\w+):\?(.*?)\}", text))
    assert told.keys() == {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "FLOWER_BASIC_AUTH"}
    assert all(sentence.startswith("it takes ") for sentence in told.values())
    assert text.count("_PASSWORD:?") + text.count("AUTH:?") == text.count(":?it takes ")


@pytest.mark.parametrize(("owner", "folder"), [("backoffice", "/srv/backups"), ("10001", "/backups")])
def test_the_folder_of_backups_is_its_writers_before_it_is_used(owner: str, folder: str) -> None:
    text = (ROOT / "docs" / "backup.md").read_text()
    made = text.index(f"install -d -m 700 -o {owner} -g {owner} /srv/backups")
    given = text.index(f"chown -R {owner}:{owner} /srv/backups")
    assert made < text.index(f"manage.py backup {folder}") < given
    assert given < text.index(f"manage.py restore {folder}/backoffice-")


def test_nothing_is_published_beyond_this_host() -> None:
    published = {name: service.get("ports", []) for name, service in reading.services().items()}
    assert published.pop("postgres") == []
    assert {"redis", "web", "flower"} == {name for name, ports in published.items() if ports}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)


def test_one_service_builds_the_image_that_ours_share() -> None:
    ours = {name: reading.services()[name] for name in OURS}
    assert [name for name, service in ours.items() if "build" in service] == ["migrate"]
    assert {service["image"] for service in ours.values()} == {f"backoffice:{VERSION}"}


def test_the_version_stands_in_one_place() -> None:
    """pyproject.toml names where it is: the image, which has no pyproject.toml, reads the same."""
    described = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in described["project"]
    assert described["project"]["dynamic"] == ["version"]
    named = described["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    assert import_string(named) == VERSION


def test_nobody_waits_for_somebody_who_waits_for_them() -> None:
    waits = {name: service.get("depends_on", {}) for name, service in reading.services().items()}
    list(TopologicalSorter(waits).static_order())  # raises CycleError


def test_each_wait_can_end() -> None:
    for name, service in reading.services().items():
        for awaited, how in service.get("depends_on", {}).items():
            other = reading.services()[awaited]
            condition = how["condition"]
            if condition == "service_healthy":
                assert "test" in other["healthcheck"], f"{name} waits for {awaited}, whose health nobody asks"
            if condition == "service_completed_successfully":
                assert other["restart"] == "no", f"{name} waits for {awaited} to end, which starts again"


def test_only_migrate_waits_for_the_database_and_all_others_for_migrate() -> None:
    for name in OURS:
        awaited = set(reading.services()[name]["depends_on"])
        assert awaited == ({"postgres"} if name == "migrate" else {"migrate", "redis"})


def test_a_stopping_service_has_longer_than_the_soft_shutdown() -> None:
    told = float(reading.example()["WORKER_SOFT_SHUTDOWN_SECONDS"])
    for name in OURS:
        grace = reading.seconds(reading.services()[name]["stop_grace_period"])
        assert grace > max(told, CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT) + 10


def test_every_service_starts_again_keeps_its_data_and_bounds_its_log() -> None:
    document = reading.compose()
    for name, service in document["services"].items():
        assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "5"}
        assert service["volumes"][0].partition(":")[0] in document["volumes"]


def test_our_services_run_without_privileges_on_a_file_system_they_cannot_change() -> None:
    for name in OURS:
        service = reading.services()[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_redis_keeps_what_it_accepted_and_its_password_is_in_no_list_of_processes() -> None:
    script = reading.command_of("redis")[-1]
    assert "--appendonly yes --maxmemory-policy noeviction" in script
    assert "--requirepass" not in script
    assert reading.services()["redis"]["image"] == "redis:7"


def test_the_image_is_built_in_two_stages_and_runs_as_nobody_special() -> None:
    steps = reading.dockerfile()
    stages = [text for name, text in steps if name == "FROM"]
    assert stages == ["python:3.12-slim-trixie AS build", "python:3.12-slim-trixie"]
    last = steps[len(steps) - [name for name, _ in reversed(steps)].index("FROM") :]
    assert dict(last)["USER"] == "backoffice"
    installed = next(text for name, text in last if name == "RUN")
    for package in ("libpango-1.0-0", *FONTS, "postgresql-client"):
        assert package in installed
    assert "-dev" not in installed
    assert {one.package for one in SCRIPTS.values()} == set(FONTS)
    assert all(package in (ROOT / "docs/operations.md").read_text() for package in FONTS)
    assert "gettext" not in installed


def test_every_package_of_the_image_is_pinned_to_files_and_pip_takes_no_other() -> None:
    text = (ROOT / "requirements.txt").read_text().replace("\\\n", " ")
    packages = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert packages
    assert all(re.match(r"\S+==\S+ .*--hash=sha256:[0-9a-f]{64}", line) for line in packages)
    installs = [text for name, text in reading.dockerfile() if name == "RUN" and "pip install" in text]
    assert all("--require-hashes" in text for text in installs)


def test_the_image_holds_the_code_and_neither_secrets_nor_data() -> None:
    assert reading.dockerignore()[0] == "*"
    assert all((ROOT / rule[1:]).exists() for rule in reading.dockerignore() if rule.startswith("!"))
    kept_out = (".env", "var/backoffice.sqlite3", ".git/config", "tests/conftest.py", "projet/local/run.py")
    assert not any(reading.is_let_in(name) for name in kept_out)


def test_what_the_image_leaves_out_is_imported_by_nothing_in_it() -> None:
    for folder in ("projet", "tasks_app", "backoffice"):
        for path in (ROOT / folder).rglob("*.py"):
            if "local" not in path.relative_to(ROOT).parts:
                assert not any(name.startswith("projet.local") for name in imports(path)), path


def imports(path: Path) -> list[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    return plain + [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]


def test_the_example_names_only_variables_that_somebody_reads() -> None:
    elsewhere = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "FLOWER_BASIC_AUTH", "WORKERS"}
    assert set(reading.example()) - elsewhere <= set(table())


def test_the_example_leaves_open_what_must_not_be_the_same_everywhere() -> None:
    assert {name for name, value in reading.example().items() if not value} == set(reading.FILLED_IN)


def test_an_update_restarts_every_unit() -> None:
    _, _, text = (ROOT / "docs" / "upgrade.md").read_text().partition("## With systemd")
    restarted = re.findall(r"backoffice-[a-z@*-]+", text)
    for path in UNITS:
        assert any(
            fnmatch.fnmatch(path.stem, pattern) for pattern in restarted if pattern != "backoffice-*"
        ), path


def test_nginx_of_debian_12_and_of_today_both_read_the_example() -> None:
    """The directive "http2" is not known before nginx 1.25; as a word of "listen" it is taken by all."""
    text = re.sub("#.*", "", (DEPLOY / "nginx.conf.example").read_text())
    assert re.findall(r"listen [^;]*443[^;]*;", text) == [
        "listen 443 ssl http2;", "listen [::]:443 ssl http2;"
    ]  # fmt: skip
    assert not re.search(r"^\s*http2 ", text, re.MULTILINE)


def test_there_is_a_unit_for_each_process() -> None:
    assert [path.name for path in UNITS] == [
        "backoffice-beat.service",
        "backoffice-flower.service",
        "backoffice-web.service",
        "backoffice-worker-pdf.service",
        "backoffice-worker@.service",
    ]


@EVERY_UNIT
def test_a_unit_starts_with_the_machine_and_again_after_a_failure(path: Path) -> None:
    unit = reading.unit(path)
    assert unit["Install"]["WantedBy"] == "multi-user.target"
    assert unit["Service"]["Restart"] == "on-failure"
    assert unit["Service"]["EnvironmentFile"] == "/etc/backoffice/backoffice.env"
    assert unit["Service"]["User"] == "backoffice"


@EVERY_UNIT
def test_a_unit_asks_its_main_process_alone_to_stop(path: Path) -> None:
    assert reading.unit(path)["Service"]["KillMode"] == "mixed"


def test_systemd_starts_a_clock_anew_that_stands_still_and_leaves_workers_to_their_leases() -> None:
    watched = {path.stem: reading.unit(path)["Service"].get("WatchdogSec") for path in UNITS}
    assert {name for name, seconds in watched.items() if seconds} == {"backoffice-beat"}
    beat = reading.unit_of("beat")
    assert (beat["Type"], beat["Restart"]) == ("notify", "on-failure")


def test_systemd_waits_longer_than_the_soft_shutdown_of_a_worker() -> None:
    worker = reading.unit(DEPLOY / "systemd" / "backoffice-worker@.service")
    assert int(worker["Service"]["TimeoutStopSec"]) > CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT + 10


def test_the_worker_of_reports_is_there_for_who_asks_for_it() -> None:
    assert reading.services()["worker-pdf"]["profiles"] == ["pdf"]
    assert [name for name, service in reading.services().items() if "profiles" in service] == ["worker-pdf"]
    assert "PDF_QUEUE" in (DEPLOY / "backoffice.env.example").read_text()


@pytest.mark.parametrize("service", ["web", "worker", "worker-pdf", "beat", "flower"])
def test_a_unit_runs_the_command_that_compose_runs(service: str) -> None:
    path = next(path for path in UNITS if path.stem.rstrip("@") == f"backoffice-{service}")
    started = reading.unit(path)["Service"]["ExecStart"]
    started = started.removeprefix("/opt/backoffice/.venv/bin/").replace("%i", "worker1").replace("%%h", "%h")
    assert started.replace("127.0.0.1:8000", "0.0.0.0:8000").split() == reading.command_of(service)


@EVERY_UNIT
def test_a_unit_may_write_its_data_and_nothing_else(path: Path) -> None:
    service = reading.unit(path)["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["StateDirectory"] == "backoffice"
    assert service["CapabilityBoundingSet"] == ""


def test_systemd_thinks_the_units_safe(systemd_analyze: Path, tmp_path: Path) -> None:
    """An exposure of 10 would be a service that may do whatever root may; each score is printed."""
    for path in UNITS:
        drop_in = DEPLOY / "systemd" / "backoffice-.service.d" / "hardening.conf"
        together = tmp_path / path.name
        together.write_text(path.read_text() + "\n" + drop_in.read_text())
        done = subprocess.run(
            [systemd_analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", str(together)],
            capture_output=True,
            text=True,
        )
        print(path.name, done.stdout.strip().splitlines()[-1:], done.stderr.strip())
        assert done.returncode == 0, done.stdout + done.stderr


def test_systemd_finds_nothing_to_say_about_the_units(systemd_analyze: Path, tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").rglob("*.*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(DEPLOY / "systemd")
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(path.read_text().replace("/opt/backoffice", str(ROOT)))
    units = [str(tmp_path / path.name) for path in UNITS]
    done = subprocess.run([systemd_analyze, "verify", "--man=no", *units], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
