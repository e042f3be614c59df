"""Jobs per second beside plain Celery: paired rounds, so that a slow minute slows all contenders alike."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

from benchmarks import floors, tuning
from benchmarks.contenders import Contender, contenders
from benchmarks.house import House

JOBS = 1_000  # a round and contender
BULK = 10_000  # launched in one call
ROUNDS = 3
BUDGET = 180.0  # seconds after which no further round begins

# Plain Celery launches many in a loop of .delay() as well.
ANSWERS_TO = {"publish in bulk": "publish"}

# What the ratios must not fall below; the aims are higher (docs/performance.md).
FLOORS = {
    "Celery, results in Redis": {"run": 0.7, "publish in bulk": 2.0},
    "Celery, django-db as it installs": {"run": 3.5},
}

type Figures = dict[str, float]  # per second, by what was done
type Round = dict[str, Figures]  # by contender, ours first


def main(house: House) -> None:
    print_configuration()
    all_of_them = contenders(house)
    report(rounds(all_of_them, house.folder))


def rounds(all_of_them: list[Contender], folder: Path) -> list[Round]:
    for one in all_of_them:
        one.migrate()
    measured: list[Round] = []
    begun = time.monotonic()
    while len(measured) < ROUNDS and time.monotonic() - begun < BUDGET:
        turn = len(measured) % len(all_of_them)
        figures: Round = {}
        for one in all_of_them[turn:] + all_of_them[:turn]:
            figures[one.name] = measure(one, folder / "worker.log")
            print(f"  round {len(measured) + 1}  {one.name:<26}{line(figures[one.name])}", flush=True)
        measured.append({one.name: figures[one.name] for one in all_of_them})
    return measured


def measure(one: Contender, log: Path) -> Figures:
    one.reset()
    figures = {"publish": one.publish(JOBS), "run": one.drain(JOBS, log)}
    if one.has_bulk:
        one.reset()
        figures["publish in bulk"] = one.publish(BULK, "bulk")
    return figures


def report(measured: list[Round]) -> None:
    ours, *others = measured[0]
    print(f"\nMedians of {len(measured)} rounds, jobs per second")
    for name, figures in measured[0].items():
        medians = {figure: median(one[name][figure] for one in measured) for figure in figures}
        print(f"  {name:<35}{line(medians)}")
    print("\nThis back office as a ratio, median of the rounds' own ratios")
    for name in others:
        ratios = {
            figure: median(one[ours][figure] / one[name][ANSWERS_TO.get(figure, figure)] for one in measured)
            for figure in measured[0][ours]
        }
        print(f"  of {name:<32}" + "   ".join(f"{figure} {ratio:>7.2f}" for figure, ratio in ratios.items()))
        for figure, floor in FLOORS.get(name, {}).items():
            floors.hold(f"{figure}, as a ratio of {name}", ratios[figure], at_least=floor)


def line(figures: Figures) -> str:
    return "   ".join(f"{figure} {value:>7,.0f}" for figure, value in figures.items())


def print_configuration() -> None:
    packages = ", ".join(
        f"{name} {version(name)}" for name in ("celery", "kombu", "redis", "django", "psycopg")
    )
    print(
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}"
    )
    print(packages)
    print("private PostgreSQL (fsync on) and Redis on this machine; a job that does nothing")
    print(f"{JOBS} jobs a round, published in a loop of .delay(), then run by one worker:")
    print(f"  celery worker {' '.join(tuning.WORKER_OPTIONS)}")
    print(
        "  " + ", ".join(f"{name}={value}" for name, value in tuning.CELERY.items() if name != "broker_url")
    )
    print(f"  CELERY_DB_REUSE_MAX={tuning.DB_REUSE_MAX}\n", flush=True)
