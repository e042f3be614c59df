"""One look at a page: what the server takes, how many statements ask for rows, how many rows a list shows.

`python -m benchmarks.desk_look JOBS` makes a past of so many, and then answers on its output, a line each,
what the pages take whose numbers come on its input.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any, NamedTuple

from benchmarks import desk_past  # sets Django up

from django.db import connection  # isort: skip
from django.test.utils import CaptureQueriesContext  # isort: skip

from backoffice.admin import person
from backoffice.emails import one_person
from benchmarks.desk_pages import PAGES, Page
from tasks_app.admin.failures import touched_page

LOOKS = 9
# Rows of pages that are no list of the admin's: their name on the page, and the bound that is theirs.
ROWS = {"touched": (touched_page, "PAGE"), "people": (person, "FOUND"), "written": (one_person, "PAGE")}


class Look(NamedTuple):
    took: float  # milliseconds, median
    queries: int
    rows: int  # of a page that shows rows; 0 of another


def look(page: Page, most: int = 0) -> Look:
    """With no more than `most` rows, where that is given."""
    desk_past.beat()
    client, url = desk_past.client(), page.address()
    answer = client.get(url)  # the first ones fill caches
    shown = getattr(answer, "context_data", None) or {}
    cl = shown.get("cl")
    assert cl is None or not cl.address, f"{url} asks for what this list does not know"
    times = []
    with _no_more_than(most, shown):
        client.get(url)
        for _look in range(LOOKS):
            began = time.perf_counter()
            answer = client.get(url)
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, (url, answer)
        with CaptureQueriesContext(connection) as asked:
            client.get(url)
    # Not those that begin and end a transaction, or say how long one may take.
    statements = [one for one in asked.captured_queries if " FROM " in one["sql"]]
    rows = cl.result_list if cl else shown.get(_named(shown), [])
    return Look(median(times), len(statements), min(len(rows), most or len(rows)))


@contextmanager
def _no_more_than(most: int, shown: dict[str, Any]) -> Iterator[None]:
    """Such pages show so many rows."""
    whose, bound = ROWS.get(_named(shown), (None, ""))
    if "cl" in shown:
        whose, bound = shown["cl"].model_admin, "list_per_page"
    if whose is None or not most:
        yield
        return
    before = getattr(whose, bound)
    setattr(whose, bound, most)
    try:
        yield
    finally:
        setattr(whose, bound, before)


def _named(shown: dict[str, Any]) -> str:
    return next((name for name in ROWS if isinstance(shown.get(name), list)), "")


def main() -> None:
    desk_past.make(int(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(look(PAGES[int(line)])), flush=True)


if __name__ == "__main__":
    main()
