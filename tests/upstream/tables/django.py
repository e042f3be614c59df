"""What we lean on in Django and psycopg without their promise, and why."""

from __future__ import annotations

from tests.upstream.leaning import HERE, Lean

LEANS = (
    Lean(
        "django.template.backends.django:DjangoTemplates.get_template",
        "self, template_name",
        "The text of a page can always be sent.",
        HERE,
    ),
    Lean(
        "django.template.backends.django:Template.render",
        "self, context, request",
        "The same.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.views.main:ChangeList.get_results",
        "self, request",
        "Results know their jobs.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.views.main:ChangeList.url_for_result",
        "self, result",
        "A row opens its page.",
    ),
    Lean(
        "django.contrib.admin.views.main:ChangeList.__init__",
        # As Django calls it, by position: our guard finds the ModelAdmin among them.
        "self, request, model, list_display, list_display_links, list_filter, date_hierarchy, search_fields, "
        "list_select_related, list_per_page, list_max_show_all, list_editable, model_admin, sortable_by, "
        "search_help_text",
        "A list reads what of its address means something.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.views.main:ChangeList.get_queryset",
        "self, request, exclude_parameters",
        "A place in a list narrows it to nothing.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.views.main:ChangeList.get_ordering",
        "self, request, queryset",
        "A list's key goes the way of the column before it.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.views.main:ChangeList.get_query_string",
        "self, new_params, remove",
        "Links to the pages of a list.",
    ),
    Lean("django.db.models.base:ModelState", None, "A row that is made of what was read at once has one."),
    Lean(
        "django.db.models.base:Model.from_db",
        "db, field_names, values",
        "The same: these names and values are all that it is made of.",
        HERE,
    ),
    Lean("django.utils.dateformat:DateFormat.j", "self", "The first of a month is 1er in French."),
    Lean(
        "django.contrib.admin.utils:label_for_field",
        "name, model, model_admin, return_attr, form",
        "The names of a list's columns.",
    ),
    Lean("django.core.paginator:Paginator.count", "self", "Rows are counted up to a bound.", HERE),
    Lean("django.core.paginator:Paginator.page", "self, number", "The same.", HERE),
    Lean(
        "django.contrib.admin.sites:AdminSite.register",
        "self, model_or_iterable, admin_class, **options",
        "Whatever is registered stands behind the guard.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.sites:AdminSite.autocomplete_view",
        "self, request",
        "Rows of a field that a page declares, and of no other.",
        HERE,
    ),
    Lean(
        "django.forms.fields:DateTimeField.to_python",
        "self, value",
        "A moment that every zone can say.",
        HERE,
    ),
    Lean(
        "django.forms.fields:Field.clean",
        "self, value",
        "Tags and own fields, as they are meant.",
        HERE,
    ),
    Lean(
        "django.forms.fields:Field.has_changed",
        "self, initial, data",
        "Read the same, it is the same.",
        HERE,
    ),
    Lean("django.forms.fields:Field.prepare_value", "self, value", "A number as its reader writes it.", HERE),
    Lean(
        "django.forms.widgets:Widget._render",
        "self, template_name, context, renderer",
        "Selects and inputs of large forms, written by hand.",
        HERE,
    ),
    Lean(
        "django.db.models.expressions:SQLiteNumericMixin.as_sqlite",
        "self, compiler, connection, **extra_context",
        "A JSON object without one of its keys.",
        HERE,
    ),
    Lean("django.forms.fields:Field.validate", "self, value", "A year that is no slip.", HERE),
    Lean("django.contrib.admin.filters:RelatedFieldListFilter", None, "The choices that a filter offers."),
    Lean("django.contrib.admin.options:IncorrectLookupParameters", None, "A filter cannot read its value."),
    Lean(
        "django.contrib.admin.sites:AdminSite.get_app_list",
        "self, request, app_label",
        "Worked out once a request.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.sites:AdminSite.has_permission",
        "self, request",
        "Asks for the second factor.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.sites:AdminSite.login",
        "self, request, extra_context",
        "The other ways in.",
        HERE,
    ),
    Lean(
        "django.contrib.admin.sites:AdminSite.logout",
        "self, request, extra_context",
        "The way out of them.",
        HERE,
    ),
    Lean("django.contrib.admin:site._registry", None, "A list page searches for a form's select, too."),
    Lean(
        "django.contrib.auth.middleware:HttpRequest()._cached_user",
        None,
        "Log lines name who asks, where that is known already.",
    ),
    Lean("django.contrib.admin.options:get_content_type_for_model", "obj", "Lines of the audit log."),
    Lean("django.contrib.admin.helpers:ACTION_CHECKBOX_NAME", None, "The rows that an action is for."),
    Lean(
        "django.contrib.admin.options:BaseModelAdmin.formfield_for_dbfield",
        "self, db_field, request, **kwargs",
        "Words and widgets of a person's fields.",
    ),
    Lean(
        "django.forms.widgets:ChoiceWidget.optgroups",
        "self, name, value, attrs",
        "A searched select holds the chosen rows alone.",
        HERE,
    ),
    Lean(
        "django.forms.widgets:ChoiceWidget.create_option",
        "self, name, value, label, selected, index, subindex, attrs",
        "The same.",
    ),
    Lean(
        "django.forms.widgets:Widget.format_value",
        "self, value",
        "What the browser's own pickers take.",
        HERE,
    ),
    Lean(
        "django.db.models.query:ModelIterable.__iter__",
        "self",
        "A row that cannot be read takes no other along.",
        HERE,
    ),
    Lean("django.db.models:QuerySet()._iterable_class", None, "The same: where a queryset has it."),
    Lean(
        "django.db.models.expressions:Func.as_sql",
        "self, compiler, connection, function, template, arg_joiner, **extra_context",
        "Rows by very many keys, which are one value.",
        HERE,
    ),
    Lean("django.db.models:Model.from_db", "db, field_names, values", "The row without those that raise."),
    Lean(
        "django.db.models:Q.__init__",
        "self, *args, _connector, _negated, **kwargs",
        "A search in any of the text columns.",
    ),
    Lean(
        "django.forms.models:ModelChoiceField.label_from_instance",
        "self, obj",
        "What a select says of a row.",
    ),
    Lean(
        "django.contrib.postgres.operations:AddIndexConcurrently.database_forwards",
        "self, app_label, schema_editor, from_state, to_state",
        "An index that is built while people work, on SQLite too.",
        HERE,
    ),
    Lean(
        "django.contrib.postgres.operations:AddIndexConcurrently.database_backwards",
        "self, app_label, schema_editor, from_state, to_state",
        "The same.",
        HERE,
    ),
    Lean(
        "django.db.migrations.operations.models:AddConstraint.database_forwards",
        "self, app_label, schema_editor, from_state, to_state",
        "A constraint that is an index is built while people work.",
        HERE,
    ),
    Lean(
        "django.contrib.postgres.operations:NotInTransactionMixin._ensure_not_in_transaction",
        "self, schema_editor",
        "The same.",
    ),
    Lean(
        "django.forms.fields:ChoiceField.validate",
        "self, value",
        "A time zone that is not offered is told for what it is.",
        HERE,
    ),
    Lean("django.forms.formsets:BaseFormSet.clean", "self", "Two lines of one name are refused.", HERE),
    Lean(
        "django.forms.formsets:BaseFormSet.get_form_kwargs",
        "self, index",
        "A line that is as it was is read too.",
        HERE,
    ),
    Lean(
        "django.db.backends.base.base:BaseDatabaseWrapper.close_if_health_check_failed",
        "self",
        "A statement of ours goes past Django's cursor, and does first what that does.",
    ),
    Lean("django.db.backends.base.base:BaseDatabaseWrapper.wrap_database_errors", "self", "The same."),
    Lean("django.db.models:Field.cast_db_type", "self, connection", "The type of a placeholder."),
    Lean("psycopg:Cursor.__init__", "self, connection, row_factory", "Values apart from the text."),
    Lean("psycopg:Connection.pipeline", "self", "Many statements in one round trip."),
    Lean("psycopg:Pipeline.sync", "self", "The same: each on its own."),
    Lean("psycopg.errors:FeatureNotSupported", None, "A kept plan that a migration made void."),
)
