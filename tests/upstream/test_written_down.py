"""Whatever we lean on is in a table, is there with those parameters, and the tables say nothing else."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from packaging.requirements import Requirement

from tests.servers import ROOT
from tests.upstream.leaning import (
    PRODUCT,
    Lean,
    Override,
    every_module,
    overrides,
    parameters_of,
    private_names,
    resolve,
)
from tests.upstream.tables import ALL

pytestmark = pytest.mark.once

# Modules whose methods are documented to be overridden: the notes of an upgrade tell of them.
PROMISED = frozenset(
    {
        "builtins",
        "django.apps.config",
        "django.contrib.admin.filters",
        "django.contrib.admin.options",
        "django.contrib.auth.admin",
        "django.contrib.auth.backends",
        "django.contrib.auth.forms",
        "django.core.files.storage.base",
        "django.core.mail.backends.base",
        "django.core.management.base",
        "django.db.models.base",
        "django.db.models.fields",
        "django.db.models.query",
        "django.forms.forms",
        "django.forms.models",
        "django.views.generic.base",
        "django.views.generic.edit",
        "django_otp.models",
        "email._policybase",
        "import_export.formats.base_formats",
        "import_export.mixins",
        "logging",
        "prometheus_client.registry",
        "threading",
    }
)
# Packages that are not called as the module in them.
DISTRIBUTIONS = {
    "axes": "django-axes",
    "django_celery_beat": "django-celery-beat",
    "django_celery_results": "django-celery-results",
    "import_export": "django-import-export",
    "liquid": "python-liquid",
    "pythonjsonlogger": "python-json-logger",
    "unfold": "django-unfold",
}
# Libraries that are in the tables for what holds of each of their versions so far.
USED_AS_PROMISED = frozenset({"csp", "django_otp", "psycopg", "redis", "timezone_field", "zipfile"})
# Names with an underscore that their makers promise: a model's, a named tuple's, and of os and sys.
PROMISED_NAMES = frozenset(
    {"_meta", "_state", "_default_manager", "_asdict", "_fields", "_replace", "_exit", "_current_frames"}
)


def is_promised(override: Override) -> bool:
    return any(
        ancestor.__module__ in PROMISED and override.name in vars(ancestor)
        for ancestor in override.owner.__mro__
    )


@pytest.mark.parametrize("lean", [lean for lean in ALL if "()" not in lean.theirs], ids=str)
def test_it_is_there_with_the_parameters_that_we_know(lean: Lean) -> None:
    found = resolve(lean.theirs)
    assert parameters_of(found) == lean.parameters, (
        f"{lean.theirs} changed, and we lean on it: {lean.why} "
        "Read what it does now, mend what is ours, then the table."
    )


def test_no_line_stands_twice() -> None:
    assert [name for name, count in Counter(lean.theirs for lean in ALL).items() if count > 1] == []


def test_each_override_that_nobody_promises_is_written_down_and_seen_to_be_called() -> None:
    watched = {lean.theirs for lean in ALL if lean.called}
    new = [
        f"{override} is in the place of {override.address}"
        for override in overrides(every_module(*PRODUCT))
        if not is_promised(override) and override.address not in watched
    ]
    assert not new, "\n".join(["Write these down in tests/upstream/tables, with a reason:", *new])


def test_an_override_that_is_gone_leaves_its_table() -> None:
    ours = {override.address for override in overrides(every_module(*PRODUCT))}
    assert sorted({lean.theirs for lean in ALL if lean.called} - ours) == []


def test_each_private_name_that_we_ask_of_a_library_is_written_down() -> None:
    written = {lean.theirs.rpartition(".")[2] for lean in ALL} | PROMISED_NAMES
    new = [f"{name} ({place})" for name, place in private_names().items() if name not in written]
    assert not new, "\n".join(["Write these down in tests/upstream/tables, with a reason:", *new])


def test_each_library_whose_inside_we_lean_on_is_bounded() -> None:
    """So that a new version of it comes when somebody looks at what fails here, and not by itself."""
    inside = {re.split("[.:]", lean.theirs)[0] for lean in ALL} - USED_AS_PROMISED
    lines = (ROOT / "requirements.in").read_text(encoding="utf-8").splitlines()
    asked = [Requirement(text) for line in lines if (text := line.partition("#")[0].strip())]
    bounded = {one.name for one in asked if any(part.operator in ("<", "~=") for part in one.specifier)}
    assert sorted({DISTRIBUTIONS.get(name, name) for name in inside} - bounded) == []
