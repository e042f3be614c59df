"""Fixtures that every test shares: private servers, a broker, real processes.

`redis_server`, `postgres` and `moto_server` live for the session (one set for each xdist worker);
`broker`, `moto_endpoint`, `processes` and `stack` are a test's own.
"""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import TransactionTestCase
from django.utils import timezone, translation

from tests import needs, order
from tests.emptying import Emptying
from tests.kinds import pytest_itemcollected, pytest_runtest_protocol  # noqa: F401 - hooks
from tests.made_once import collected_static, make_tests_database, migrated_file, migrated_on
from tests.publishing import forget_broker_connections, publish_to
from tests.servers import MotoServer, PostgresServer, RedisServer


def pytest_configure(config: pytest.Config) -> None:
    """With REQUIRE_ALL=1 a missing program stops the run before it begins."""
    if needs.require_all() and needs.missing():
        raise pytest.UsageError("REQUIRE_ALL is set. " + " ".join(need.sentence for need in needs.missing()))
    config.pluginmanager.register(order)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what needs a program that this machine lacks."""
    missing = needs.missing()
    theirs = [item for item in items if any(need.of(item) for need in missing)]
    config.hook.pytest_deselected(items=theirs)
    items[:] = [item for item in items if item not in theirs]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Thousands of tests stay to the end: whoever looks for garbage need not look through them each time."""
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    for need in needs.missing():
        terminalreporter.write_line(need.sentence, yellow=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any
) -> None:
    """Before Django looks for the tests' database it is there, a copy: migrations take many times as long."""
    with django_db_blocker.unblock():
        make_tests_database()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Django takes the one that it finds."""
    return True


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """What a test commits is taken away as tests/emptying.py does it."""
    with django_db_blocker.unblock():
        emptying = Emptying(TransactionTestCase._fixture_teardown)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: emptying.after(case))
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """What a test printed may be no text: half a surrogate would end the worker that reports it."""
    report = yield
    report.sections = [(title, text.encode(errors="replace").decode()) for title, text in report.sections]
    return report


@pytest.fixture(autouse=True)
def _saved_questions_stay_in_their_test() -> None:
    """There are none before a test writes one: no page asks the database for those of another test."""
    from backoffice.questions.kinds import remember  # Django is set up only after this file is read

    remember([], float("inf"))


@pytest.fixture(autouse=True)
def _languages_stay_in_their_test() -> Iterator[None]:
    """A page that was asked for in French leaves its thread in French, and so what the next test launches."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _each_test_has_its_own_time() -> Iterator[None]:
    """What a heartbeat measured of the host is no fact for a test that moves the time."""
    from tasks_app.db import shared_time

    shared_time.forget()
    yield
    shared_time.forget()


@pytest.fixture(scope="session", autouse=True)
def _a_look_has_all_its_time() -> Iterator[None]:
    """A clock's look ends after some seconds, which may be too few on a slow machine for what a test makes.

    A test of a look that ends early says when.
    """
    from tasks_app.broker import lost_messages
    from tasks_app.clock import recovery

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recovery, "PUBLISHING_TIME", 600.0)
        patch.setattr(lost_messages, "FINDING_TIME", 600.0)
        yield


@pytest.fixture
def moment() -> Iterator[datetime]:
    """The present, and it stays: for figures that tell what passed since."""
    from tests.moments import standing_still

    now = timezone.now()
    with standing_still(now):
        yield now


@pytest.fixture(scope="session")
def migrated(django_db_blocker: Any) -> Path:
    """A SQLite with every table, to be copied where a process shall find one."""
    with django_db_blocker.unblock():
        return migrated_file()


@pytest.fixture(scope="session")
def static() -> Path:
    """What `collectstatic` makes for production; nobody writes there."""
    return collected_static()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A private Redis on a free port; `.url`, `.client`, `.stop()`, `.start()`, `.kill()`, `.freeze()`."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A private PostgreSQL; `.create_database(name)` gives a URL."""
    server = PostgresServer()
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def migrated_postgres(postgres: PostgresServer, django_db_blocker: Any) -> Callable[[str], str]:
    """`migrated_postgres("office")`: a database with every table, in place of one of that name; its URL."""

    def make(name: str) -> str:
        with django_db_blocker.unblock():
            return migrated_on(postgres, name)

    return make


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MotoServer]:
    server = MotoServer(tmp_path_factory.mktemp("moto"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def moto_endpoint(moto_server: MotoServer) -> str:
    """The address of an AWS that remembers nothing of earlier tests."""
    moto_server.reset()
    return moto_server.url


@pytest.fixture
def broker(
    redis_server: RedisServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RedisServer]:
    """Celery publishes to an empty private Redis; a test that stops it finds it running in the next."""
    if not redis_server.running:
        redis_server.start()
    redis_server.thaw()
    redis_server.client.flushall()
    publish_to(redis_server, settings, monkeypatch)
    yield redis_server
    # Others ask the server itself, without this fixture: it is left as it was found.
    redis_server.thaw()
    if not redis_server.running:
        redis_server.start()
    forget_broker_connections()


@pytest.fixture
def data_dir(settings: Any) -> Iterator[Path]:
    """The folder of emails and reports, emptied of them after the test."""
    yield settings.DATA_DIR
    for folder in (settings.OUTBOX_DIR, Path(settings.MEDIA_ROOT)):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def processes(broker: RedisServer, transactional_db: None, data_dir: Path, tmp_path: Path) -> Iterator[Any]:
    """Real processes on this test's database: `.start_worker()`, `.start_clock()`, `.start_web()`.

    Each has `.stop()`, `.kill()`, `.freeze()`, `.thaw()`, `.tail()`; `.url` is the web's address.
    """
    from tests.stack import Stack

    stack = Stack(broker, tmp_path)
    yield stack
    stack.stop()


@pytest.fixture
def stack(processes: Any) -> Any:
    """The whole back office running: one worker of two processes, a clock, the web."""
    return processes.start()


@pytest.fixture
def person(db: None) -> Callable[[str], Any]:
    """`person("Staff")`: a user of that group; "superuser" and "" (no group) work too."""
    from backoffice.seeds import seed_groups
    from tests.people import somebody

    seed_groups()
    return somebody
