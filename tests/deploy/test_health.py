"""`python -m projet.health` tells a process that does its work from one that does not."""

from __future__ import annotations

import runpy
import socket
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from projet.health import check_heartbeat, check_page
from projet.local.programs import free_port
from tasks_app.models import Node
from tasks_app.models.node import SILENT_AFTER
from tests.deploy.reading import ROOT


def beaten(name: str, ago: timedelta = timedelta(), kind: Node.Kind = Node.Kind.WORKER) -> None:
    moment = timezone.now() - ago
    Node.objects.create(name=name, kind=kind, started_at=moment, beat_at=moment)


def test_a_worker_of_this_host_with_a_heartbeat_is_healthy(db: None) -> None:
    name = f"worker1@{socket.gethostname()}"
    beaten(name)
    assert check_heartbeat("worker") == (True, f"worker: {name}")


def test_a_silent_worker_is_not(db: None) -> None:
    beaten(f"worker1@{socket.gethostname()}", ago=SILENT_AFTER + timedelta(seconds=1))
    healthy, sentence = check_heartbeat("worker")
    assert not healthy
    assert "no heartbeat" in sentence


def test_neither_a_worker_of_another_host_nor_a_clock_speaks_for_ours(db: None) -> None:
    beaten("worker1@elsewhere.example.org")
    assert not check_heartbeat("worker")[0]
    beaten(f"worker1@{socket.gethostname()}")
    assert not check_heartbeat("clock")[0]


def test_a_host_whose_name_only_begins_like_ours_does_not_speak_for_it(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "vm")
    for other in ("vm0", "vm.example.org", "vm-12", "vm0@vm-12"):
        beaten(f"worker1@{other}")
        beaten(f"clock@{other}-34", kind=Node.Kind.CLOCK)
    assert not check_heartbeat("worker")[0]
    assert not check_heartbeat("clock")[0]
    beaten("worker1@vm")
    beaten("clock@vm-34", kind=Node.Kind.CLOCK)
    assert check_heartbeat("worker") == (True, "worker: worker1@vm")
    assert check_heartbeat("clock") == (True, "clock: clock@vm-34")


def test_a_web_process_that_does_not_answer_is_not_healthy(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["back-office.example.org"]
    healthy, sentence = check_page("web", f"http://127.0.0.1:{free_port()}")
    assert not healthy
    assert sentence.endswith("answers nothing")


def test_flower_does_not_start_in_production_without_a_password(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLOWER_BASIC_AUTH", raising=False)
    assert runpy.run_path(str(ROOT / "flowerconfig.py"))["address"] == "127.0.0.1"
    settings.PRODUCTION = True
    with pytest.raises(SystemExit, match="FLOWER_BASIC_AUTH is missing"):
        runpy.run_path(str(ROOT / "flowerconfig.py"))
    monkeypatch.setenv("FLOWER_BASIC_AUTH", "boss:word")
    runpy.run_path(str(ROOT / "flowerconfig.py"))


@pytest.mark.parametrize("address", ["no-such-host.invalid", "203.0.113.1", "999.1.1.1"])
def test_flower_says_in_one_sentence_that_it_cannot_listen_there(
    address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FLOWER_ADDRESS = address
    monkeypatch.setenv("FLOWER_ADDRESS", address)
    with pytest.raises(SystemExit) as refused:
        runpy.run_path(str(ROOT / "flowerconfig.py"))
    assert str(refused.value) == (
        f"FLOWER_ADDRESS is '{address}'; it takes an address of this machine such as 127.0.0.1, "
        "or 0.0.0.0 for all."
    )
