"""Reading the guides in docs/how-to, so that tests do just what they say."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

from django.conf import settings
from django.core.management import call_command


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
