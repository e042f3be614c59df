"""What `make up` prints."""

from __future__ import annotations

from pathlib import Path


def done(what: str, sentence: str) -> None:
    print(f"  ✓ {what:<10} {sentence}", flush=True)


def proofs(address: str) -> None:
    """Prove each part of the running back office, a line each; raises Trouble at the first that fails."""
    from django.contrib.auth.models import User

    from backoffice.demo import ACCOUNTS
    from projet.local import proofs

    administrator = next(account for account in ACCOUNTS if account.is_administrator)
    by = User.objects.filter(username=administrator.username).first()
    done("Web", proofs.prove_web(address))
    done("Worker", proofs.prove_worker())
    done("Clock", proofs.prove_clock())
    done("Email", proofs.prove_email(by))
    done("Report", proofs.prove_report(by))


def farewell(address: str, data: Path, *, stay: bool) -> None:
    """Where to go from here: the address, who can sign in, where things lie."""
    from backoffice.demo import ACCOUNTS, password_of

    print(f"\n  The back office is at {address}\n")
    for account in ACCOUNTS:
        password = password_of(account) or "(changed)"
        print(f"    {account.username:<22} {password:<14} {account.can}")
    print(f"\n  Emails   {data / 'outbox'}")
    print(f"  Reports  {data / 'files'}")
    print(f"  Logs     {data / 'log'}")
    if stay:
        print("\n  Ctrl-C stops it.")
    print(flush=True)
