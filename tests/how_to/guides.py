"""Reading the guides in docs/how-to, so that tests do just what they say.

A guide that adds a file or a row is followed here and now. One that changes files of the product is followed
in a copy of its sources, where its own commands then run: `follow_in_a_copy`.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command

SOURCES = ("projet", "tasks_app", "backoffice", "fixtures", "locale", "tests")
BLOCK = re.compile(r"```(?P<language>\w+)\n(?P<text>.*?)```", re.DOTALL)
SAVED_AS = re.compile(r"[Ss]ave (?:it|its test) as `(?P<path>[\w/]+\.py)`")


class Guide:
    def __init__(self, name: str) -> None:
        self.text = Path(settings.BASE_DIR, "docs/how-to", name).read_text(encoding="utf-8")

    def block(self, language: str) -> str:
        """The first fenced block of that language."""
        found = re.search(rf"```{language}\n(.*?)```", self.text, re.DOTALL)
        assert found, f"the guide has no {language} block"
        return found[1]

    def run_its_command(self, *more: str, **values: object) -> str:
        """Its console block, `name=1` replaced by the values given; returns what it printed."""
        python, manage, *command = shlex.split(self.block("console").removeprefix("$ "))
        assert (python, manage) == ("python", "manage.py")
        *arguments, wait = command
        told = [self._replaced(argument, values) for argument in arguments]
        printed = io.StringIO()
        call_command(*told, *more, wait, stdout=printed)
        return printed.getvalue()

    @staticmethod
    def _replaced(argument: str, values: dict[str, object]) -> str:
        name = argument.partition("=")[0]
        return f"{name}={values[name]}" if name in values else argument

    def follow_in_a_copy(self, folder: Path) -> None:
        """Do all of it, block by block, in a copy of the product; each command must end with 0."""
        copy_product(folder)
        end = 0
        for block in BLOCK.finditer(self.text):
            before, end = self.text[end : block.start()], block.end()
            if block["language"] == "diff":
                apply(block["text"], folder)
            elif block["language"] == "python":
                named = SAVED_AS.findall(before)
                assert named, f"The guide does not say where this belongs:\n{block['text']}"
                (folder / named[-1]).write_text(block["text"], encoding="utf-8")
            elif block["language"] == "console":
                for line in block["text"].splitlines():
                    run(line, folder)


def copy_product(folder: Path) -> None:
    for name in SOURCES:
        # With what is compiled: a file that the guide changes is compiled anew.
        shutil.copytree(settings.BASE_DIR / name, folder / name)
    for name in ("manage.py", "pyproject.toml"):
        shutil.copy(settings.BASE_DIR / name, folder / name)


def apply(diff: str, folder: Path) -> None:
    """A diff as the guides write it: `--- path`, then hunks between `@@`, found by their lines alone."""
    for path, hunk in _hunks(diff):
        there = "".join(line[1:] for line in hunk if not line.startswith("+"))
        wanted = "".join(line[1:] for line in hunk if not line.startswith("-"))
        text = (folder / path).read_text(encoding="utf-8")
        assert text.count(there) == 1, f"{path} does not have these lines, or more than once:\n{there}"
        (folder / path).write_text(text.replace(there, wanted), encoding="utf-8")


def _hunks(diff: str) -> Iterator[tuple[str, list[str]]]:
    path, hunk = "", list[str]()
    for line in [*diff.splitlines(keepends=True), "@@"]:
        if not line.startswith(("--- ", "@@")):
            hunk.append(line if line.strip() else " \n")
            continue
        if hunk:
            yield path, hunk
        hunk = []
        path = line.removeprefix("--- ").strip() if line.startswith("--- ") else path


def run(line: str, folder: Path) -> None:
    prompt, python, *arguments = shlex.split(line)
    assert (prompt, python) == ("$", "python"), line
    # The last two for its pytest: what it leaves goes with ours, and tables that we have made are copied.
    names = ("PATH", "HOME", "LANG", "TMPDIR", "TESTS_FOLDER")
    known = {name: os.environ[name] for name in names if name in os.environ}
    ended = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=known | {"ENVIRONMENT": "local", "SECRET_KEY": "guide", "ENV_FILE": os.devnull},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, f"{line}\n{ended.stdout}\n{ended.stderr}"
