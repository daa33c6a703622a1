"""Tables of camps' population forecasts: what each column says and may hold. Other tables are in contracts.py."""

from __future__ import annotations

import datetime

from socialai_assets.ingest.contract import Contract, column
from socialai_assets.refugees.input_contracts import CODE

ALL_CONFLICTS = "all"


class _Forecast(Contract):
    """A forecast of the people in one camp at the end of one week; its point is the median."""

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    camp_id: str = column("Code of the camp.", str_matches=CODE)
    origin_week: datetime.date = column("Monday of the last week that is known; nothing later is used.")
    week_start: datetime.date = column("Monday of the week that is forecast; people are those at its end.")
    horizon: int = column("Weeks ahead.", unit="weeks", ge=1, le=12)
    q025: float = column("2.5 % quantile.", unit="people", ge=0)
    q050: float = column("5 % quantile.", unit="people", ge=0)
    q100: float = column("10 % quantile.", unit="people", ge=0)
    q200: float = column("20 % quantile.", unit="people", ge=0)
    q500: float = column("Median: the point forecast.", unit="people", ge=0)
    q800: float = column("80 % quantile.", unit="people", ge=0)
    q900: float = column("90 % quantile.", unit="people", ge=0)
    q950: float = column("95 % quantile.", unit="people", ge=0)
    q975: float = column("97.5 % quantile.", unit="people", ge=0)
    is_baseline: bool = column("Whether it is the naive forecast, itself or served since nothing beat it elsewhere.")
    is_synthetic: bool = column("Whether any report behind it was made up by the sample generator.")


class PopulationForecasts(_Forecast):
    """People in each camp in the coming twelve weeks with quantiles, from the conflict's last week."""

    model: str = column("Model that is served: `combination`, or the naive one where nothing beat it.")
    weights: str = column("Models behind the forecast, and their weights.")

    class Config:
        name = "refugees.population_forecasts"
        unique = ["camp_id", "week_start"]


class PopulationOutOfSample(_Forecast):
    """Forecasts of past weeks by every model from every past week, beside what was reported.

    Models learned from other conflicts only, whatever their years, and weights and quantiles were chosen there too, by
    models that had seen neither. With fewer than three conflicts, all is learned from what was known of this one.
    """

    model: str = column("Model; `combination` is what would have been served.")
    observed: float = column(
        "People reported for that week; missing where no report is for a day of it.", unit="people", nullable=True, ge=0
    )
    naive_error: float = column(
        "Mean absolute change from week to week of the camp within what was known, the scale of mase; missing where "
        "nothing had changed.",
        unit="people",
        nullable=True,
        ge=0,
    )

    class Config:
        name = "refugees.population_out_of_sample"
        unique = ["camp_id", "origin_week", "horizon", "model"]


class PopulationScores(Contract):
    """Scores of every model on the same past forecasts, those of weeks with a report, by conflict and weeks ahead.

    `all` is the unweighted mean over conflicts. `ard` is FLEE's averaged relative difference (Suleimenova, Bell and
    Groen 2017): the sum of absolute errors of a week's camps over the people in them, averaged over weeks. `mase` is
    the sum of absolute errors over that of `naive_error`: in the mean of ratios, a camp that hardly changed is all.
    """

    conflict_id: str = column("Code of the conflict, or `all`.", str_matches=CODE)
    horizon: int = column("Weeks ahead.", unit="weeks", isin=(1, 4, 8, 12))
    model: str = column("Model; `combination` is what would have been served.")
    metric: str = column(
        "Score: mae, wape, mase, bias (over the sum of people), ard, coverage_80, coverage_95.",
        isin=("mae", "wape", "mase", "bias", "ard", "coverage_80", "coverage_95"),
    )
    value: float = column("The score, in the unit of the metric.")
    forecasts: int = column("Number of forecasts it is over.", ge=1)
    is_baseline: bool = column("Whether the model is a naive one.")
    is_synthetic: bool = column("Whether any report behind it was made up by the sample generator.")

    class Config:
        name = "refugees.population_scores"
        unique = ["conflict_id", "horizon", "model", "metric"]


class ArrivalFactors(Contract):
    """How each conflict's camps grow and what goes with it: trend, distance to conflict zones, and importance.

    Importance is by how much the WAPE of 8 weeks ahead rises when a kind of what is known is shuffled, for the boosted
    model fitted on the other conflicts (on the first half of its own weeks, with fewer than three); it is no cause.
    """

    conflict_id: str = column("Code of the conflict.", str_matches=CODE)
    kind: str = column("Trend, distance or importance.", isin=("trend", "distance", "importance"))
    factor: str = column("What it is about.")
    value: float = column("How much, in the row's unit; an importance of zero or less is none.")
    unit: str = column("Unit of the value.")
    is_synthetic: bool = column("Whether any report behind it was made up by the sample generator.")

    class Config:
        name = "refugees.arrival_factors"
        unique = ["conflict_id", "kind", "factor"]
