"""What is approved, as one digest: the text, the audience and each person's values, as taken down."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

from backoffice.audiences.taken_down import COLUMNS, added, number_of
from backoffice.models import Mailing, MailingPerson

READ_AT_ONCE = 2_000  # people: memory does not grow with the mailing
TEXT = ("name", "template_name", "subject", "text", "html", "variables", "sender", "company", "people")


def digest_of(mailing: Mailing, between: Callable[[], object] = lambda: None) -> str:
    """As the rows are now, 64 hexadecimal digits; erased people count as what they were.

    `between` is called now and then: what it raises ends the reading.
    """
    total = mailing.erased_sum
    after = 0
    people = MailingPerson.objects.filter(mailing=mailing, address__isnull=False).order_by("pk")
    while rows := list(people.filter(pk__gt=after).values_list("pk", *COLUMNS)[:READ_AT_ONCE]):
        total = added(total, sum(number_of(columns) for _key, *columns in rows))
        after = rows[-1][0]
        between()
    said = json.dumps([getattr(mailing, name) for name in TEXT], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(f"{said}\n{total or added('', 0)}".encode("utf-8", "surrogatepass")).hexdigest()
