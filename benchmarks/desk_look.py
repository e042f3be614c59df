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

from benchmarks.desk_pages import PAGES, Page

LOOKS = 9


class Look(NamedTuple):
    took: float  # milliseconds, median
    queries: int
    rows: int  # of a list; 0 of another page


def look(page: Page, most: int = 0) -> Look:
    """With no more than `most` rows of a list, where that is given."""
    desk_past.beat()
    client, url = desk_past.client(), page.address()
    answer = client.get(url)  # the first ones fill caches
    cl = (getattr(answer, "context_data", None) or {}).get("cl")
    assert cl is None or not cl.address, f"{url} asks for what this list does not know"
    times = []
    with _rows_of(cl, most):
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
    return Look(median(times), len(statements), len(cl.result_list) if cl else 0)


@contextmanager
def _rows_of(cl: Any, most: int) -> Iterator[None]:
    """A list whose pages have so many rows."""
    if cl is None or not most:
        yield
        return
    before = cl.model_admin.list_per_page
    cl.model_admin.list_per_page = most
    try:
        yield
    finally:
        cl.model_admin.list_per_page = before


def main() -> None:
    desk_past.make(int(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(look(PAGES[int(line)])), flush=True)


if __name__ == "__main__":
    main()
