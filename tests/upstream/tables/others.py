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

LISTS = (
    Lean(
        "zipfile:ZipFile.writestr",
        "self, zinfo_or_arcname, data, compress_type, compresslevel",
        "The parts of a workbook have the report's date.",
        HERE,
    ),
    Lean(
        "zipfile:ZipFile.write",
        "self, filename, arcname, compress_type, compresslevel",
        "The same.",
        HERE,
    ),
    Lean(
        "import_export.resources:Resource.filter_export",
        "self, queryset, **kwargs",
        "Without addresses for tests.",
        HERE,
    ),
    Lean(
        "openpyxl.worksheet._reader:WorkSheetParser.__init__",
        "self, src, shared_strings, data_only, epoch, date_formats, timedelta_formats, rich_text",
        "A sheet is read row by row, and nothing is kept of it.",
    ),
    Lean("openpyxl.worksheet._reader:WorkSheetParser.parse_row", "self, row", "The same."),
    Lean(
        "openpyxl.worksheet._reader:WorkSheetParser.parse_cell",
        "self, element",
        "Formulas that were never computed are told.",
        HERE,
    ),
    Lean("openpyxl.worksheet._reader:FORMULA_TAG", None, "The same."),
    Lean("openpyxl.worksheet._reader:ROW_TAG", None, "A sheet is read row by row."),
    Lean("openpyxl.worksheet._reader:MERGE_TAG", None, "Merged cells are told."),
    Lean("openpyxl.workbook.workbook:Workbook()._date_formats", None, "Which numbers are days."),
    Lean("openpyxl.workbook.workbook:Workbook()._timedelta_formats", None, "The same."),
    Lean("openpyxl.reader.excel:ExcelReader.read_manifest", "self", "A workbook is opened, no sheet read."),
    Lean("openpyxl.reader.excel:ExcelReader.read_strings", "self", "The same."),
    Lean("openpyxl.reader.excel:ExcelReader.read_workbook", "self", "The same."),
    Lean("openpyxl.reader.workbook:WorkbookParser.find_sheets", "self", "Which sheets there are, and where."),
    Lean("openpyxl.styles.stylesheet:apply_stylesheet", "archive, wb", "Which numbers are days."),
)

PAGES = (
    Lean("import_export.admin:ExportMixin.has_export_permission", "self, request", "Who may see.", HERE),
    Lean(
        "import_export.admin:ExportMixin.get_export_data",
        "self, file_format, request, queryset, **kwargs",
        "What leaves the house is in the audit log.",
        HERE,
    ),
)

DOCUMENTS = (
    Lean(
        "weasyprint.urls:URLFetcher.fetch",
        "self, url, headers",
        "A report reaches our own files alone.",
        HERE,
    ),
    Lean("weasyprint.document:Page()._page_box", None, "Boxes of a page: tables of many pages are made one."),
    Lean(
        "weasyprint.draw.text:draw_first_line",
        "stream, textbox, text_overflow, block_ellipsis, matrix",
        "A line of a painted table is drawn as WeasyPrint draws it.",
    ),
    Lean("weasyprint.draw.text:draw_emojis", "stream, style, x, y, emojis", "The same, of pictures in it."),
    Lean(
        "weasyprint.text.line_break:Layout.__init__",
        "self, style, justification_spacing, max_width",
        "A style of a painted table has one layout for all its texts.",
    ),
    Lean("weasyprint.text.line_break:Layout.set_text", "self, text, justify", "The same."),
    Lean("weasyprint.text.line_break:Layout.get_first_line", "self", "The same."),
    Lean("weasyprint.text.line_break:line_size", "line, style", "How wide a text is."),
    Lean("weasyprint.text.line_break:strut", "style", "How high a line is, and where its letters stand."),
    Lean(
        "weasyprint.pdf.stream:Stream.__init__",
        "self, fonts, page_rectangle, resources, images, tags, color_profiles, output_intent, *args, "
        "**kwargs",
        "What is painted is drawn on one that has no page.",
    ),
    Lean("weasyprint.pdf.stream:Stream()._resources", None, "What is painted names its pictures there."),
    Lean("weasyprint.pdf.stream:Stream()._images", None, "The same."),
    Lean("weasyprint.pdf.tags:add_tags", "pdf, document, pdf_version, page_streams", "Its tags are mended."),
    Lean("pydyf:PDF.write", "self, output, version, identifier, compress", "Its objects go into our file."),
    Lean(
        "pythonjsonlogger.core:BaseJsonFormatter.add_fields",
        "self, log_data, record, message_dict",
        "A line says what is named, and nothing that a library hung on it.",
        HERE,
    ),
)
LEANS = (*SIGN_IN, *LISTS, *PAGES, *DOCUMENTS)
