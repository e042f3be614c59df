"""The house of each scenario, and a line of the table for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import used
from tests.faults.databases import make_copy, make_template
from tests.faults.house import House
from tests.faults.post_office import PostOffice
from tests.faults.table import FAILED, order
from tests.servers import PostgresServer, RedisServer


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of them start processes, and all bring their own PostgreSQL; they run in the table's order."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.stack)
        item.add_marker(pytest.mark.once)
    if len(ours) == len(items):
        items.sort(key=lambda item: order(number_of(item)))


def number_of(item: pytest.Item) -> str:
    marker = item.get_closest_marker("scenario")
    return str(marker.args[0]) if marker else ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """The table wants to know at teardown how the test itself ended."""
    report = yield
    if call.when == "call":
        item.failed_in_call = report.failed
    return report


@pytest.fixture(scope="session")
def template_database(postgres: PostgresServer, django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        make_template(postgres)


@pytest.fixture
def house(
    request: pytest.FixtureRequest,
    postgres: PostgresServer,
    template_database: None,
    django_db_blocker: Any,
    broker: RedisServer,
    post: PostOffice,
    tmp_path: Path,
) -> Iterator[House]:
    if not postgres.running:
        postgres.start()
    with django_db_blocker.unblock(), used(make_copy(postgres)):
        house = House(broker, postgres, post, tmp_path)
        yield house
        house.stop()
    failed = getattr(request.node, "failed_in_call", True)
    request.node.user_properties += [
        ("scenario", number_of(request.node)),
        ("outcome", FAILED if failed else "as expected"),
        ("expected", str(house.expected)),
        ("seen", str(house.seen or "")),
        ("recovery", house.recovery),
    ]


@pytest.fixture
def post() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()
