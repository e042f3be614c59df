"""What we lean on in Unfold, and why. Its templates are in test_templates.py."""

from __future__ import annotations

from tests.upstream.leaning import HERE, Lean

LEANS = (
    Lean("unfold.sites:UnfoldAdminSite._get_value", "self, value, *args", "A setting that is a function."),
    Lean(
        "unfold.sites:UnfoldAdminSite.password_change",
        "self, request, extra_context",
        "A new password is in the audit log.",
        HERE,
    ),
    Lean(
        "unfold.sites:UnfoldAdminSite._get_config",
        "self, key, *args",
        "Settings are merged once, not forty times a page.",
        HERE,
    ),
    Lean(
        "unfold.templatetags.unfold_list:unfold_admin_list_filter",
        "cl, spec, horizontal_layout",
        "A filter's panel.",
    ),
    Lean("unfold.contrib.filters.admin:RangeDateFilter", None, "Its panel says the same for the same days."),
    Lean(
        "unfold.sites:UnfoldAdminSite.__init__",
        "self, name",
        "Our own pages are registered on the site.",
        HERE,
    ),
    Lean("unfold.sites:UnfoldAdminSite.each_context", "self, request", "Colours come as a stylesheet.", HERE),
    Lean(
        "unfold.sites:UnfoldAdminSite.search",
        "self, request, extra_context",
        "Nothing is kept for minutes, and no table is loaded.",
        HERE,
    ),
    Lean(
        "unfold.sites:UnfoldAdminSite._search_apps",
        "self, app_list, search_term",
        "Apps and models by their names, in our own search.",
    ),
    Lean("unfold.sites:UnfoldAdminSite._get_extra_urls", "self", "It asks for `extra_urls`, our own pages."),
    Lean("unfold.settings:get_config", "settings_name", "The colours of the stylesheet."),
    Lean("unfold.utils:convert_color", "value", "The same."),
    Lean("unfold.templatetags.unfold_list:result_headers", "cl", "How a list may be ordered."),
    Lean(
        "unfold.utils:display_for_field", "value, field, empty_value_display", "What a list shows of a row."
    ),
    Lean("unfold.utils:display_for_value", "value, empty_value_display, boolean", "The same."),
    Lean("unfold.admin:checkbox", None, "The tick of a row: made once a page."),
    Lean("unfold.admin:ModelAdmin.list_before_template", None, "What stands above a list."),
    Lean("unfold.admin:ModelAdmin.change_form_after_template", None, "What stands below a form."),
    Lean("unfold.admin:ModelAdmin.list_filter_submit", None, "Filters are sent together."),
    Lean("unfold.admin:ModelAdmin.list_fullwidth", None, "Lists have the page's width."),
    Lean("unfold.admin:ModelAdmin.warn_unsaved_form", None, "Forms that warn of what is not saved."),
    Lean("unfold.contrib.filters.admin:RangeDateFilter.form_class", None, "The browser's own pickers."),
    Lean(
        "unfold.contrib.filters.forms:RangeDateForm.__init__",
        "self, name, *args, **kwargs",
        "The same: each end said for screen readers.",
        HERE,
    ),
    Lean(
        "unfold.widgets:UnfoldAdminAutocompleteModelChoiceFieldWidget.__init__",
        "self, attrs, choices",
        "Selects.",
    ),
    Lean("unfold.widgets:CHECKBOX_CLASSES", None, "The look of the rights' boxes."),
    Lean(
        "unfold.dataclasses:SearchResult.__init__",
        "self, title, description, link, icon",
        "What our own search answers with.",
    ),
)
