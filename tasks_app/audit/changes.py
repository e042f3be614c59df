"""What a form changed, field by field: from what to what, where that is short and no secret."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, time
from typing import Any

from django import forms
from django.db.models import Model
from django.forms.utils import pretty_name
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tasks_app.notices import PERSON, VALUE, Notice, declare, in_each_language

SAID_UP_TO = 120  # characters of a value
SECRET = ("password", "secret", "token", "api_key", "credential")  # as a field's name has them
EMPTY = "–"

ADDED = declare("audit.added", _("Added."))
DELETED = declare("audit.deleted", _("Deleted."))
DELETED_TOGETHER = declare(
    "audit.deleted_together",
    _("Deleted %(count)s at once."),
    general=_("Deleted several at once."),
    count=VALUE,
)
CHANGED = declare("audit.changed", _("Changed. %(fields)s"), general=_("Changed."), fields=PERSON)
UNCHANGED = declare("audit.saved_unchanged", _("Saved without a change."))
PART_ADDED = declare(
    "audit.part_added",
    _("Added %(kind)s “%(name)s”."),
    general=_("Added a part of it."),
    kind=VALUE,
    name=PERSON,
)
PART_CHANGED = declare(
    "audit.part_changed",
    _("Changed %(kind)s “%(name)s”. %(fields)s"),
    general=_("Changed a part of it."),
    kind=VALUE,
    name=PERSON,
    fields=PERSON,
)
PART_DELETED = declare(
    "audit.part_deleted",
    _("Deleted %(kind)s “%(name)s”."),
    general=_("Deleted a part of it."),
    kind=VALUE,
    name=PERSON,
)
# A field of a form: its name, and what it said before and says now.
FIELD = declare(
    "audit.field_changed",
    _("%(field)s: %(old)s → %(new)s."),
    general=_("A field was changed."),
    field=VALUE,
    old=PERSON,
    new=PERSON,
)
FIELD_UNSAID = declare(
    "audit.field_changed_unsaid", _("%(field)s."), general=_("A field was changed."), field=VALUE
)
FIELD_GAINED = declare(
    "audit.field_gained",
    _("%(field)s: %(added)s added."),
    general=_("A field was changed."),
    field=VALUE,
    added=PERSON,
)
FIELD_LOST = declare(
    "audit.field_lost",
    _("%(field)s: %(removed)s removed."),
    general=_("A field was changed."),
    field=VALUE,
    removed=PERSON,
)


def of_form(form: forms.BaseForm, formsets: Iterable[Any] | None, add: bool) -> list[Notice]:
    """What Django's pages of a model log of one edit: the row, then its parts."""
    parts = [one for formset in formsets or () for one in _of_parts(formset)]
    if add:
        return [ADDED(), *parts]
    fields = list(of_fields(form))
    return [*([CHANGED(fields=fields)] if fields else []), *parts] or [UNCHANGED()]


def of_fields(form: forms.BaseForm, secret: Collection[str] = ()) -> Iterator[Notice]:
    """A sentence for each field that changed."""
    for name in form.changed_data:
        field = form.fields.get(name)
        label = _label(form, name, field)
        if field is None or name in secret or _is_secret(name, field) or isinstance(field, forms.FileField):
            yield FIELD_UNSAID(field=label)
            continue
        old, new = form.get_initial_for_field(field, name), form.cleaned_data.get(name)
        if isinstance(field, forms.MultipleChoiceField | forms.ModelMultipleChoiceField):
            yield from _of_choices(label, field, old, new)
        else:
            yield _of_value(label, said(field, old), said(field, new))


def of_values(pairs: Iterable[tuple[Any, Any, Any]], more: Iterable[Notice] = ()) -> Notice:
    """The same of values that no form has: (label, old, new); `more` of what is no value."""
    told = [_of_value(label, said(None, old), said(None, new)) for label, old, new in pairs]
    return CHANGED(fields=[*told, *more])


def _of_parts(formset: Any) -> Iterator[Notice]:
    for added in formset.new_objects:
        yield PART_ADDED(kind=_kind(added), name=str(added))
    changed = {form.instance.pk: form for form in formset.forms if form.instance.pk is not None}
    for row, _fields in formset.changed_objects:
        yield PART_CHANGED(kind=_kind(row), name=str(row), fields=list(of_fields(changed[row.pk])))
    for deleted in formset.deleted_objects:
        yield PART_DELETED(kind=_kind(deleted), name=str(deleted))


def _kind(row: Model) -> Any:
    return in_each_language(lambda: row._meta.verbose_name)


def _label(form: forms.BaseForm, name: str, field: forms.Field | None) -> Any:
    if field is not None and field.label:
        return field.label
    model = getattr(getattr(form, "_meta", None), "model", None) or type(getattr(form, "user", None))
    if isinstance(model, type) and issubclass(model, Model):
        known = {one.name: one for one in model._meta.fields}
        if name in known:
            return in_each_language(lambda: str(known[name].verbose_name).capitalize())
    return pretty_name(name)


def _is_secret(name: str, field: forms.Field) -> bool:
    return isinstance(field.widget, forms.PasswordInput) or any(word in name.lower() for word in SECRET)


# --- Values ------------------------------------------------------------------------------------


def _of_value(label: Any, old: Any, new: Any) -> Notice:
    return FIELD_UNSAID(field=label) if None in (old, new) else FIELD(field=label, old=old, new=new)


def _of_choices(label: Any, field: Any, old: Any, new: Any) -> Iterator[Notice]:
    """Of a field of many choices, those that came and those that went."""
    before, after = (_by_key(field, values) for values in (old, new))
    added = [after[key] for key in after.keys() - before.keys()]
    removed = [before[key] for key in before.keys() - after.keys()]
    if added:
        yield FIELD_GAINED(field=label, added=_in_order(added))
    if removed:
        yield FIELD_LOST(field=label, removed=_in_order(removed))


def _by_key(field: Any, values: Any) -> dict[str, Any]:
    if isinstance(field, forms.ModelMultipleChoiceField):
        keys = [getattr(one, "pk", one) for one in values or ()]
        rows: Any = field.queryset
        return {str(row.pk): str(row) for row in rows.model._default_manager.filter(pk__in=keys)}
    return {str(one): _choice(field, one) for one in values or ()}


def _in_order(names: list[Any]) -> Any:
    return in_each_language(lambda: ", ".join(sorted(map(str, names))))


def said(field: forms.Field | None, value: Any) -> Any:
    """A value for its readers, of any language; None for one that is too long to be said."""
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(field, forms.ModelChoiceField):
        return _row(field, value)
    if isinstance(field, forms.ChoiceField):
        return _choice(field, value)
    if isinstance(value, time):
        return value.isoformat("minutes")
    if isinstance(value, date | int | float | Promise):
        return value
    text = value if isinstance(value, str) else ", ".join(map(str, value)) if _is_list(value) else str(value)
    return text if len(text) <= SAID_UP_TO and "\n" not in text else None


def _is_list(value: Any) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _row(field: forms.ModelChoiceField[Any], value: Any) -> str:
    if isinstance(value, Model):
        return str(value)
    rows: Any = field.queryset
    return str(rows.model._default_manager.filter(**{field.to_field_name or "pk": value}).first() or value)


def _choice(field: Any, value: Any) -> Any:
    """Its label, kept in each language."""
    flat: dict[str, Any] = {}
    for key, label in field.choices:
        flat |= {str(k): v for k, v in label} if isinstance(label, list | tuple) else {str(key): label}
    return flat.get(str(value), str(value))
