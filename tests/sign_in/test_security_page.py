"""docs/security.md says who can do what, as it is shipped."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings

from backoffice.rights import SECTIONS
from backoffice.seeds import GROUPS_FILE

pytestmark = pytest.mark.once
PAGE = Path(settings.BASE_DIR, "docs", "security.md")
TABLE = re.compile(r"(?<=<!-- rights -->\n).*?(?=<!-- /rights -->)", re.DOTALL)


def held() -> dict[str, set[str]]:
    """The permissions of each shipped group, as "app.codename"."""
    groups = [entry["fields"] for entry in json.loads(GROUPS_FILE.read_text())]
    return {
        group["name"]: {f"{app}.{codename}" for codename, app, _model in group["permissions"]}
        for group in groups
    }


def table() -> str:
    groups = held()
    lines = [f"| Right | {' | '.join(groups)} |", "|---|" + ":-:|" * len(groups)]
    for section, rights in SECTIONS:
        lines.append(f"| **{section}** |" + " |" * len(groups))
        for right in rights:
            marks = ["●" if right.permissions <= group else "" for group in groups.values()]
            lines.append(f"| {right.label} | {' | '.join(marks)} |")
    return "\n".join(lines) + "\n"


def test_the_table_of_rights_is_the_one_that_is_shipped() -> None:
    [written] = TABLE.findall(PAGE.read_text())
    assert written == table(), f"Put this into {PAGE.name}:\n{table()}"


def test_every_service_of_aws_that_is_asked_is_among_what_leaves_the_machine() -> None:
    names = {"sesv2": "SES", "sqs": "SQS", "s3": "S3"}
    code = "".join(path.read_text() for path in Path(settings.BASE_DIR, "backoffice").rglob("*.py"))
    asked = set(re.findall(r"client\(\s*\"(\w+)\"", code)) | {"s3"}  # which django-storages asks
    _, _, leaves = PAGE.read_text().partition("## What leaves the machine")
    assert asked == set(names)
    assert all(names[service] in leaves for service in asked)
    assert ("get_account()" in code) == ("GetAccount" in leaves)


def test_the_retention_it_names_is_the_default() -> None:
    readme = Path(settings.BASE_DIR, "README.md").read_text()
    rows = re.findall(r"\| (\d+) \| `(RETENTION_\w+)` \|", PAGE.read_text())
    assert len({variable for _days, variable in rows}) == len(settings.RETENTION_DAYS)
    for days, variable in rows:
        assert f"| `{variable}` | `{days}` |" in readme
