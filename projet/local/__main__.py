"""`python -m projet.local up` runs the back office until Ctrl-C; `demo` proves it and stops."""

from __future__ import annotations

import argparse
import sys

from projet.local.run import run


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m projet.local", description=__doc__)
    parser.add_argument("what", choices=["up", "demo"])
    return run(stay=parser.parse_args().what == "up")


sys.exit(main())
