"""What tests/warm starts begins as by itself: of what it is a copy of, it has the libraries alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests import warm

pytestmark = [pytest.mark.once, pytest.mark.processes]

SAYS = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv[1:], "path": sys.path[0], "name": __name__, "environment": dict(os.environ),
    "folder": os.getcwd(), "leads": os.getpid() == os.getsid(0) == os.getpgid(0),
    "files": sorted(map(int, os.listdir("/proc/self/fd")))[:-1], "input": sys.stdin.read(),
    "ours": [one for one in sys.modules if one.split(".")[0] in ("projet", "celery", "tests")],
}))
print("an error", file=sys.stderr)
sys.exit(7)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "scripts" / "says.py"
    path.parent.mkdir()
    return path


def test_a_program_begins_as_python_itself_would_begin_it(script: Path, tmp_path: Path) -> None:
    script.write_text(SAYS)
    given = {"ONE": "1", "LC_ALL": "C.UTF-8"}  # without a locale, Python names one there
    ours = warm.run([str(script), "a", "b c"], env=given, cwd=tmp_path)
    alone = subprocess.run(
        [sys.executable, script, "a", "b c"],
        env=given, cwd=tmp_path, stdin=subprocess.DEVNULL, start_new_session=True,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(ours.stdout) == json.loads(alone.stdout)
    assert (ours.returncode, ours.stderr) == (alone.returncode, alone.stderr) == (7, "an error\n")


def test_an_error_that_nobody_catches_ends_it_with_its_traceback(script: Path, tmp_path: Path) -> None:
    script.write_text("import atexit; atexit.register(print, 'goodbye'); 1 / 0")
    done = warm.run([str(script)], env={}, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "goodbye\n")
    assert "ZeroDivisionError" in done.stderr


def test_a_signal_that_ends_it_is_told_and_nothing_of_it_stays(script: Path, tmp_path: Path) -> None:
    script.write_text("import signal; signal.pause()")
    with (tmp_path / "log").open("wb") as output:
        program = warm.Program([str(script)], env={}, cwd=tmp_path, stdout=output)
    assert program.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        program.wait(0.01)
    os.kill(program.pid, signal.SIGKILL)
    assert program.wait(60) == -signal.SIGKILL == program.poll()
    assert not Path(f"/proc/{program.pid}").exists()
    program.terminate()  # as of Popen, without effect on whoever has its number then
