"""What `make up` prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projet.local.proofs import Asked


def done(what: str, sentence: str) -> None:
    print(f"  ✓ {what:<10} {sentence}", flush=True)


def proofs(address: str, asked: Asked) -> None:
    """Prove each part of the running back office, a line each; raises Trouble at the first that fails."""
    from projet.local import proofs

    done("Web", proofs.prove_web(address))
    done("Worker", proofs.prove_worker())
    done("Clock", proofs.prove_clock())
    done("Email", proofs.prove_email(asked.email))
    done("Report", proofs.prove_report(asked.report))


def people() -> list[str]:
    """A line for each demo account: its name, its password (a second to check them all), what it can do."""
    from backoffice.demo import ACCOUNTS, password_of

    return [
        f"{account.username:<22} {password_of(account) or '(changed)':<14} {account.can}"
        for account in ACCOUNTS
    ]


def farewell(address: str, people: list[str], data: Path, *, stay: bool) -> None:
    """Where to go from here: the address, who can sign in, where things lie."""
    print(f"\n  The back office is at {address}\n")
    for person in people:
        print(f"    {person}")
    print(f"\n  Emails   {data / 'outbox'}")
    print(f"  Reports  {data / 'files'}")
    print(f"  Logs     {data / 'log'}")
    if stay:
        print("\n  Ctrl-C stops it.")
    print(flush=True)
