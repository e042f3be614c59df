"""What we lean on in the libraries around signing in, lists, files, reports and log lines, and why."""

from __future__ import annotations

from tests.upstream.leaning import HERE, Lean

SIGN_IN = (
    Lean(
        "axes.handlers.base:AxesBaseHandler.is_locked",
        "self, request, credentials",
        "An address that failed under many names is locked too.",
        HERE,
    ),
    Lean("axes.models:AccessAttempt.failures_since_start", None, "The failures that count."),
    Lean("axes.models:AccessAttempt.attempt_time", None, "When the last one was."),
    Lean("django_otp:login", "request, device", "Who showed a code is in."),
    Lean("django_otp.oath:TOTP.verify", "self, token, tolerance, min_t", "A code works once."),
    Lean("django_otp.oath:TOTP.t", "self", "The step it belongs to."),
    Lean("django_otp.models:ThrottlingMixin.verify_is_allowed", "self", "Until when none is looked at."),
    Lean("django_otp.models:ThrottlingMixin.throttle_reset", "self, commit", "For recovery codes, too."),
    Lean("django_otp.models:ThrottlingMixin.throttle_increment", "self, commit", "The same."),
    Lean("django_otp.models:Device.from_persistent_id", "persistent_id, for_verify", "A session names it."),
    Lean(
        "django.contrib.auth.forms:PasswordResetForm.get_users",
        "self, email",
        "Whose account an address is, in whatever letters.",
    ),
    Lean(
        "csp.decorators:csp_update",
        "config, REPORT_ONLY, **kwargs",
        "A page that previews an email allows more.",
    ),
)

RESOURCE = "import_export.resources:Resource"
LISTS = (
    Lean(
        "import_export.instance_loaders:BaseInstanceLoader.__init__",
        "self, resource, dataset",
        "All recipients that a list names are looked up at once.",
        HERE,
    ),
    Lean("import_export.instance_loaders:BaseInstanceLoader.get_instance", "self, row", "The same.", HERE),
    Lean(
        "import_export.results:Result.append_invalid_row",
        "self, number, row, validation_error",
        "Columns that a file lacks are empty.",
        HERE,
    ),
    Lean(f"{RESOURCE}.get_result_class", "", "The same.", HERE),
    Lean(f"{RESOURCE}.before_import", "self, dataset, **kwargs", "Each address stands on one line.", HERE),
    Lean(f"{RESOURCE}.before_import_row", "self, row, **kwargs", "Cells are tidied.", HERE),
    Lean(
        f"{RESOURCE}.after_init_instance", "self, instance, new, row, **kwargs", "What a line changes.", HERE
    ),
    Lean(
        f"{RESOURCE}.skip_row", "self, instance, original, row, import_validation_errors", "The same.", HERE
    ),
    Lean(
        f"{RESOURCE}.validate_instance",
        "self, instance, import_validation_errors, validate_unique",
        "All that is wrong with a line, at once.",
        HERE,
    ),
    Lean(
        f"{RESOURCE}.bulk_update",
        "self, using_transactions, dry_run, raise_errors, batch_size, result",
        "An upsert, ten times as fast.",
        HERE,
    ),
    Lean(
        f"{RESOURCE}.after_import_row", "self, row, row_result, **kwargs", "The preview's two columns.", HERE
    ),
    Lean(f"{RESOURCE}.filter_export", "self, queryset, **kwargs", "Without addresses for tests.", HERE),
)

MIXIN = "import_export.admin:ImportMixin"
PAGES = (
    Lean(
        f"{MIXIN}.import_action", "self, request, **kwargs", "A file is tried before anything is asked.", HERE
    ),
    Lean(f"{MIXIN}.process_result", "self, result, request", "What an import that failed says.", HERE),
    Lean(
        f"{MIXIN}.add_data_read_fail_error_to_form",
        "self, form, e",
        "A file that is no list, in words.",
        HERE,
    ),
    Lean(f"{MIXIN}.has_import_permission", "self, request", "Who may add and change.", HERE),
    Lean("import_export.admin:ExportMixin.has_export_permission", "self, request", "Who may see.", HERE),
)

DOCUMENTS = (
    Lean(
        "weasyprint.urls:URLFetcher.fetch",
        "self, url, headers",
        "A report reaches our own files alone.",
        HERE,
    ),
    Lean("pypdf:PdfWriter._add_object", "self, obj", "Page numbers are written into joined pieces."),
    Lean(
        "pythonjsonlogger.core:BaseJsonFormatter.add_fields",
        "self, log_data, record, message_dict",
        "A line says what is named, and nothing that a library hung on it.",
        HERE,
    ),
)
LEANS = (*SIGN_IN, *LISTS, *PAGES, *DOCUMENTS)
