"""`python -m benchmarks.forecasting`: forecasts of M4 weekly and of Lambayeque's districts beside published figures.

Everything is chosen on data before the test part. Only data, choice and figures belong here; methods are in
`socialai_assets/methods/forecasting`.
"""

from __future__ import annotations

import argparse
import platform
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, append_json_lines, report
from resources.settings import PROJECT, current
from socialai_assets.methods.forecasting import boosting, quantile_network
from socialai_assets.methods.forecasting.baselines import statistical_forecasts
from socialai_assets.methods.forecasting.combination import best_weights, combine
from socialai_assets.methods.forecasting.naive import naive2
from socialai_assets.methods.forecasting.panel import panel, right_aligned, rolling_mean, shifted
from socialai_assets.methods.forecasting.scores import m4_scores, owa, wape
from socialai_assets.methods.forecasting.windows import Windows, WindowShape

DATA = PROJECT.parent / "shared" / "data"
M4 = DATA / "benchmarks" / "forecasting" / "m4_weekly"
LAMBAYEQUE = DATA / "landing" / "aid" / "lambayeque_respiratory_infections" / "weekly_2010_2023.csv"
HORIZON, YEAR = 13, 52
STATISTICAL = ("MSTL", "AutoCES", "AutoETS", "DynamicOptimizedTheta")
GLOBAL = boosting.Boosting(rounds=300, leaves=31, rows=250_000, recent=260, size_weight=0.5, together=True, drawn=True)
DISTRICTS = boosting.Boosting(rounds=120, rows=25_000, drawn=True)
SEEDS = 3
MEDIAN = quantile_network.QUANTILES.index(0.5)


def m4_series(file: Path) -> dict[str, np.ndarray]:
    """Series of an M4 file by name, without the padding."""
    frame = pd.read_csv(file, index_col=0)
    return {str(name): row[np.isfinite(row)] for name, row in zip(frame.index, frame.to_numpy(float), strict=True)}


