"""The data-protection impact note as a document: what is held, who sees it, what could go wrong. Reads no vault row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from socialai_assets.publishing.documents import Block, Bullets, Document, Heading, Paragraph, Table
from socialai_assets.publishing.languages import LANGUAGES, Language

NOTHING = "–"
MOST_NAMED = 12
"""Columns of a table that are named; a table of features has dozens."""


@cache
def words() -> dict[str, Any]:
    """What the note says besides figures, by part and language; `impact_words.yaml`."""
    return yaml.safe_load(files("socialai_assets.children").joinpath("impact_words.yaml").read_text("utf-8"))


@dataclass(frozen=True)
class HeldTable:
    """One table on persons, as its contract describes it.

    Attributes:
        name: `schema.table`.
        says: what it holds, a sentence.
        identifiers: columns that hold pseudonyms.
        personal: other columns that say something about a person.
    """

    name: str
    says: str
    identifiers: tuple[str, ...]
    personal: tuple[str, ...]


@dataclass(frozen=True)
class ImpactFacts:
    """What the note is made of.

    Attributes:
        held: the tables on persons.
        roles: what each role is, and the tables it sees, in words, by role.
        snapshot_days: days after which old states of the vault expire.
        looks: entries of the access log, all verified.
        smallest: least number that is told.
        scores: rows of figures on the models: what, figure, interval or remark.
        synthetic: whether anything is from the sample generator.
    """

    held: Sequence[HeldTable]
    roles: Mapping[str, tuple[str, str]]
    snapshot_days: int
    looks: int
    smallest: int
    scores: Sequence[tuple[str, str, str]] = field(default_factory=tuple)
    synthetic: bool = False


def note_name(language: Language, kind: str) -> str:
    """File name of the note; `kind` is html or pdf."""
    return f"impact_note_{language}.{kind}"


def impact_document(facts: ImpactFacts, language: Language) -> Document:
    """The note in one language."""
    spanish, said = language == "es", words()
    heading = {name: Heading(text[language]) for name, text in said["sections"].items()}
    needed = tuple(text.format(days=facts.snapshot_days) for text in said["needed"][language])
    looked = said["looked"][language].format(looks=f"{facts.looks:,}", smallest=facts.smallest)
    blocks: list[Block] = [Paragraph(said["lead"][language], "lead"), heading["what"]]
    blocks += [Bullets(tuple(said["purposes"][language]))]
    blocks += [heading["held"], _held(facts, spanish), heading["needed"], Bullets(needed)]
    blocks += [heading["seen"], _roles(facts, spanish), Paragraph(looked)]
    blocks += [heading["risks"], _risks(language)]
    if facts.scores:
        blocks += [heading["measured"], _scores(facts, spanish)]
    blocks += [heading["left"], Bullets(tuple(said["left"][language]))]
    others: dict[Language, str] = {other: note_name(other, "html") for other in LANGUAGES if other != language}
    return Document(said["title"][language], language, blocks, synthetic=facts.synthetic, elsewhere=others)


def _held(facts: ImpactFacts, spanish: bool) -> Table:
    heads = ("Tabla", "Qué guarda", "Seudónimos", "Otras columnas sobre la persona")
    return Table(
        "Tablas de la bóveda" if spanish else "Tables of the vault",
        heads if spanish else ("Table", "What it holds", "Pseudonyms", "Other columns on the person"),
        tuple(
            (table.name, table.says, ", ".join(table.identifiers) or NOTHING, _named(table.personal, spanish))
            for table in facts.held
        ),
        widths=(0.2, 0.35, 0.15, 0.3),
    )


def _named(columns: tuple[str, ...], spanish: bool) -> str:
    more = len(columns) - MOST_NAMED
    rest = (f" y {more} más" if spanish else f" and {more} more") if more > 0 else ""
    return f"{', '.join(columns[:MOST_NAMED])}{rest}" or NOTHING


def _roles(facts: ImpactFacts, spanish: bool) -> Table:
    return Table(
        "Lo que ve cada rol" if spanish else "What each role sees",
        ("Rol", "Quién es", "Tablas de la bóveda que ve")
        if spanish
        else ("Role", "Who", "Tables of the vault it sees"),
        tuple((role, says, tables or NOTHING) for role, (says, tables) in facts.roles.items()),
        widths=(0.2, 0.3, 0.5),
    )


def _risks(language: Language) -> Table:
    spanish = language == "es"
    return Table(
        "Riesgos y medidas" if spanish else "Risks and measures",
        ("Riesgo", "Qué se hace") if spanish else ("Risk", "What is done against it"),
        tuple((one["risk"], one["measure"]) for one in words()["risks"][language]),
        widths=(0.35, 0.65),
    )


def _scores(facts: ImpactFacts, spanish: bool) -> Table:
    return Table(
        "Cifras medidas" if spanish else "Figures measured",
        ("Qué", "Cifra", "Nota") if spanish else ("What", "Figure", "Remark"),
        tuple(facts.scores),
        numeric=frozenset({1}),
        widths=(0.5, 0.15, 0.35),
    )
