"""Aid's demand forecasts as tables: tried on past origins, scored, made and added up. Pure functions, no Dagster."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from socialai_assets.aid.demand_series import HORIZON, DemandSeries
from socialai_assets.methods.forecasting import boosting, drivers, serving, system
from socialai_assets.methods.forecasting.calibration import mean_of
from socialai_assets.methods.forecasting.coherence import TOP
from socialai_assets.methods.forecasting.quantile_network import QUANTILES
from socialai_assets.methods.forecasting.scores import coverage, mase_scale, pinball, relative_bias, wape
from socialai_assets.methods.one_thread import on_one_thread

COMBINATION = "combination"
QUANTILE_COLUMNS = tuple(f"q{round(1000 * level):03d}" for level in QUANTILES)
LEVELS = np.array(QUANTILES)
ORIGINS = {"week": 13, "month": 8}
LEAST_SCORED = 10
ALL_HORIZONS = 0


def settings(series: DemandSeries, seed: int = 0) -> system.System:
    """How much work is done on series of one length of period."""
    return system.System(HORIZON, series.season, ORIGINS[series.period], seed=seed)


def tried(series: DemandSeries, *, seed: int = 0) -> pd.DataFrame:
    """Forecasts of past origins by every model, beside what came: the rows of `aid.forecast_out_of_sample`.

    The combination of an origin, its weights, its coherence and its quantiles, rests on the origins before it only:
    the first few origins have none, and its quantiles begin at the middle, when there is something to correct them by.
    """
    how = settings(series, seed)
    origins = system.past_origins(len(series.values), how)
    if not len(origins):
        return pd.DataFrame()
    made = system.forecasts(series.windows, origins, how)
    came = system.observed(series.values, origins, HORIZON)
    frames = [_rows(series, origins, points, came, name) for name, points in made.points.items()]
    scale = [[mase_scale(known, series.season) for known in series.values[: origin + 1].T] for origin in origins]
    naive_errors = np.repeat(np.array(scale)[:, None, :], HORIZON, axis=1).ravel()
    point = serving.served_at_past_origins(made.points, came, _groups(series), list(series.trees.values()))
    around = system.quantiles_around(point, made.quantiles)
    quantiles = serving.corrected_at_past_origins(around, came, LEVELS, _errors_alike(series))
    rows = _rows(series, origins, point, came, COMBINATION)
    rows[list(QUANTILE_COLUMNS)] = _flat(quantiles)
    frames.append(rows)
    # What the network's quantiles were is kept, so that the forecast of the future can be corrected likewise.
    raw = _rows(series, origins, made.points["quantile_network"], came, "quantile_network")
    raw[list(QUANTILE_COLUMNS)] = _flat(made.quantiles)
    frames = [frame for frame in frames if frame["model"].iloc[0] != "quantile_network"]
    whole = pd.concat([frame.assign(naive_error=naive_errors) for frame in (raw, *frames)], ignore_index=True)
    return whole[(whole["model"] != COMBINATION) | whole["forecast"].notna()].reset_index(drop=True)


def forecast(series: DemandSeries, past: pd.DataFrame, *, seed: int = 0) -> pd.DataFrame:
    """Forecasts of the coming periods: the rows of `aid.demand_forecasts`.

    Args:
        series: all that is known.
        past: the rows of `aid.forecast_out_of_sample` of this length of period.
        seed: of fitting.
    """
    how = settings(series, seed)
    groups, trees = _groups(series), list(series.trees.values())
    made = system.forecasts(series.windows, [len(series.values) - 1], how)
    points, came, quantiles = _past_arrays(series, past)
    choice = system.choose(points, came, groups)
    point = serving.served(made.points, choice, groups, trees, points, came)
    shifts: dict[object, np.ndarray] = {None: np.zeros(len(LEVELS))}
    shares = np.ones(len(series.nodes))
    if COMBINATION in points:
        # Only what was served without what came then says how far off the served are.
        before = system.quantiles_around(points[COMBINATION], quantiles)
        shifts = serving.shifts_by_group(before, came, LEVELS, _errors_alike(series))
        shares = mean_shares(series, serving.moved(before, LEVELS, _errors_alike(series), shifts), came)
    around = system.quantiles_around(point, made.quantiles)
    flat = _flat(serving.moved(around, LEVELS, _errors_alike(series), shifts))
    rows = _rows(series, np.array([len(series.values) - 1]), point, np.full_like(point, np.nan), COMBINATION)
    rows[list(QUANTILE_COLUMNS)] = flat
    rows["expected"] = _expected(series, flat, shares)
    baseline = np.tile(choice.baseline, HORIZON)
    rows["model"] = np.where(baseline, system.BASELINE, COMBINATION)
    rows["is_baseline"] = baseline
    texts = {
        group: ", ".join(f"{name} {share:.0%}" for name, share in w.items()) for group, w in choice.weights.items()
    }
    rows["weights"] = np.where(
        baseline, f"{system.BASELINE} 100%", np.tile([texts[group] for group in groups], HORIZON)
    )
    return rows.drop(columns=["observed", "forecast", "origin_start"]).sort_values(
        ["level", "place_id", "item_id", "period_start"], ignore_index=True
    )


def scores(past: pd.DataFrame) -> pd.DataFrame:
    """Scores of every model on the same past periods: the rows of `aid.forecast_scores`."""
    # Where the combination has quantiles: earlier ones only served to correct them.
    served_whole = (past["model"] == COMBINATION) & past["q500"].notna()
    both = past.merge(past.loc[served_whole, ["period", "level", "place_id", "item_id", "origin_start", "horizon"]])
    both = both[both["observed"].notna() & both["forecast"].notna()]
    keys = ["period", "item_id", "level", "horizon", "model"]
    # The country has one forecast an origin and horizon: over all horizons together there are enough.
    rows = [
        {**dict(zip(keys, key, strict=True)), "metric": metric, "value": value, "forecasts": len(part)}
        for key, part in pd.concat([both, both.assign(horizon=ALL_HORIZONS)]).groupby(keys)
        if len(part) >= LEAST_SCORED
        for metric, value in _figures(part)
        if np.isfinite(value)
    ]
    synthetic = past.groupby("item_id")["is_synthetic"].any()
    frame = pd.DataFrame(rows, columns=[*keys, "metric", "value", "forecasts"])
    frame["is_baseline"] = frame["model"].isin(system.NAIVE)
    frame["is_synthetic"] = frame["item_id"].map(synthetic).astype(bool)
    return frame


@on_one_thread
def demand_drivers(series: DemandSeries, *, seed: int = 0, ahead: int = 1) -> pd.DataFrame:
    """What drives demand, by item: the rows of `aid.demand_drivers`."""
    how = settings(series, seed)
    origins = system.past_origins(len(series.values), how)
    tops = {item: columns[tree.levels.index(TOP)] for item, (tree, columns) in series.trees.items()}
    rows = []
    model = None
    if len(origins):
        start = int(origins[0])
        trees = boosting.Boosting(rounds=how.rounds, rows=how.rows, seed=seed, rate=0.08, drawn=True)
        model = boosting.fit_one(series.windows, start + 1, ahead, trees)
    bottoms = series.nodes["is_place"].to_numpy()
    turn = (series.starts.dayofyear.to_numpy() - 1) / 365.25
    for item, top in tops.items():
        members = (series.nodes["item_id"] == item).to_numpy() & bottoms
        synthetic = bool(series.nodes.loc[members, "is_synthetic"].any())
        found: list[tuple[str, str, float, str]] = []
        if model is not None:
            held = np.arange(int(origins[0]), len(series.values) - ahead)
            risen = drivers.importance(model, series.windows, held, ahead, members, seed)
            found += [("importance", name, 100 * value, "points of WAPE") for name, value in risen.items()]
        total = series.values[:, top]
        found.append(("trend", "year on year", 100 * drivers.trend(total, series.season), "%"))
        shape = drivers.season_shape(total, turn[: len(total)])
        found += [("season", f"month {month:02d}", value, "times the mean") for month, value in enumerate(shape, 1)]
        rows += [
            {"item_id": item, "period": series.period, "kind": kind, "driver": name, "value": value, "unit": unit,
             "is_synthetic": synthetic}
            for kind, name, value, unit in found if np.isfinite(value)
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _figures(part: pd.DataFrame) -> Iterator[tuple[str, float]]:
    came, made = part["observed"].to_numpy(float), part["forecast"].to_numpy(float)
    yield "mae", float(np.abs(came - made).mean())
    if came.sum() > 0:
        yield "wape", wape(came, made)
        yield "bias", relative_bias(came, made)
    scaled = np.abs(came - made) / part["naive_error"].to_numpy(float)
    if np.isfinite(scaled).any():
        yield "mase", float(np.nanmean(scaled))
    sides = part[list(QUANTILE_COLUMNS)].to_numpy(float)
    if np.isfinite(sides).all():
        yield "coverage_80", coverage(came, sides[:, 2], sides[:, 6])
        yield "coverage_95", coverage(came, sides[:, 0], sides[:, 8])
        yield "pinball", float(np.mean([pinball(came, sides[:, at], one) for at, one in enumerate(QUANTILES)]))


def _groups(series: DemandSeries) -> np.ndarray:
    """Series that share weights: those of one item, places apart from what they add up to."""
    kind = np.where(series.nodes["is_place"], "place", "total")
    return (series.nodes["item_id"] + "|" + kind).to_numpy(object)


def _errors_alike(series: DemandSeries) -> list[np.ndarray]:
    """Labels (series,) of series whose errors are alike, from those of one level and item to all totals."""
    nodes = series.nodes
    kind = pd.Series(np.where(nodes["is_place"], "place", "total"), index=nodes.index)
    level = kind + " " + nodes["level"]
    labels = (nodes["item_id"] + "|" + level, level, nodes["item_id"] + "|" + kind, kind)
    return [label.to_numpy(object) for label in labels]


def mean_shares(series: DemandSeries, quantiles: np.ndarray, came: np.ndarray) -> np.ndarray:
    """How much came of what the quantiles of an item's places expected at past origins.

    Where most periods need nothing, a mean by straight lines between a few quantiles is too high.

    Args:
        series: the series of the last axis.
        quantiles: (levels, origins, horizon, series), NaN where nothing was served.
        came: (origins, horizon, series) what came, NaN where not reported.

    Returns:
        (series,) shares; 1 for what is wider than a place, and where too little is known.
    """
    means = mean_of(_flat(quantiles), LEVELS).reshape(came.shape)
    known = np.isfinite(means) & np.isfinite(came)
    shares = np.ones(came.shape[-1])
    for tree, columns in series.trees.values():
        places = columns[-tree.bottom :]
        both = known[..., places]
        expected, found = (values[..., places][both].sum() for values in (means, came))
        if both.sum() >= LEAST_SCORED and expected > 0:
            shares[places] = found / expected
    return shares


def _expected(series: DemandSeries, quantiles: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """(rows,) means of the places by their quantiles and `mean_shares`, and of what is wider by the sum of them."""
    means = mean_of(quantiles, LEVELS).reshape(HORIZON, -1) * shares
    for tree, columns in series.trees.values():
        means[:, columns] = means[:, columns[-tree.bottom :]] @ tree.summing.T
    return means.ravel()


def _flat(quantiles: np.ndarray) -> np.ndarray:
    """(levels, …) as (rows, levels)."""
    return quantiles.reshape(len(quantiles), -1).T


def _rows(series: DemandSeries, origins: np.ndarray, points: np.ndarray, came: np.ndarray, model: str) -> pd.DataFrame:
    """One row a forecast, by origin, horizon and series, in the arrays' own order."""
    at, ahead, column = (part.ravel() for part in np.meshgrid(
        origins, np.arange(1, HORIZON + 1), np.arange(len(series.nodes)), indexing="ij"))  # fmt: skip
    rows = series.nodes.iloc[column].reset_index(drop=True)
    rows["period"] = series.period
    rows["origin_start"] = series.starts[at].date
    rows["period_start"] = series.starts[at + ahead].date
    rows["horizon"] = ahead
    rows["model"] = model
    rows["forecast"] = points.ravel()
    rows["observed"] = came.ravel()
    rows[list(QUANTILE_COLUMNS)] = np.nan
    return rows


