"""`python -m benchmarks.plain_report ROWS FILE`: one HTML table by plain WeasyPrint, as a newcomer writes it.

What long reports are measured beside. Nobody tunes it.
"""

from __future__ import annotations

import sys
from html import escape

from weasyprint import HTML

from benchmarks.report_rows import HEADS, as_text, rows
from benchmarks.weighing import weighed

STYLE = """
@page { size: A4; margin: 2cm; @bottom-right { content: counter(page) " / " counter(pages) } }
body { font-family: sans-serif; font-size: 8pt }
table { width: 100%; border-collapse: collapse }
th { text-align: left; border-bottom: 1pt solid black }
td { padding: 1.5mm; border-bottom: 0.5pt solid #ccc }
"""


def document(number: int) -> str:
    heads = "".join(f"<th>{escape(head)}</th>" for head in HEADS)
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(as_text(value))}</td>" for value in row) + "</tr>"
        for row in rows(number)
    )
    return (
        f"<!doctype html><html lang=en><title>Plain</title><style>{STYLE}</style><h1>Plain</h1>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></html>"
    )


def main(number: int, file: str) -> None:
    HTML(string=document(number)).write_pdf(file, pdf_variant="pdf/ua-1")


if __name__ == "__main__":
    with weighed(sys.argv[2]):
        main(int(sys.argv[1]), sys.argv[2])
