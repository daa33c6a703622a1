"""Contracts of aid's forecast tables: what each column says and may hold. Other tables are in contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.aid.input_contracts import CODE, PERIODS, PLACE_KINDS
from socialai_assets.ingest.contract import Contract, column

FORECAST_LEVELS = ("site", "admin3", "admin2", "admin1", "nation")
MODELS = ("seasonal_naive", "mean_of_4", "last_value", "boosting", "combination")


class _Forecast(Contract):
    """What is forecast, and its quantiles."""

    place_id: str = column("Code of the site or area; `nation` for the total of all.", str_matches=CODE)
    place_kind: str = column("Whether the place is a site or an area.", isin=PLACE_KINDS)
    level: str = column("Level of the place.", isin=FORECAST_LEVELS)
    leaf_level: str = column("Level of the series that totals are made of.", isin=FORECAST_LEVELS)
    item_id: str = column("Code of the item.", str_matches=CODE)
    period: str = column("Length of the period.", isin=PERIODS)
    period_start: datetime.date = column("First day of the period forecast.")
    horizon: int = column("Periods ahead of the last known one.", ge=1)
    model: str = column(
        "Model; `combination` is the mix chosen on earlier origins, coherent with its totals.", isin=MODELS
    )
    estimate: float = column("Point forecast, in the item's unit; adds up over places.", ge=0)
    q025: float = column("Quantile .025 of what may be needed; quantiles do not add up.", nullable=True, ge=0)
    q050: float = column("Quantile .05.", nullable=True, ge=0)
    q100: float = column("Quantile .1.", nullable=True, ge=0)
    q200: float = column("Quantile .2.", nullable=True, ge=0)
    q500: float = column("Quantile .5, the median.", nullable=True, ge=0)
    q800: float = column("Quantile .8.", nullable=True, ge=0)
    q900: float = column("Quantile .9.", nullable=True, ge=0)
    q950: float = column("Quantile .95.", nullable=True, ge=0)
    q975: float = column("Quantile .975.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether any series behind it was made by the sample generator.")


class ForecastOutOfSample(_Forecast):
    """Forecasts made at past origins from what was known then, by every model, beside what came.

    Weights, choice and intervals at an origin rest on forecasts whose periods had all passed. In totals, the mean of
    a place's last four reports stands in where it did not report; where under 80 % was reported there is no row.
    """

    origin_start: datetime.date = column("First day of the last period that was known.")
    observed: float = column("What came, in the item's unit.", ge=0)
    naive_error: float = column(
        "Mean absolute error of the seasonal naive forecast in the history before scoring; MASE is in units of it.",
        nullable=True,
        ge=0,
    )
    is_baseline: bool = column("Whether the model is a baseline, or the series was served seasonal naive.")
    is_scored: bool = column("Whether the origin is among the last eight, which scores are taken over.")

    class Config:
        name = "aid.forecast_out_of_sample"
        unique = ["leaf_level", "level", "place_id", "item_id", "period", "origin_start", "horizon", "model"]


class ForecastScores(Contract):
    """How good forecasts were on the last eight past origins, by model, item, level and periods ahead."""

    model: str = column("Model.", isin=MODELS)
    item_id: str = column("Code of the item.", str_matches=CODE)
    period: str = column("Length of the period.", isin=PERIODS)
    leaf_level: str = column("Level of the series that totals are made of.", isin=FORECAST_LEVELS)
    level: str = column("Level of the places.", isin=FORECAST_LEVELS)
    horizon: int = column("Periods ahead; 0 for all together.", ge=0)
    metric: str = column(
        "`wape` (errors over observed), `mase`, `bias` (forecast minus observed, over observed), `pinball` (mean of "
        "the nine quantiles' losses, in the item's unit), `coverage_80`, `coverage_95`.",
        isin=("wape", "mase", "bias", "pinball", "coverage_80", "coverage_95"),
    )
    value: float = column("The figure.")
    forecasts: int = column("Number of forecasts scored.", ge=1)
    is_baseline: bool = column("Whether the model is a baseline.")
    is_synthetic: bool = column("Whether any series behind it was made by the sample generator.")

    class Config:
        name = "aid.forecast_scores"
        unique = ["model", "item_id", "period", "leaf_level", "level", "horizon", "metric"]


class DemandForecasts(_Forecast):
    """Demand of the coming periods by site and area, with quantiles.

    Estimates add up from places to areas to the nation; quantiles are each place's own and do not. A series that
    seasonal naive forecast better on past origins is served seasonal naive, and flagged.
    """

    is_baseline: bool = column("Whether the series is served seasonal naive.")

    class Config:
        name = "aid.demand_forecasts"
        unique = ["leaf_level", "level", "place_id", "item_id", "period", "horizon"]
