"""docker-compose.yml, the units and the example of the settings, as their own programs read them."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping
from configparser import ConfigParser, SectionProxy
from pathlib import Path
from typing import Any

import yaml
from dotenv import dotenv_values

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
# What the person who installs it fills in: nothing stands after their "=" in the example.
FILLED_IN = {
    "SECRET_KEY": "0123456789abcdef" * 4,
    "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "POSTGRES_PASSWORD": "of-postgres",
    "REDIS_PASSWORD": "of-redis",
    "FLOWER_BASIC_AUTH": "watcher:of-flower",
}
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(:[?-][^}]*)?\}")
SECONDS = {"s": 1, "m": 60}


def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


def example() -> dict[str, str]:
    """The example of the settings as it is shipped; "" where something is to be filled in."""
    values = dotenv_values(DEPLOY / "backoffice.env.example", interpolate=False)
    return {name: value or "" for name, value in values.items()}


def environment_of(service: str) -> dict[str, str]:
    """What compose puts into a service's environment, from the example filled in."""
    settings = example() | FILLED_IN
    given = services()[service].get("environment", {})
    own = {name: interpolated(str(value), settings) for name, value in given.items()}
    return (settings if "env_file" in services()[service] else {}) | own


def interpolated(text: str, values: Mapping[str, str]) -> str:
    return VARIABLE.sub(lambda found: values[found["name"]], text)


def command_of(service: str) -> list[str]:
    """The command a service's container starts; the image's own where the service names none."""
    command = services()[service].get("command") or image_command("CMD")
    words = shlex.split(command) if isinstance(command, str) else command
    return [word.replace("$$", "$") for word in words]


def health_of(service: str) -> list[str]:
    """The command that tells whether a service is healthy."""
    if "healthcheck" not in services()[service]:
        return image_command("HEALTHCHECK")
    how, *command = services()[service]["healthcheck"]["test"]
    words = ["sh", "-c", *command] if how == "CMD-SHELL" else command
    return [word.replace("$$", "$") for word in words]


def dockerfile() -> list[tuple[str, str]]:
    """The Dockerfile's instructions in their order: ("FROM", "python:… AS build") …"""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


def image_command(instruction: str) -> list[str]:
    """The JSON list of CMD, or the one after HEALTHCHECK's options."""
    text = next(text for name, text in dockerfile() if name == instruction)
    command: list[str] = yaml.safe_load(text[text.index("[") :])
    return command


def copy_image(target: Path) -> None:
    """Copy into a folder what .dockerignore lets into the image, and nothing else."""
    named = [ROOT / rule[1:] for rule in dockerignore() if rule.startswith("!")]
    for path in [*named, *(path for folder in named for path in folder.rglob("*"))]:
        name = str(path.relative_to(ROOT))
        if path.is_file() and is_let_in(name):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target / name)


def is_let_in(name: str) -> bool:
    """Whether .dockerignore lets a file in: the last rule that names it or a folder above it decides."""
    let_in = True
    for rule in dockerignore():
        pattern = re.escape(rule.removeprefix("!")).replace(r"\*\*/", "(.*/)?").replace(r"\*", "[^/]*")
        if re.fullmatch(f"{pattern}(/.*)?", name):
            let_in = rule.startswith("!")
    return let_in


def dockerignore() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def unit(path: Path) -> ConfigParser:
    """A unit with its drop-in: keys keep their case, a repeated key keeps its last value."""
    parser = ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read([DEPLOY / "systemd" / "backoffice-.service.d" / "hardening.conf", path])
    return parser


def unit_of(service: str) -> SectionProxy:
    """What a service's unit says under [Service]; KeyError for a service without one."""
    return unit({path.stem.rstrip("@").removeprefix("backoffice-"): path for path in UNITS}[service])[
        "Service"
    ]


def command_of_unit(service: str) -> list[str]:
    """What systemd starts, as the instance "worker1" where there may be several."""
    text = unit_of(service)["ExecStart"].replace("%%", "\0").replace("%i", "worker1").replace("\0", "%")
    return shlex.split(text)


def environment_of_unit(service: str) -> dict[str, str]:
    """The example filled in as docs/operations.md says, passwords in addresses too, and the unit's own."""
    settings = example() | FILLED_IN
    for name, password in (("DATABASE_URL", "POSTGRES_PASSWORD"), ("CELERY_BROKER_URL", "REDIS_PASSWORD")):
        settings[name] = settings[name].replace(":password@", f":{settings[password]}@")
    own = dict(pair.split("=", 1) for pair in shlex.split(unit_of(service)["Environment"]))
    return settings | own


def seconds(text: str) -> int:
    """ "45s", "45" and "1m" as seconds."""
    return int(text.rstrip("sm")) * SECONDS.get(text[-1], 1)
