"""New rows scored by the model in use: interval, reasons, and what the answer rests on. Computes no score itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from socialai_assets.serving.api.contracts import column_words
from socialai_assets.serving.champions import SCORED, ScoredModel, scored_model
from socialai_assets.serving.dependencies import Asking, Serving
from socialai_assets.serving.lineage import LineageLog
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.problems import BadRequest, responses

if TYPE_CHECKING:
    import pandas as pd

router = APIRouter(tags=["scoring"])
MOST_ROWS = 200
MOST_FAULTS = 50


class Rows(BaseModel):
    """Rows to score: each with every column of the model's table of features, missing values as null."""

    rows: list[dict[str, Any]] = Field(min_length=1, max_length=MOST_ROWS)


class Scores(BaseModel):
    """What the model says."""

    model: str
    version: int
    lineage_id: str = Field(description="Of this answer; GET /v1/lineage/{id} says what it rests on.")
    scores: list[dict[str, Any]] = Field(description="One a row, in their order: estimate, interval, reasons.")


class FeatureColumn(BaseModel):
    """A column that a row has."""

    name: str
    type: str
    description: str
    unit: str | None = None
    nullable: bool
    minimum: float | None = None
    maximum: float | None = None
    allowed: list[str | int] | None = None


class ModelAbout(BaseModel):
    """A model that scores new rows."""

    name: str
    features: str = Field(description="Table whose columns a row has; GET /v1/tables/{features}?limit=1 has one.")
    columns: list[FeatureColumn]


class Models(BaseModel):
    """The models that score new rows."""

    models: list[ModelAbout]


@router.get("/models", responses=responses())
def models(platform: Serving, asker: Asking) -> Models:
    """The models that score new rows, with the columns they take."""
    platform.gate.allow(asker, "score")
    return Models(
        models=[
            ModelAbout(name=name, features=model.features, columns=_columns(model)) for name, model in SCORED.items()
        ]
    )


@router.post("/models/{name}/score", responses=responses(404, 422))
def score(platform: Serving, asker: Asking, name: str, asked: Rows) -> Scores:
    """Score rows by the model in use; each has its interval and reasons, or why it is withheld."""
    platform.gate.allow(asker, "score")
    model = scored_model(name)
    frame = _frame(model, asked.rows)
    champion = platform.champions.champion(name)
    scores = [_plain(row) for row in champion.scorer.score(frame)]
    tags = champion.version.tags
    lineage = {
        "model": name,
        "version": champion.version.version,
        "trained_at": champion.version.created.isoformat(timespec="seconds"),
        "trained_on": {
            key.removeprefix("data_version_"): value for key, value in tags.items() if key.startswith("data_version_")
        },
        "training_run": tags.get("dagster_run", ""),
        "compared_with_snapshot": champion.snapshot,
        "asked_by_role": asker.role,
    }
    identifier = _log(platform).append(lineage, given=asked.rows, answered=scores)
    return Scores(model=name, version=champion.version.version, lineage_id=identifier, scores=scores)


@router.get("/lineage/{identifier}", responses=responses(404, 422))
def lineage(
    platform: Serving, asker: Asking, identifier: Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
) -> dict[str, Any]:
    """What an answer of a model rests on: version, data versions it was trained on, run, hashes of rows and answer."""
    platform.gate.allow(asker, "score")
    return _log(platform).entry(identifier)


def _log(platform: Platform) -> LineageLog:
    return LineageLog(platform.folder / "lineage.sqlite")


def _columns(model: ScoredModel) -> list[FeatureColumn]:
    return [
        FeatureColumn(
            name=name,
            type=words["dtype"],
            description=words["description"],
            unit=words.get("unit"),
            nullable=words["nullable"],
            minimum=words.get("minimum"),
            maximum=words.get("maximum"),
            allowed=list(words["allowed"]) if "allowed" in words else None,
        )
        for name, words in column_words(model.features).items()
    ]


def _frame(model: ScoredModel, rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The rows as the model's table of features has them.

    Raises:
        BadRequest: a column is missing or unknown, or a value has another type or is out of its limits; says which.
    """
    import pandas as pd

    columns = {column.name: column for column in _columns(model)}
    faults: list[dict[str, Any]] = []
    for number, row in enumerate(rows):
        faults += [{"row": number, "column": name, "message": "missing"} for name in columns if name not in row]
        faults += [{"row": number, "column": name, "message": "unknown"} for name in row if name not in columns]
        for name, value in row.items():
            wrong = _wrong(columns[name], value) if name in columns else None
            if wrong:
                faults.append({"row": number, "column": name, "message": wrong})
        if model.component is not None and row.get("component") != model.component:
            faults.append({"row": number, "column": "component", "message": f"this model is about {model.component}"})
    keys = [str(row.get(model.key)) for row in rows]
    faults += [
        {"row": number, "column": model.key, "message": "stands in another row too"}
        for number, key in enumerate(keys)
        if keys.index(key) != number
    ]
    if faults:
        raise BadRequest(
            f"{len(faults):,} values of the rows are not what the model takes",
            errors=faults[:MOST_FAULTS],
            do=f"Give each row the columns of {model.features}; GET /v1/models has their types and limits.",
        )
    frame = pd.DataFrame(rows, columns=list(columns))
    kinds = {"double": "float64", "boolean": "bool"}
    return frame.astype({name: kinds[column.type] for name, column in columns.items() if column.type in kinds})


def _wrong(column: FeatureColumn, value: Any) -> str | None:
    if value is None:
        return None if column.nullable else "may not be missing"
    number = isinstance(value, int | float) and not isinstance(value, bool)
    right = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": number and float(value).is_integer() if number and math.isfinite(value) else False,
        "double": number and math.isfinite(value),
    }
    if not right.get(column.type, True):
        return f"is no {column.type}"
    if number and column.minimum is not None and value < column.minimum:
        return f"is less than {column.minimum:g}"
    if number and column.maximum is not None and value > column.maximum:
        return f"is more than {column.maximum:g}"
    if column.allowed is not None and value not in column.allowed:
        return f"is none of {', '.join(map(str, column.allowed))}"
    return None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A score as JSON has it."""
    import numpy as np

    def told(value: Any) -> Any:
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            return None
        if isinstance(value, list):
            return [told(part) for part in value]
        return {name: told(part) for name, part in value.items()} if isinstance(value, dict) else value

    return told(row)
