"""The report for officials on what is published about children, as a document. Reads published counts and no others."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
import yaml

from socialai_assets.children.release_tables import whole_period
from socialai_assets.publishing.documents import Block, Bullets, Document, Heading, Paragraph, Table, long_day
from socialai_assets.publishing.languages import LANGUAGES, Language

ALL = "all"


@cache
def words() -> dict[str, Any]:
    """What the report says besides figures; `outcome_words.yaml`."""
    return yaml.safe_load(files("socialai_assets.children").joinpath("outcome_words.yaml").read_text("utf-8"))


def report_name(language: Language, kind: str) -> str:
    """File name of the report; `kind` is html or pdf."""
    return f"outcomes_{language}.{kind}"


def outcome_document(
    releases: pd.DataFrame,
    cells: pd.DataFrame,
    areas: pd.DataFrame,
    language: Language,
    *,
    smallest: int,
    notes: tuple[str, ...] = (),
) -> Document:
    """The report in one language: of each population the newest release, and a list of all.

    Args:
        releases: `children.releases`.
        cells: `children.published_cells`.
        areas: `geography.areas`.
        language: of the report.
        smallest: smallest count told.
        notes: sources and licences.
    """
    said = words()
    labels = said["labels"][language]
    blocks: list[Block] = [Paragraph(said["lead"][language], "lead")]
    newest = releases.drop_duplicates("population", keep="last")
    for release in newest.to_dict("records"):
        own = cells[cells["release_id"] == release["release_id"]]
        blocks.append(Heading(_told(release["title"], language)))
        blocks += _tables(own, areas, language)
    if newest.empty:
        blocks.append(Paragraph(labels["nothing"]))
    else:
        blocks.append(Paragraph(said["withheld_note"][language].format(smallest=smallest), "quiet"))
        blocks += [Heading(labels["releases"]), _history(releases, language)]
    blocks += [Heading(labels["limits"]), Bullets(tuple(said["limits"][language]))]
    others: dict[Language, str] = {other: report_name(other, "html") for other in LANGUAGES if other != language}
    synthetic = bool(newest["is_synthetic"].any())
    return Document(said["title"][language], language, blocks, notes=notes, synthetic=synthetic, elsewhere=others)


def _tables(cells: pd.DataFrame, areas: pd.DataFrame, language: Language) -> list[Block]:
    """A population's counts by department, and by sex and age."""
    labels = words()["labels"][language]
    named = areas.set_index("area_id")["name"]
    categories = tuple(cells["category"].drop_duplicates())
    whole = whole_period(cells["period"])
    told = cells[cells["period"] == whole].set_index(["area_id", "sex", "age", "category"])
    known = told.index.get_level_values("area_id").unique()
    widest = [area for area in (ALL, *areas.loc[areas["level"] == "admin1", "area_id"]) if area in known]
    kinds = list(dict.fromkeys(zip(cells["sex"], cells["age"], strict=True)))

    def counts(area: str, sex: str, age: str) -> list[str]:
        return [_count(told.loc[(area, sex, age, one)], language) for one in categories]

    by_area = [
        (labels["all"] if area == ALL else str(named.get(area, area)), *counts(area, ALL, ALL)) for area in widest
    ]
    # Where all are in one department, that is all there is.
    by_person = [(_kind(kind, language), *counts(widest[0], *kind)) for kind in kinds]
    heads = tuple(labels["all"] if one == ALL else _told(one, language) for one in categories)
    numeric = frozenset(range(1, len(heads) + 1))
    period = f"{labels['period']} {_span(whole)}"
    by_time = cells[(cells["area_id"] == widest[0]) & (cells["sex"] == ALL) & (cells["age"] == ALL)]
    by_time = by_time.set_index(["period", "category"])
    times = sorted(set(cells["period"]) - {whole})
    trend = [(_span(time), *(_count(by_time.loc[(time, one)], language) for one in categories)) for time in times]
    return [
        *([Table(labels["by_time"], (labels["period"], *heads), tuple(trend), numeric)] if trend else []),
        Table(f"{period}, {labels['by_area']}", (labels["area"], *heads), tuple(by_area), numeric),
        Table(f"{period}, {labels['by_person']}", ("", *heads), tuple(by_person), numeric),
    ]


def _span(period: str) -> str:
    """First and last month in words."""
    return period.replace("..", " – ")


def _kind(kind: tuple[str, str], language: Language) -> str:
    """Sex and age in words."""
    parts = [_told(part, language) for part in kind if part != ALL]
    return ", ".join(parts) or words()["labels"][language]["all"]


def _history(releases: pd.DataFrame, language: Language) -> Table:
    labels = words()["labels"][language]
    return Table(
        labels["releases"],
        (labels["release"], labels["day"], labels["cells"], labels["kept"], "k"),
        tuple(
            (
                row["release_id"],
                long_day(pd.Timestamp(row["released_on"]).date(), language),
                f"{row['cells']:,}",
                f"{row['suppressed']:,}",
                "" if pd.isna(row["k"]) else str(int(row["k"])),
            )
            for row in releases.to_dict("records")
        ),
        frozenset({2, 3, 4}),
    )


def _count(cell: pd.Series, language: Language) -> str:
    return words()["labels"][language]["withheld"] if cell["is_suppressed"] else f"{int(cell['count']):,}"


def _told(text: str, language: Language) -> str:
    return words()["spanish"].get(text, text) if language == "es" else text
