"""From the texts' [[body]] tables to the stored form of stream blocks."""

import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from demo.loading.library import Library

Block = dict[str, Any]


def _item(value: Any) -> Block:
    return {"type": "item", "value": value, "id": str(uuid.uuid4())}


def items(values: Iterable[Any]) -> list[Block]:
    """Values as a list block stores them."""
    return [_item(value) for value in values]


def _heading(block: Block, library: Library) -> Any:
    return {"text": block["text"], "level": str(block.get("level", 2))}


def _text(block: Block, library: Library) -> Any:
    return library.rich_text(block["html"])


def _picture(block: Block, library: Library) -> Any:
    return {
        "image": library.find("picture", block["image"]).pk,
        "alt": block.get("alt", ""),
        "caption": block.get("caption", ""),
    }


def _film(block: Block, library: Library) -> Any:
    return {"film": library.find("film", block["film"]).pk}


def _fact_box(block: Block, library: Library) -> Any:
    return {"title": block["title"], "text": library.rich_text(block["html"])}


def _quote(block: Block, library: Library) -> Any:
    return {"text": block["text"], "source": block.get("source", "")}


def _table(block: Block, library: Library) -> Any:
    return {
        "data": [[str(cell) for cell in row] for row in block["rows"]],
        "cell": [],
        "mergeCells": [],
        "first_row_is_table_header": block.get("header_row", True),
        "first_col_is_header": block.get("header_column", False),
        "table_header_choice": "both" if block.get("header_column") else "row",
        "table_caption": block["caption"],
    }


def _chart(block: Block, library: Library) -> Any:
    header, *rows = block["rows"]
    return {
        "title": block["title"],
        "kind": block.get("kind", "bar"),
        "unit": block.get("unit", ""),
        "series": "; ".join(str(name) for name in header[1:]),
        "rows": items({"label": str(row[0]), "values": "; ".join(str(v) for v in row[1:])} for row in rows),
        "summary": block.get("summary", ""),
    }


def _documents(block: Block, library: Library) -> Any:
    return {
        "title": block.get("title", ""),
        "documents": items(library.find("document", key).pk for key in block["items"]),
    }


def _page_cards(block: Block, library: Library) -> Any:
    return {"title": block.get("title", ""), "pages": items(library.page(name).pk for name in block["pages"])}


def _steps(block: Block, library: Library) -> Any:
    return {"title": block.get("title", ""), "items": items(f"<p>{text}</p>" for text in block["items"])}


def _checklist(block: Block, library: Library) -> Any:
    return {"title": block["title"], "items": items(block["items"])}


def _sources(block: Block, library: Library) -> Any:
    return {name: library.rich_text(block[f"{name}_html"]) for name in ("research", "clinical", "user")}


def _contact(block: Block, library: Library) -> Any:
    return {"role": library.find("role", block["role"]).pk}


def _button(block: Block, library: Library) -> Any:
    page = library.page(block["page"]).pk if block.get("page") else None
    return {"text": block["text"], "page": page, "url": "" if page else block["url"]}


def _event_list(block: Block, library: Library) -> Any:
    names = block.get("pages") or block["events"]
    return {"title": block.get("title", ""), "events": items(library.page(name).pk for name in names)}


def _divider(block: Block, library: Library) -> Any:
    return None


CONVERTERS: dict[str, Callable[[Block, Library], Any]] = {
    "button": _button,
    "chart": _chart,
    "checklist": _checklist,
    "contact": _contact,
    "divider": _divider,
    "documents": _documents,
    "event_list": _event_list,
    "fact_box": _fact_box,
    "film": _film,
    "heading": _heading,
    "page_cards": _page_cards,
    "picture": _picture,
    "quote": _quote,
    "sources": _sources,
    "steps": _steps,
    "table": _table,
    "text": _text,
}


def stored(kind: str, value: Any) -> Block:
    """One block as the database stores it."""
    return {"type": kind, "value": value, "id": str(uuid.uuid4())}


def stored_blocks(blocks: Iterable[Block], library: Library) -> list[Block]:
    """The blocks of a [[body]] list as the database stores them."""
    return [stored(block["type"], CONVERTERS[block["type"]](block, library)) for block in blocks]


def stream(blocks: Iterable[Block], library: Library) -> str:
    """A [[body]] list as a stream field takes it."""
    return json.dumps(stored_blocks(blocks, library))
