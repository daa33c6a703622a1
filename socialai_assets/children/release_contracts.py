"""What is counted for publication, what the gate lets through, and real counts as their publisher releases them.

Real counts have cells of one person, so they are in the vault like rows about persons.
"""

from __future__ import annotations

import datetime

import pandas as pd
import pandera.pandas as pa

from socialai_assets.ingest.contract import Contract, RawContract, column

UBIGEO = r"\d{6}"
AGE_BANDS = (
    "< 1",
    "1 - 4",
    "5 - 9",
    "10 - 11",
    "12 - 14",
    "15 - 17",
    "18 - 24",
    "25 - 29",
    "30 - 39",
    "40 - 59",
    "60 - 79",
    "80 +",
)
SCREENED = ("TOTAL DE TAMIZAJES", "SOLO TAMIZAJES POSITIVOS", "TAMIZAJES C/CONDICION ADICIONAL VIOLENCIA POLITICA")
DIMENSIONS = ("area_id", "period", "sex", "age", "category")
HISTORIES = ("first", "grew", "shrank", "changed")


class _LambayequeCounts(RawContract):
    year: int = column("Year.", ge=2000, le=2100)
    month: int = column("Month of the year.", ge=1, le=12)
    ubigeo: str = column("Code of the district (INEI).", str_matches=UBIGEO)
    sex: str = column("Sex.", isin=("F", "M"), personal=True)
    age_band: str = column("Age, in the publisher's bands.", isin=AGE_BANDS, personal=True)


class LambayequeAttended(_LambayequeCounts):
    """People in care of Lambayeque's mental health services by month, as published: small cells, so in the vault."""

    diagnosis: str = column("What they were attended for.", personal=True)
    attended: int = column(
        "People attended for the first time in the year; 0 where only people counted before came again.",
        unit="people",
        ge=0,
        personal=True,
    )
    attentions: int = column("Attentions they were given.", ge=0, personal=True)

    class Config:
        name = "children.raw_lambayeque_attended"


class LambayequeScreenings(_LambayequeCounts):
    """Screenings by Lambayeque's mental health services by month, as published: small cells, so in the vault."""

    screened: str = column("All screenings, positive ones only, or those with a further condition.", isin=SCREENED)
    screening: str = column("What was screened for.", personal=True)
    cases: int = column("Screenings.", ge=0, personal=True)

    class Config:
        name = "children.raw_lambayeque_screenings"


class ReleaseCounts(Contract):
    """People and events counted by everything they may be published by, before the gate; in the vault."""

    population: str = column("Population of disclosure.yaml.")
    area_id: str = column("Smallest area.", nullable=True)
    period: str = column("Month, YYYY-MM.", str_matches=r"\d{4}-\d{2}")
    sex: str = column("Sex, as the source codes it.", personal=True)
    age: str = column("Age, as the source codes it.", personal=True)
    category: str = column("What is counted, as the source codes it.", personal=True)
    count: int = column("People or events.", ge=0, personal=True)
    source: str = column("Source of the rows counted.")
    is_synthetic: bool = column("Whether the sample generator made any of them.")

    class Config:
        name = "children.release_counts"
        unique = ["population", "source", *DIMENSIONS]


class Releases(Contract):
    """Every table of counts that has left the vault, with the figures of its protection; none is ever taken away."""

    release_id: str = column("Code of the release: its population and a number.", unique=True)
    population: str = column("Population of disclosure.yaml; releases of one are judged together.")
    title: str = column("What is counted.")
    unit: str = column("Unit of the counts.")
    released_on: datetime.date = column("Day it was released.")
    cells: int = column("Cells of the table.", ge=0)
    suppressed: int = column("Cells that are withheld.", ge=0)
    smallest_allowed: int = column("Smallest count that might be told when it was released.", ge=1)
    k: int = column("Smallest count told that is not 0 (k-anonymity).", nullable=True, ge=1)
    diversity: int = column(
        "Fewest sensitive parts that somebody of a group told may be in (distinct l-diversity).", nullable=True, ge=1
    )
    state: int = column("Number of the state of the records; releases of one state count the same people.", ge=0)
    history: str = column("How the records changed since the state before, as far as it was told.", isin=HISTORIES)
    counts_version: str = column("Keyed hash of the counts it was made from, which tells nothing without the key.")
    content_hash: str = column("SHA-256 of the published cells.", str_matches=r"[0-9a-f]{64}")
    source: str = column("Sources of what is counted.")
    is_synthetic: bool = column("Whether the sample generator made any of it.")

    class Config:
        name = "children.releases"


class ReleaseGroups(Contract):
    """The groups each release publishes: what they hold and what holds them, so that anyone can check the sums."""

    release_id: str = column("Release.")
    dimension: str = column("What the people are split by.", isin=DIMENSIONS)
    name: str = column("Name of the group.")
    parent: str = column("Smallest group that holds it; missing for the whole.", nullable=True)
    codes: str = column("Codes of the counted rows it holds, joined by `|`.")

    class Config:
        name = "children.release_groups"
        unique = ["release_id", "dimension", "name"]


class PublishedCells(Contract):
    """All counts that have left the vault: every combination of a release's groups, withheld ones without a count."""

    release_id: str = column("Release.")
    population: str = column("Population of disclosure.yaml.")
    area_id: str = column("Area; `all` for all of them.")
    period: str = column("Months counted, first and last.")
    sex: str = column("Sex; `all` for both.")
    age: str = column("Age in years; `all` for all.")
    category: str = column("What is counted; `all` for everything.")
    count: int = column("People or events; missing where it is withheld.", nullable=True, ge=0)
    is_suppressed: bool = column("Whether the count is withheld, for its own sake or for another one's.")
    is_synthetic: bool = column("Whether the sample generator made any of it.")

    class Config:
        name = "children.published_cells"
        unique = ["release_id", *DIMENSIONS]

    @pa.dataframe_check
    def withheld_or_told(cls, frame: pd.DataFrame) -> pd.Series:
        """a cell has a count or is withheld"""
        return frame["count"].isna() == frame["is_suppressed"]
