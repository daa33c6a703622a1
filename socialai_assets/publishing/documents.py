"""Documents of text, tables and pictures: what they hold, and how one becomes a page. As PDF: document_pdf.py.

A page opens without a network and without a script; its own security policy forbids it to load anything.
"""

from __future__ import annotations

import base64
import datetime
import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from string import Template
from typing import Literal

from socialai_assets.publishing.figures import SYNTHETIC_BANNER
from socialai_assets.publishing.languages import LANGUAGES, Language
from socialai_assets.publishing.leaflet_page import PAGE_SPANISH

LANGUAGE_NAMES: dict[Language, str] = {"en": "English", "es": "Español"}
MONTHS: dict[Language, tuple[str, ...]] = {
    "en": (
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio",
        "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Heading:
    """A section's heading."""

    text: str


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `lead` says the main thing, `warning` what must not be overlooked, `quiet` an explanation."""

    text: str
    tone: Literal["plain", "lead", "warning", "quiet"] = "plain"


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of text.

    Attributes:
        caption: what it shows.
        heads: one a column.
        rows: cells by row.
        numeric: columns that are set flush right.
        marked: rows that stand out; that they do is never said by colour alone, so their cells say why.
        widths: share of each column in print; even ones if empty.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: frozenset[int] = frozenset()
    marked: frozenset[int] = frozenset()
    widths: tuple[float, ...] = ()


@dataclass(frozen=True)
class Chart:
    """A drawing as SVG, for pages only.

    Attributes:
        svg: the element, with its own `role` and label.
        caption: what stands above it.
    """

    svg: str
    caption: str


@dataclass(frozen=True)
class Picture:
    """A picture as PNG.

    Attributes:
        png: the file.
        description: what it shows, in words, for whoever does not see it.
    """

    png: bytes
    description: str


@dataclass(frozen=True)
class Links:
    """A list of addresses of other documents beside this one, for pages only: text and file name."""

    items: tuple[tuple[str, str], ...]


Block = Heading | Paragraph | Bullets | Table | Picture | Links | tuple[Chart, ...]


@dataclass(frozen=True)
class Document:
    """A document in one language.

    Attributes:
        title: its title.
        language: of its text.
        blocks: what it holds, in order; charts that stand side by side are one block.
        notes: sources, licences and the like, below.
        synthetic: whether it says that its data are made up.
        elsewhere: file name of the same document in other languages.
        back: text and file name of where it is listed.
    """

    title: str
    language: Language
    blocks: Sequence[Block]
    notes: Sequence[str] = ()
    synthetic: bool = False
    elsewhere: dict[Language, str] = field(default_factory=dict)
    back: tuple[str, str] | None = None


def banner(language: Language) -> str:
    """What says that data are made up."""
    return PAGE_SPANISH[SYNTHETIC_BANNER] if language == "es" else SYNTHETIC_BANNER


def source_notes(language: Language, publishers: str, licences: str) -> tuple[str, str]:
    """The notes that say who published what a document rests on, and under which licences."""
    source, licence = {"en": ("Source", "Licence"), "es": ("Fuente", "Licencia")}[language]
    return f"{source}: {publishers}", f"{licence}: {licences}"


def list_document(
    title: str, items: Sequence[tuple[str, str]], nothing: str, language: Language, synthetic: bool
) -> Document:
    """The list of documents in a language, `index_<language>.html`, with a link to the list in the other.

    Args:
        title: its title.
        items: text and file name of each document.
        nothing: what is said where there is none.
        language: of the documents.
        synthetic: whether any of them rests on made-up data.
    """
    others: dict[Language, str] = {other: f"index_{other}.html" for other in LANGUAGES if other != language}
    blocks = [Links(tuple(items)) if items else Paragraph(nothing)]
    return Document(title, language, blocks, synthetic=synthetic, elsewhere=others)


def long_day(day: datetime.date, language: Language) -> str:
    """A day in words: 3 March 2026, 3 de marzo de 2026."""
    month = MONTHS[language][day.month - 1]
    return f"{day.day} de {month} de {day.year}" if language == "es" else f"{day.day} {month} {day.year}"


def document_html(document: Document) -> str:
    """The document as a page, to be written as UTF-8; whatever it holds is shown as text, never as markup."""
    static = files("socialai_assets.publishing") / "static"
    links = [
        f'<a lang="{language}" hreflang="{language}" href="{html.escape(address)}">{LANGUAGE_NAMES[language]}</a>'
        for language, address in document.elsewhere.items()
    ]
    if document.back:
        text, address = document.back
        links.insert(0, f'<a href="{html.escape(address)}">{html.escape(text)}</a>')
    return Template(static.joinpath("document.html").read_text("utf-8")).substitute(
        language=document.language,
        title=html.escape(document.title),
        styles=static.joinpath("document.css").read_text("utf-8"),
        banner=f'<p class="banner" role="note">{html.escape(banner(document.language))}</p>'
        if document.synthetic
        else "",
        links=f"<nav>{' · '.join(links)}</nav>" if links else "",
        content="\n".join(_block(block) for block in document.blocks),
        notes="".join(f"<p>{html.escape(note)}</p>" for note in document.notes),
    )


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"<h2>{html.escape(text)}</h2>"
        case Paragraph(text, tone):
            return f'<p class="{tone}">{html.escape(text)}</p>'
        case Bullets(items):
            return "<ul>" + "".join(f"<li>{html.escape(item)}</li>" for item in items) + "</ul>"
        case Links(items):
            listed = (f'<li><a href="{html.escape(to)}">{html.escape(text)}</a></li>' for text, to in items)
            return f'<ul class="links">{"".join(listed)}</ul>'
        case Picture(png, description):
            packed = base64.b64encode(png).decode()
            return f'<p><img src="data:image/png;base64,{packed}" alt="{html.escape(description)}"></p>'
        case Table():
            return _table(block)
        case _:
            drawn = (f"<figure><figcaption>{html.escape(c.caption)}</figcaption>{c.svg}</figure>" for c in block)
            return f'<div class="charts">{"".join(drawn)}</div>'


def _table(table: Table) -> str:
    numbers = [' class="number"' if column in table.numeric else "" for column in range(len(table.heads))]
    heads = [html.escape(head) for head in table.heads]
    # On a phone each cell says its column's head itself.
    named = [f'<td{kind} data-head="{head}">' for kind, head in zip(numbers, heads, strict=True)]
    kinds = [' class="marked"' if number in table.marked else "" for number in range(len(table.rows))]
    rows = "".join(
        f"<tr{kind}>"
        + "".join(f"{tag}{html.escape(text)}</td>" for tag, text in zip(named, row, strict=True))
        + "</tr>"
        for kind, row in zip(kinds, table.rows, strict=True)
    )
    top = "".join(f"<th{kind}>{head}</th>" for kind, head in zip(numbers, heads, strict=True))
    caption = html.escape(table.caption)
    # Wide tables move sideways in a frame of their own, which the keyboard reaches.
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{rows}</tbody></table></div>"
    )
