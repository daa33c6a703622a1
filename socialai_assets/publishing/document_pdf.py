"""A document as a printable PDF, A4. What documents hold is in documents.py; links and charts are for pages only."""

from __future__ import annotations

import html
from io import BytesIO
from typing import Any

from socialai_assets.publishing.documents import (
    Bullets,
    Document,
    Heading,
    Paragraph,
    Picture,
    Table,
    banner,
)
from socialai_assets.publishing.pdf_fonts import BOLD, FONT, register_fonts

PICTURE_WIDTH_SHARE = 0.8


def document_pdf(document: Document) -> bytes:
    """The document as PDF; the same input gives the same bytes."""
    from reportlab import platypus
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.units import mm

    register_fonts()
    styles = _styles()
    buffer = BytesIO()
    made = platypus.SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=15 * mm, bottomMargin=17 * mm,
        title=document.title, author="socialai", lang=document.language, invariant=1,
    )  # fmt: skip
    # reportlab's frame keeps six points free on either side.
    width = made.width - 12
    story: list[Any] = []
    if document.synthetic:
        story += [platypus.Paragraph(html.escape(banner(document.language)), styles["banner"]), platypus.Spacer(1, 6)]
    story.append(platypus.Paragraph(html.escape(document.title), styles["title"]))
    for block in document.blocks:
        match block:
            case Heading(text):
                story.append(platypus.Paragraph(html.escape(text), styles["heading"]))
            case Paragraph(text, tone):
                story.append(platypus.Paragraph(html.escape(text), styles[tone]))
            case Bullets(items):
                story += [platypus.Paragraph(html.escape(item), styles["item"], bulletText="•") for item in items]
            case Table():
                story += [platypus.Paragraph(html.escape(block.caption), styles["quiet"]), _table(block, width, styles)]
            case Picture(png, _):
                story.append(_picture(png, width))
            case _:
                continue
    story.append(platypus.Spacer(1, 8))
    story += [platypus.Paragraph(html.escape(note), styles["quiet"]) for note in document.notes]

    def footer(canvas: Any, page: Any) -> None:
        canvas.setFont(FONT, 7)
        canvas.setFillColorRGB(0.35, 0.35, 0.35)
        canvas.drawString(18 * mm, 9 * mm, document.title)
        canvas.drawRightString(A4[0] - 18 * mm, 9 * mm, str(page.page))

    made.build(story, onFirstPage=footer, onLaterPages=footer)
    return buffer.getvalue()


def _picture(png: bytes, width: float) -> Any:
    from reportlab.lib.utils import ImageReader
    from reportlab.platypus import Image

    across, down = ImageReader(BytesIO(png)).getSize()
    shown = width * PICTURE_WIDTH_SHARE
    return Image(BytesIO(png), width=shown, height=shown * down / across, hAlign="LEFT")


def _table(table: Table, width: float, styles: dict[str, Any]) -> Any:
    from reportlab import platypus
    from reportlab.lib.colors import HexColor

    def cells(row: tuple[str, ...], style: str) -> list[Any]:
        return [
            platypus.Paragraph(html.escape(text), styles[f"{style}_right" if column in table.numeric else style])
            for column, text in enumerate(row)
        ]

    look: list[tuple[Any, ...]] = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#cccccc")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 2),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
    ]
    look += [("BACKGROUND", (0, row + 1), (-1, row + 1), HexColor("#fdf0ee")) for row in table.marked]
    shares = table.widths or tuple(1 / len(table.heads) for _ in table.heads)
    rows = [cells(table.heads, "head"), *(cells(row, "cell") for row in table.rows)]
    drawn = platypus.Table(rows, colWidths=[width * share for share in shares], repeatRows=1, spaceAfter=6)
    drawn.setStyle(platypus.TableStyle(look))
    return drawn


def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor, white
    from reportlab.lib.enums import TA_CENTER, TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    plain = ParagraphStyle("plain", fontName=FONT, fontSize=9.5, leading=13, spaceAfter=4)
    cell = ParagraphStyle("cell", plain, fontSize=8, leading=10, spaceAfter=0)
    head = ParagraphStyle("head", cell, fontName=BOLD)
    quiet = HexColor("#555555")
    return {
        "plain": plain,
        "lead": ParagraphStyle("lead", plain, fontName=BOLD, fontSize=10.5, leading=14),
        "warning": ParagraphStyle(
            "warning", plain, backColor=HexColor("#fdf0ee"), borderPadding=5, spaceBefore=6, spaceAfter=10
        ),
        "quiet": ParagraphStyle("quiet", plain, fontSize=8, leading=10.5, textColor=quiet),
        "item": ParagraphStyle("item", plain, leftIndent=12, bulletIndent=2, spaceAfter=2),
        "title": ParagraphStyle("title", plain, fontName=BOLD, fontSize=16, leading=20, spaceAfter=8),
        "heading": ParagraphStyle(
            "heading", plain, fontName=BOLD, fontSize=11.5, leading=15, spaceBefore=10, spaceAfter=4, keepWithNext=1
        ),
        "cell": cell,
        "cell_right": ParagraphStyle("cell_right", cell, alignment=TA_RIGHT),
        "head": head,
        "head_right": ParagraphStyle("head_right", head, alignment=TA_RIGHT),
        "banner": ParagraphStyle(
            "banner",
            plain,
            fontName=BOLD,
            textColor=white,
            backColor=HexColor("#b3261e"),
            alignment=TA_CENTER,
            borderPadding=3,
        ),
    }