def _past_arrays(series: DemandSeries, past: pd.DataFrame) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    """Points by model, what came, and the network's quantiles of past origins, as (origins, horizon, series)."""
    empty = np.empty((0, HORIZON, len(series.nodes)))
    if past.empty:
        names = (*system.NAIVE, *system.COMBINED)
        return dict.fromkeys(names, empty), empty, np.empty((len(LEVELS), *empty.shape))
    place = pd.MultiIndex.from_frame(series.nodes[["level", "place_id", "item_id"]])
    size = len(place)
    origin = pd.Index(sorted(past["origin_start"].unique()))
    shape = (len(origin), HORIZON, size)
    row = (
        origin.get_indexer(past["origin_start"]) * HORIZON * size
        + (past["horizon"].to_numpy(int) - 1) * size
        + place.get_indexer(pd.MultiIndex.from_frame(past[["level", "place_id", "item_id"]]))
    )
    made = {}
    for name, part in past.assign(row=row).groupby("model"):
        filled = np.full(np.prod(shape), np.nan)
        filled[part["row"]] = part["forecast"]
        made[str(name)] = filled.reshape(shape)
    network = past.assign(row=row)[past["model"].to_numpy() == "quantile_network"]
    came = np.full(np.prod(shape), np.nan)
    came[network["row"]] = network["observed"]
    quantiles = np.full((len(LEVELS), np.prod(shape)), np.nan)
    quantiles[:, network["row"]] = network[list(QUANTILE_COLUMNS)].to_numpy(float).T
    return made, came.reshape(shape), quantiles.reshape(len(LEVELS), *shape)