def m4_forecasts(series: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """(horizon, series) by model, from what is given only."""
    known = right_aligned(series)
    windows = Windows(known.values, WindowShape(YEAR, lags=27, means=(4, 13, 26, 52), years=3, positive=True))
    end = len(known.values)
    trees = [
        boosting.forecast(boosting.fit(windows, end, HORIZON, replace(GLOBAL, seed=seed)), windows, [end - 1])[0]
        for seed in range(SEEDS)
    ]
    network = quantile_network.fit(windows, end, HORIZON, rows=250_000)
    made = {
        "boosting": np.mean(trees, axis=0),
        "quantile_network": network.forecast(windows, [end - 1], HORIZON)[MEDIAN, 0],
    }
    return made | statistical_forecasts(known.values, HORIZON, YEAR, STATISTICAL, positive=True)


def m4_figures(forecast: np.ndarray, series: dict[str, np.ndarray], test: dict[str, np.ndarray]) -> dict[str, float]:
    """sMAPE, MASE and OWA, means over all series."""
    columns = {name: forecast[:, column] for column, name in enumerate(series)}
    ours = m4_scores(test, columns, series, 1)
    naive = m4_scores(test, {name: naive2(values, HORIZON, 1) for name, values in series.items()}, series, 1)
    figures = {name: float(ours[name].mean()) for name in ("smape", "mase")}
    return figures | {
        "owa": owa(figures["smape"], figures["mase"], float(naive["smape"].mean()), float(naive["mase"].mean()))
    }


def m4() -> list[Figure]:
    """The combination chosen on the last 13 and 26 weeks of the training part, scored on the test part."""
    train, test = m4_series(M4 / "Weekly-train.csv"), m4_series(M4 / "Weekly-test.csv")
    past = {}
    for cut in (2 * HORIZON, HORIZON):
        print(f"m4: what was known {cut} weeks before the end of the training part", flush=True)
        known = {name: values[:-cut] for name, values in train.items()}
        came = {name: values[len(values) - cut : len(values) - cut + HORIZON] for name, values in train.items()}
        past[cut] = (m4_forecasts(known), known, came)

    def loss(stacked: np.ndarray) -> float:
        parts = zip(stacked, past.values(), strict=True)
        return float(np.mean([m4_figures(made, known, came)["owa"] for made, (_, known, came) in parts]))

    names = list(past[HORIZON][0])
    weights = best_weights({name: np.stack([made[name] for made, _, _ in past.values()]) for name in names}, loss)
    print(f"m4: weights {weights}; the test part", flush=True)
    made = m4_forecasts(train)
    made |= {"combination": combine(made, weights)}
    naive = np.column_stack([naive2(values, HORIZON, 1) for values in train.values()])
    figures = []
    for name, forecast in {"Naive2": naive, **made}.items():
        for score, value in m4_figures(forecast, train, test).items():
            aim = 0.739 if (name, score) == ("combination", "owa") else None
            note = str(weights) if name == "combination" else ""
            figures.append(Figure("M4 weekly", f"m4_weekly_{score}_{name}", value, "", aim, note))
    return figures


def lambayeque() -> list[Figure]:
    """WAPE of the last 52 weeks, one and four weeks ahead; weights of the combination from the 52 weeks before."""
    frame = pd.read_csv(LAMBAYEQUE, dtype={"ubigeo": str})
    frame["ds"] = frame["anio"] * 100 + frame["semana"]
    summed = frame.groupby(["ubigeo", "ds"], as_index=False)["ira_no_neumonia"].sum()
    known = panel(summed.rename(columns={"ubigeo": "unique_id", "ira_no_neumonia": "y"}))
    week = known.starts % 100
    labels = np.array([name[:4] for name in known.ids])
    windows = Windows(
        known.values,
        WindowShape(YEAR),
        {"region": np.zeros(len(labels)), "province": labels},
        np.concatenate([week, [1, 2, 3, 4]]) / 52.18,
    )
    first, end = len(known.values) - YEAR, len(known.values)
    filled = np.nan_to_num(known.values)
    figures = []
    for ahead, aim in ((1, 0.20), (4, 0.27)):
        made = {
            "last value": shifted(known.values, ahead),
            "mean of four": shifted(rolling_mean(known.values, 4), ahead),
            **_lambayeque_models(windows, first - YEAR, end, ahead),
        }
        # A district that has not reported of late has its mean of four long before; the level stands in for gaps.
        level = shifted(windows.level, ahead)
        made = {name: np.where(np.isfinite(forecast), forecast, level) for name, forecast in made.items()}
        year_before = known.values[first - YEAR : first]
        candidates = ("boosting", "quantile_network", "mean of four")
        weights = best_weights(
            {name: made[name][first - YEAR : first] for name in candidates},
            lambda forecast, came=year_before: wape(came, np.nan_to_num(forecast)),
        )
        made["combination"] = combine(made, weights)
        naive = rolling_mean(filled, 4) if ahead == 1 else filled
        figures.append(
            _lambayeque_figure(f"naive_{ahead}w, no report = 0", wape(filled[first:], shifted(naive, ahead)[first:]))
        )
        for name, forecast in made.items():
            value = wape(known.values[first:], np.nan_to_num(forecast[first:]))
            served = name == "combination"
            note = str(weights) if served else ""
            figures.append(_lambayeque_figure(f"{name}_{ahead}w", value, aim if served else None, note))
        value = wape(filled[first:], np.nan_to_num(made["combination"][first:]))
        figures.append(_lambayeque_figure(f"combination_{ahead}w, no report = 0", value))
    return figures


def _lambayeque_models(windows: Windows, first: int, end: int, ahead: int) -> dict[str, np.ndarray]:
    """(periods, series) by model from period ``first`` on, fitted anew each quarter on the weeks before."""
    made = {name: np.full_like(windows.values, np.nan) for name in ("boosting", "quantile_network")}
    quarter = YEAR // 4
    for start in range(first, end, quarter):
        print(f"lambayeque: {ahead} weeks ahead, periods {start} to {start + quarter - 1} of {end}", flush=True)
        origins = np.arange(start - ahead, min(start + quarter, end) - ahead)
        # The first of these forecasts is made at the end of the period before `known`.
        known = start - ahead + 1
        trees = [boosting.fit_one(windows, known, ahead, replace(DISTRICTS, seed=seed)) for seed in range(SEEDS)]
        parts = [boosting.forecast_one(model, windows, origins, ahead) for model in trees]
        made["boosting"][origins + ahead] = np.mean(parts, axis=0)
        network = quantile_network.fit(windows, known, ahead, rows=25_000 * ahead)
        made["quantile_network"][origins + ahead] = network.forecast(windows, origins, ahead)[MEDIAN, :, -1]
    return made


def _lambayeque_figure(name: str, value: float, aim: float | None = None, note: str = "") -> Figure:
    return Figure("Lambayeque, ira_no_neumonia, last 52 weeks", f"wape_{name}", value, "", aim, note)


SECTIONS = {"m4": m4, "lambayeque": lambayeque}


def main() -> None:
    """Measure, print, append."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.forecasting", description=__doc__)
    parser.add_argument("--only", default=",".join(SECTIONS), help="sections, by commas")
    chosen = parser.parse_args().only.split(",")
    unknown = set(chosen) - set(SECTIONS)
    if unknown:
        parser.error(f"no section is called {', '.join(sorted(unknown))}: there are {', '.join(SECTIONS)}")
    figures = [figure for name in chosen for figure in SECTIONS[name]()]
    print(report(figures))
    context = {"machine": platform.machine(), "python": platform.python_version()}
    append_json_lines(current().home / "bench" / "forecasting.jsonl", figures, context, datetime.now(UTC))


if __name__ == "__main__":
    main()
