"""Build the demo's documents: tagged PDFs of publications that readers print. Run: python -m demo.documents.build"""

import html
from pathlib import Path
from typing import Any

from demo.loading.content import read

HERE = Path(__file__).resolve().parent
SOURCES = (
    "sjekkliste-mot-behandlingsavbrudd",
    "faktaark-rett-og-frist",
    "faktaark-anabole-androgene-steroider",
)
STYLE = """
@page { size: A4; margin: 22mm 20mm; @bottom-right { content: counter(page); font-size: 9pt } }
body { font: 11pt/1.5 sans-serif; color: #1b2733 }
h1 { color: #003087; font-size: 22pt; line-height: 1.15 } h2 { color: #003087; font-size: 14pt }
.lead { font-size: 13pt } li { margin-bottom: 4pt } ul.check { list-style: "☐  " }
table { border-collapse: collapse; width: 100% } caption { text-align: left; font-weight: bold; padding: 4pt 0 }
th, td { border: 0.5pt solid #8a97a6; padding: 5pt; text-align: left; vertical-align: top } th { background: #eef3fa }
"""


def _block(block: dict[str, Any]) -> str:
    kind = block["type"]
    if kind == "heading":
        return f"<h2>{html.escape(block['text'])}</h2>"
    if kind == "text":
        # A printed page has no links to follow.
        return block["html"].replace("<a ", "<span ").replace("</a>", "</span>")
    if kind == "checklist":
        points = "".join(f"<li>{html.escape(item)}</li>" for item in block["items"])
        return f"<h2>{html.escape(block['title'])}</h2><ul class='check'>{points}</ul>"
    if kind == "table":
        head, *rows = [[html.escape(str(cell)) for cell in row] for row in block["rows"]]
        first = "".join(f"<th scope='col'>{cell}</th>" for cell in head)
        rest = "".join(
            f"<tr><th scope='row'>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>"
            for row in rows
        )
        return f"<table><caption>{html.escape(block['caption'])}</caption><tr>{first}</tr>{rest}</table>"
    return ""


def main() -> None:
    """Write one PDF per source beside this file."""
    from weasyprint import HTML

    for name in SOURCES:
        told = read(f"publications/{name}.toml")
        body = "".join(_block(block) for block in told["body"])
        title = html.escape(told["title"])
        page = (
            f"<html lang='{told['language']}'><head><title>{title}</title><style>{STYLE}</style></head>"
            f"<body><h1>{title}</h1><p class='lead'>{html.escape(told['lead'])}</p>{body}</body></html>"
        )
        HTML(string=page).write_pdf(HERE / f"{name}.pdf", pdf_variant="pdf/ua-1")


if __name__ == "__main__":
    main()
