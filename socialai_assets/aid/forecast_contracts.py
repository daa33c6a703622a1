"""Tables of aid's demand forecasts: what each column says and may hold. Other tables are in contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.aid.shared_columns import PERIODS, PLACE_KINDS
from socialai_assets.ingest.contract import Contract, column
from socialai_assets.ingest.supply_inputs import CODE

LEVELS = ("site", "area", "admin2", "admin1", "country")
DRIVER_KINDS = ("importance", "trend", "season")


class _Series(Contract):
    """Which series a row is about."""

    place_id: str = column("Code of the site or area, or `country`.", str_matches=CODE)
    place_kind: str = column("Whether the place is a site or an area.", isin=PLACE_KINDS)
    level: str = column("Level of the place; wider ones are sums of sites and areas.", isin=LEVELS)
    item_id: str = column("Code of the item.", str_matches=CODE)
    is_place: bool = column("Whether demand is recorded for the place itself; else it is the sum of places in it.")
    period: str = column("Length of the period.", isin=PERIODS)
    period_start: datetime.date = column("First day of the period that is forecast.")
    horizon: int = column("Periods ahead.", unit="periods", ge=1)
    model: str = column("Model; `combination` is a weighted mean of several.")


class ForecastOutOfSample(_Series):
    """Forecasts of past periods by every model, each made from what was known before, beside what came.

    The combination rests on earlier origins only, so the first origins have none; its quantiles, which are corrected
    by its own errors at earlier origins, begin at the middle of the origins. Points of the combination add up.
    """

    origin_start: datetime.date = column("First day of the last period that was known.")
    forecast: float = column("Point forecast; missing where the series had not begun.", nullable=True, ge=0)
    observed: float = column("What was reported; missing where nothing was.", nullable=True, ge=0)
    naive_error: float = column(
        "Mean absolute error of seasonal naive (of the last value where no year is known) within what was known: the "
        "scale of mase; missing where it is zero.",
        nullable=True,
        ge=0,
    )
    q025: float = column("2.5 % quantile; missing where the model has none.", nullable=True, ge=0)
    q050: float = column("5 % quantile.", nullable=True, ge=0)
    q100: float = column("10 % quantile.", nullable=True, ge=0)
    q200: float = column("20 % quantile.", nullable=True, ge=0)
    q500: float = column("Median.", nullable=True, ge=0)
    q800: float = column("80 % quantile.", nullable=True, ge=0)
    q900: float = column("90 % quantile.", nullable=True, ge=0)
    q950: float = column("95 % quantile.", nullable=True, ge=0)
    q975: float = column("97.5 % quantile.", nullable=True, ge=0)
    is_synthetic: bool = column("Whether any demand behind it was made up by the sample generator.")

    class Config:
        name = "aid.forecast_out_of_sample"
        unique = ["place_id", "level", "item_id", "period", "origin_start", "horizon", "model"]


class ForecastScores(Contract):
    """Scores of every model on the same past periods, rolling origins, by item, level and periods ahead.

    `mase` is the mean over forecasts of the absolute error over the series' `naive_error`.
    """

    period: str = column("Length of the period.", isin=PERIODS)
    item_id: str = column("Code of the item.", str_matches=CODE)
    level: str = column("Level of the places.", isin=LEVELS)
    horizon: int = column("Periods ahead; 0: all of them together.", unit="periods", ge=0)
    model: str = column("Model; `combination` is what is served.")
    metric: str = column("Score: wape, bias (over the sum of demand), mae, mase, pinball, coverage_80, coverage_95.")
    value: float = column("The score, in the unit of the metric.")
    forecasts: int = column("Number of forecasts it is over.", ge=1)
    is_baseline: bool = column("Whether the model is a naive one.")
    is_synthetic: bool = column("Whether any demand behind it was made up by the sample generator.")

    class Config:
        name = "aid.forecast_scores"
        unique = ["period", "item_id", "level", "horizon", "model", "metric"]


class DemandForecasts(_Series):
    """Demand of the coming periods with quantiles, from site to country; medians and means of a level add up."""

    q025: float = column("2.5 % quantile, corrected on past origins.", ge=0)
    q050: float = column("5 % quantile.", ge=0)
    q100: float = column("10 % quantile.", ge=0)
    q200: float = column("20 % quantile.", ge=0)
    q500: float = column("The point forecast: what is added up from level to level.", ge=0)
    q800: float = column("80 % quantile.", ge=0)
    q900: float = column("90 % quantile.", ge=0)
    q950: float = column("95 % quantile.", ge=0)
    q975: float = column("97.5 % quantile.", ge=0)
    expected: float = column(
        "Mean of what may be needed, by the place's quantiles, scaled by what came of such means at past origins; of "
        "wider areas the sum of their places.",
        ge=0,
    )
    weights: str = column("Models behind the point forecast, and their weights.")
    is_baseline: bool = column("Whether seasonal naive is served, since nothing beat it on past origins.")
    is_synthetic: bool = column("Whether any demand behind it was made up by the sample generator.")

    class Config:
        name = "aid.demand_forecasts"
        unique = ["place_id", "level", "item_id", "period", "period_start"]


class DemandDrivers(Contract):
    """What drives demand, by item: what forecasts rest on, the trend, and the season of the country's total."""

    item_id: str = column("Code of the item.", str_matches=CODE)
    period: str = column("Length of the period.", isin=PERIODS)
    kind: str = column("Importance on held-out periods, trend or season.", isin=DRIVER_KINDS)
    driver: str = column("What it is about: a kind of covariate, year on year, or a month.")
    value: float = column("How much, in the row's unit; an importance of zero or less is none.")
    unit: str = column("Unit of the value.")
    is_synthetic: bool = column("Whether any demand behind it was made up by the sample generator.")

    class Config:
        name = "aid.demand_drivers"
        unique = ["item_id", "period", "kind", "driver"]
