"""What a process writes for a while goes with it, however it ends, and not before."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks_app import temporary

pytestmark = [pytest.mark.once, pytest.mark.processes]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's folder of temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def begun(place: Path) -> Iterator[Callable[..., int]]:
    """`begun()`: a process that has written a file and lives until the test kills it, or ends; its id."""
    until, end = os.pipe()
    written, tell = os.pipe()

    def process(*, parent_of_another: bool = False) -> int:
        if (pid := os.fork()) == 0:
            os.close(end)
            temporary.begin()
            if parent_of_another and os.fork():
                signal.pause()
            Path(tempfile.gettempdir(), "written").touch()
            os.write(tell, b"!")
            os.read(until, 1)
            os._exit(0)
        os.read(written, 1)
        return pid

    yield process
    for descriptor in (until, end, written, tell):
        os.close(descriptor)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def files(place: Path) -> int:
    return len(list(place.rglob("written")))


def test_what_a_killed_process_left_is_removed_by_whoever_starts_next(
    place: Path, begun: Callable[..., int]
) -> None:
    kill(begun())
    assert files(place) == 1
    kill(begun())
    assert files(place) == 1, "the second one's own"
    temporary.remove_abandoned(place)
    assert list(place.iterdir()) == []


def test_what_is_written_by_who_lives_stays(place: Path, begun: Callable[..., int]) -> None:
    living = begun()
    temporary.remove_abandoned(place)
    assert files(place) == 1
    kill(living)


def test_a_folder_stays_for_as_long_as_a_child_lives_in_it(place: Path, begun: Callable[..., int]) -> None:
    kill(begun(parent_of_another=True))
    temporary.remove_abandoned(place)
    assert files(place) == 1


def test_nobody_elses_folder_is_touched(place: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    (place / "another-programs").mkdir()
    (place / f"{temporary.PREFIX}leads-elsewhere").symlink_to(elsewhere)
    temporary.remove_abandoned(place)
    assert (elsewhere / "kept").exists()
    assert (place / "another-programs").exists()
