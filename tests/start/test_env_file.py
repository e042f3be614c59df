"""`.env`: written when absent, added to when it lacks something, never changed where a person wrote."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from dotenv import dotenv_values

from projet.conf.validators import ARE_KEYS
from projet.local import env_file
from projet.local.errors import Trouble
from projet.local.programs import free_port, port_is_free
from tests.start.test_refusals import manage

pytestmark = pytest.mark.once


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.env` that does not exist yet, on a machine whose environment says nothing."""
    for name in ("ENVIRONMENT", "DEBUG", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "CELERY_BROKER_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / ".env"


def test_a_fresh_machine_gets_a_secret_key_and_a_broker_of_its_own(path: Path) -> None:
    env_file.prepare(path)
    written = dotenv_values(path)
    ours = env_file.our_redis(path)
    assert written["ENVIRONMENT"] == "local"
    assert written["DEBUG"] == "true"
    assert len(written["SECRET_KEY"] or "") > 50
    assert ARE_KEYS.accepts([written["FIELD_ENCRYPTION_KEYS"]])
    assert ours is not None
    assert len(ours.password) > 30
    assert written["CELERY_BROKER_URL"] == f"redis://:{ours.password}@127.0.0.1:{ours.port}/1"
    assert ours.port != 6379
    assert path.stat().st_mode & 0o077 == 0, "others can read the secret key"


def test_two_machines_share_no_secret(path: Path, tmp_path: Path) -> None:
    env_file.prepare(path)
    env_file.prepare(tmp_path / "other")
    one, other = dotenv_values(path), dotenv_values(tmp_path / "other")
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "CELERY_BROKER_URL"):
        assert one[name] != other[name]


def test_settings_that_others_could_read_are_theirs_alone_once_a_secret_is_added(path: Path) -> None:
    path.write_text("ENVIRONMENT=local\n")
    path.chmod(0o644)
    env_file.prepare(path)
    assert path.stat().st_mode & 0o077 == 0


def test_what_a_person_wrote_stays_and_only_what_lacks_is_added(path: Path) -> None:
    theirs = "# mine\nENVIRONMENT=local\nSECRET_KEY='my own key'\nCOMPANY_NAME=Example Books"
    path.write_text(theirs)
    env_file.prepare(path)
    first = path.read_text()
    assert first.startswith(theirs)
    assert first.count("SECRET_KEY") == 1
    env_file.prepare(path)
    assert path.read_text() == first


@pytest.mark.parametrize(
    "line",
    [
        "CELERY_BROKER_URL=redis://127.0.0.1:6379/1",
        "CELERY_BROKER_URL=rediss://:secret@broker.example.org/0",
        # Ours once, with the address changed by hand and our comment left standing.
        "CELERY_BROKER_URL=redis://127.0.0.1:6379/1  # the bundled Redis on 41000; write another URL",
        "CELERY_BROKER_URL=redis://elsewhere:41000/1  # the bundled Redis on 41000; write another URL",
    ],
)
def test_a_broker_that_a_person_named_is_not_ours(path: Path, line: str) -> None:
    path.write_text(f"ENVIRONMENT=local\n{line}\n")
    env_file.prepare(path)
    assert line in path.read_text()
    assert env_file.our_redis(path) is None
    assert env_file.ready_redis(path) is None


def test_a_broker_in_the_environment_comes_before_ours(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.prepare(path)
    assert env_file.our_redis(path) is not None
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://127.0.0.1:6379/1")
    assert env_file.our_redis(path) is None


def test_our_redis_of_a_version_that_gave_it_no_password_gets_one(path: Path) -> None:
    port = free_port()
    line = f"CELERY_BROKER_URL=redis://127.0.0.1:{port}/1  # the bundled Redis on {port}; write another URL"
    path.write_text(f"ENVIRONMENT=local\n{line}\nCOMPANY_NAME=Example Books\n")
    env_file.prepare(path)
    assert env_file.our_redis(path) == (port, "")
    ready = env_file.ready_redis(path)
    assert ready is not None
    assert ready.port == port
    assert dotenv_values(path)["CELERY_BROKER_URL"] == f"redis://:{ready.password}@127.0.0.1:{port}/1"
    assert len(ready.password) > 30
    assert dotenv_values(path)["COMPANY_NAME"] == "Example Books"


def test_our_port_is_kept_from_one_start_to_the_next(path: Path) -> None:
    env_file.prepare(path)
    before = path.read_text()
    assert env_file.ready_redis(path) == env_file.our_redis(path)
    assert path.read_text() == before


def test_a_port_that_a_stranger_took_is_left_to_the_stranger(path: Path) -> None:
    env_file.prepare(path)
    ours = env_file.our_redis(path)
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", ours.port))
        stranger.listen()
        other = env_file.ready_redis(path)
    assert other.port != ours.port
    assert other.password == ours.password
    assert env_file.our_redis(path) == other
    assert path.read_text().count("CELERY_BROKER_URL") == 1


@pytest.mark.parametrize("text", ["ENVIRONMENT=production\n", "COMPANY_NAME=Example Books\n"])
def test_an_instance_in_production_is_not_run_with_demo_accounts(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(Trouble, match="ENVIRONMENT"):
        env_file.prepare(path)
    assert path.read_text() == text


def test_a_free_port_is_free() -> None:
    port = free_port()
    assert port_is_free(port)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))
        listener.listen()
        assert not port_is_free(port)


@pytest.mark.processes
def test_libraries_that_look_into_the_environment_find_what_the_file_says(tmp_path: Path) -> None:
    """AWS keys are boto3's to find and FLOWER_BASIC_AUTH is Flower's: neither asks our settings."""
    written = tmp_path / "env"
    written.write_text(
        "AWS_ACCESS_KEY_ID=of-the-file\nAWS_SECRET_ACCESS_KEY=x\nFLOWER_BASIC_AUTH=boss:word\n"
    )
    found = "boto3.Session().get_credentials().access_key, os.environ.get('FLOWER_BASIC_AUTH')"
    done = manage(
        tmp_path, "shell", "--verbosity=0", "-c", f"import boto3, os; print({found})", ENV_FILE=str(written)
    )
    assert done.stdout == "of-the-file boss:word\n", done.stderr
