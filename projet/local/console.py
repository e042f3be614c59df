"""What `make up` prints."""

from __future__ import annotations

from pathlib import Path


def done(what: str, sentence: str) -> None:
    print(f"  ✓ {what:<10} {sentence}", flush=True)


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
