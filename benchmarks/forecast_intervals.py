"""`python -m benchmarks.forecast_intervals`: whether aid's 80 and 95 % intervals hold, on Lambayeque's real series.

The asset's own code is run as if the history ended with each of five years; its last seven origins, four weeks each,
are scored. Only data and figures belong here; methods are in `socialai_assets/methods/forecasting`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from benchmarks.figures import Figure, append_json_lines, report
from benchmarks.forecasting import LAMBAYEQUE
from resources.settings import current
from socialai_assets.aid import forecasting
from socialai_assets.aid.demand_series import demand_series

YEARS = (2015, 2017, 2019, 2021, 2023)
METRICS = ("coverage_80", "coverage_95", "wape", "mase")


def features(last_year: int) -> pd.DataFrame:
    """Weekly demand of the districts until the end of a year, as `aid.demand_features` has it."""
    rows = pd.read_csv(LAMBAYEQUE, dtype={"ubigeo": str})
    rows = rows[rows["anio"] <= last_year]
    weekly = rows.groupby(["ubigeo", "anio", "semana"], as_index=False)["ira_no_neumonia"].sum()
    start = pd.to_datetime(weekly["anio"].astype(str) + "-01-01") + pd.to_timedelta(
        7 * (weekly["semana"] - 1), unit="D"
    )
    return pd.DataFrame(
        {
            "place_id": weekly["ubigeo"],
            "place_kind": "area",
            "item_id": "ira_no_neumonia",
            "period": "week",
            "period_start": start.dt.date,
            "quantity": weekly["ira_no_neumonia"].astype(float),
            "area_id": weekly["ubigeo"],
            "admin2_id": weekly["ubigeo"].str[:4],
            "admin1_id": weekly["ubigeo"].str[:2],
            "people": float("nan"),
            "poverty_estimate": float("nan"),
            "is_synthetic": False,
        }
    )


def figures() -> list[Figure]:
    """Scores of the combination by level, each year and the mean of the years."""
    calendar = pd.DataFrame({"day": pd.Series(dtype="datetime64[ns]"), "area_id": [], "kind": []})
    parts = []
    for year in YEARS:
        print(f"as if the history ended with {year}", flush=True)
        (series,) = demand_series(features(year), calendar)
        parts.append(forecasting.scores(forecasting.tried(series)).assign(year=year))
    scores = pd.concat(parts, ignore_index=True)
    kept = scores[
        (scores["model"] == forecasting.COMBINATION)
        & (scores["horizon"] == forecasting.ALL_HORIZONS)
        & scores["metric"].isin(METRICS)
    ]
    made = []
    for (metric, level), part in kept.groupby(["metric", "level"], sort=False):
        by_year = ", ".join(f"{row.year}: {row.value:.2f}" for row in part.itertuples())
        made.append(
            Figure("Lambayeque, intervals", f"{metric}_{level}", float(part["value"].mean()), "", None, by_year)
        )
    return made


def main() -> None:
    """Measure, print, append."""
    found = figures()
    print(report(found))
    append_json_lines(current().home / "bench" / "forecast_intervals.jsonl", found, {}, datetime.now(UTC))


if __name__ == "__main__":
    main()
