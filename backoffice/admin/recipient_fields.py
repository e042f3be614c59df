"""What a house keeps of recipients: its own fields, and tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import JSONField, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display

from backoffice.audiences.fields import MOST_CLEARED, asked_by, clear, has_too_many
from backoffice.emails.render import RESERVED_WORDS
from backoffice.models import FieldType, RecipientField, Tag
from backoffice.people_lists.columns import meaning_of
from backoffice.people_lists.own import meanings_of, own_fields, plain
from tasks_app.admin.layout import Layout
from tasks_app.admin.searching import by_reading
from tasks_app.display import cut

# What Django asks of a JSON column by these words is no key of it.
_LOOKUPS = frozenset(JSONField().get_lookups())


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    class Meta:
        model = RecipientField
        fields = ("label", "name", "type", "choices")

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if name in RESERVED_WORDS or name in _LOOKUPS:
            raise forms.ValidationError(
                gettext("“%(name)s” has a meaning already. Choose another name.") % {"name": name}
            )
        self._refuse_taken(name)
        return name

    def clean_label(self) -> str:
        label: str = self.cleaned_data["label"]
        self._refuse_taken(label)
        return label

    def _refuse_taken(self, called: str) -> None:
        """A column of a list has one meaning."""
        others = {key: one for key, one in own_fields().items() if one.pk != self.instance.pk}
        if meaning_of(called) or plain(called) in meanings_of(others) or not plain(called):
            raise forms.ValidationError(
                gettext("A column called “%(name)s” has a meaning in lists already. Choose another name.")
                % {"name": called}
            )

    def clean_choices(self) -> str:
        lines = [" ".join(line.split()) for line in self.cleaned_data["choices"].splitlines()]
        offered = {plain(line): line for line in reversed(lines) if plain(line)}
        return "\n".join(reversed(offered.values()))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        kind = given.get("type", self.instance.type)
        if kind == FieldType.CHOICE and not given.get("choices") and "choices" not in self.errors:
            self.add_error("choices", gettext("Write what can be chosen, one a line."))
        if kind != FieldType.CHOICE:
            given["choices"] = ""
        return given


class AskedOf(ModelAdmin):
    """What conditions of audiences name is not deleted under them."""

    def _asked_by(self, thing: Any) -> str:
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """The page that asks says what stands in the way."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, lacking, [*protected, *filter(None, map(self._asked_by, objs))]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        if why := self._asked_by(obj):
            raise PermissionDenied(why)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for one in queryset:
            self.delete_model(request, one)


@admin.register(RecipientField)
class RecipientFieldAdmin(AskedOf):
    form = FieldForm
    list_display = ("label", "name", "type", "offered")
    layout = Layout(title="label", wide=("offered",))
    ordering = ("label", "id")
    sortable_by = ()
    search_fields = ("label", "name")
    fields = (("label", "name"), "type", "choices")
    warn_unsaved_form = True
    empty_icon = "ballot"
    empty_title = _("No field of your own yet")
    empty_text = _(
        "What you know of recipients besides name and company: a customer number, the day a contract ends, a "
        "tier. Lists bring it in, audiences ask for it, and emails can say it."
    )

    @display(description=_("choices"))
    def offered(self, field: RecipientField) -> str:
        return cut(", ".join(field.chosen_from())) if field.choices else "–"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Templates, lists and values are by its name; the values are of its type.
        return ("name", "type") if obj else ()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    def _asked_by(self, thing: RecipientField) -> str:
        if has_too_many(thing):
            return gettext(
                "%(label)s: more than %(most)s recipients have a value in it. Ask whoever runs this site to "
                "remove it at a quiet time."
            ) % {"label": thing.label, "most": MOST_CLEARED}
        return asked_by(f"own:{thing.name}")

    def delete_model(self, request: HttpRequest, obj: RecipientField) -> None:
        super().delete_model(request, obj)
        count = clear(obj.name)
        messages.info(request, gettext("Recipients that lost a value: %(count)s.") % {"count": count})


class TagForm(forms.ModelForm):  # type: ignore[type-arg]  # a form takes no parameters when it runs
    class Meta:
        model = Tag
        fields = ("name",)


@admin.register(Tag)
class TagAdmin(AskedOf):
    form = TagForm
    list_display = ("name", "people")
    layout = Layout(title="name")
    ordering = ("name", "id")
    sortable_by = ()
    search_fields = ("name",)
    fields = ("name",)
    empty_icon = "sell"
    empty_title = _("No tag yet")
    empty_text = _(
        "Words on recipients, to find them again: write them on a recipient, or bring them by a list."
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        rows: QuerySet[Tag] = super().get_queryset(request)
        return rows

    @display(description=_("recipients"))
    def people(self, tag: Any) -> str:
        return str(tag.recipienttag_set.count())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (by_reading(request, queryset, term, self.search_fields) if term else queryset), False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        # Conditions of audiences name it.
        return ("name",) if obj else ()

    def _asked_by(self, thing: Tag) -> str:
        return asked_by("tag", thing.name)
