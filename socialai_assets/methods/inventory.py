"""When and how much a depot orders: safety stock from the distribution of demand until the next order is there.

Periodic review: at the beginning of each review period the stock on hand and on order is raised to a level; what is
ordered arrives after the lead time. So demand has to be covered over the protection interval, lead time and review
period together (Silver, Pyke and Thomas 2017, Inventory and Production Management in Supply Chains, ch. 6). Its
distribution is sampled, not taken as normal. Unmet demand is lost; the oldest stock goes out first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class OrderPolicy:
    """What to hold of n depot-item pairs, in units.

    Attributes:
        expected_demand: (n,) mean demand of the protection interval.
        safety_stock: (n,) reorder point less the mean demand of the lead time.
        reorder_point: (n,) quantile of demand during the lead time: at or below it, order.
        order_up_to: (n,) quantile of demand of the protection interval; never below the reorder point.
        expected_shortage: (n,) units of demand in a protection interval that start at `order_up_to` leaves unmet.
        expected_waste: (n,) units of `order_up_to` that are not used within the shelf life.
    """

    expected_demand: np.ndarray
    safety_stock: np.ndarray
    reorder_point: np.ndarray
    order_up_to: np.ndarray
    expected_shortage: np.ndarray
    expected_waste: np.ndarray


def order_policy(
    paths: np.ndarray, lead_times: np.ndarray, *, review: int, service_level: float, shelf_life: np.ndarray
) -> OrderPolicy:
    """Levels that meet all demand of a protection interval with the probability asked for.

    Args:
        paths: (S, n, H) sampled demand of the next H periods.
        lead_times: (S, n) sampled whole periods until an order arrives.
        review: periods between orders, at least 1.
        service_level: probability of no shortage in an interval, within (0, 1).
        shelf_life: (n,) periods a unit keeps, infinite where it does not spoil.

    Raises:
        ValueError: paths shorter than the longest protection interval, a service level outside (0, 1), or shapes
            that do not fit.
    """
    _, _, horizon = paths.shape
    if lead_times.shape != paths.shape[:2] or shelf_life.shape != paths.shape[1:2]:
        raise ValueError(f"Paths {paths.shape}, lead times {lead_times.shape}, shelf lives {shelf_life.shape}.")
    if not 0 < service_level < 1 or review < 1:
        raise ValueError(f"A service level of {service_level} and a review every {review} periods.")
    if lead_times.size and (lead_times.min() < 0 or lead_times.max() + review > horizon):
        raise ValueError(f"Demand is known for {horizon} periods; lead time and review take up to "
                         f"{int(lead_times.max()) + review}.")  # fmt: skip
    total = np.concatenate([np.zeros((*paths.shape[:2], 1)), np.cumsum(paths, axis=2)], axis=2)

    def demand_of(periods: np.ndarray) -> np.ndarray:
        return np.take_along_axis(total, periods[:, :, None], axis=2)[:, :, 0]

    during_lead, protected = demand_of(lead_times), demand_of(lead_times + review)
    reorder = np.quantile(during_lead, service_level, axis=0)
    up_to = np.maximum(np.quantile(protected, service_level, axis=0), reorder)
    # What keeps beyond the horizon is taken to be used; before it, what demand does not take in time is waste.
    keeps = np.minimum(shelf_life, horizon).astype(int)
    used = total[:, np.arange(len(keeps)), keeps]
    wasted = np.where(shelf_life <= horizon, np.maximum(up_to - used, 0.0).mean(axis=0), 0.0)
    return OrderPolicy(
        expected_demand=protected.mean(axis=0),
        safety_stock=reorder - during_lead.mean(axis=0),
        reorder_point=reorder,
        order_up_to=up_to,
        expected_shortage=np.maximum(protected - up_to, 0.0).mean(axis=0),
        expected_waste=wasted,
    )


def average_use_levels(demand: np.ndarray, *, window: int, cover: int) -> np.ndarray:
    """Levels by the common rule: so many periods of average use, from reported periods of a window before.

    Args:
        demand: (n, T) demand, NaN where not reported.
        window: periods the average is over.
        cover: periods of average use to hold, e.g. 13 weeks for three months.

    Returns:
        (n, T) level at the beginning of each period, from earlier periods only; NaN where none was reported.
    """
    return cover * _means_before(demand, window)


def quantile_levels(demand: np.ndarray, *, window: int, interval: int, memory: int, service_level: float) -> np.ndarray:
    """Levels from the demand of past protection intervals, each as a multiple of the average before it.

    The quantile of these multiples, times the average now, is the level: neither a shape of the distribution nor
    independent periods are assumed.

    Args:
        demand: (n, T) demand, NaN where not reported.
        window: periods an average is over.
        interval: periods of lead time and review together.
        memory: how many periods back intervals count.
        service_level: probability of no shortage in an interval.

    Returns:
        (n, T) level at the beginning of each period, from earlier periods only; NaN where fewer than eight past
        intervals are known.
    """
    places, periods = demand.shape
    before = _means_before(demand, window)
    sums = np.full((places, periods), np.nan)
    if periods >= interval:
        windows = np.lib.stride_tricks.sliding_window_view(demand, interval, axis=1)
        known = np.isfinite(windows).sum(axis=2)
        # A gap is filled by the interval's own mean where at least half of it is known.
        mean = np.divide(np.nansum(windows, axis=2), known, out=np.full(known.shape, np.nan), where=known > 0)
        sums[:, : periods - interval + 1] = np.where(2 * known >= interval, interval * mean, np.nan)
    multiple = np.divide(sums, before, out=np.full_like(sums, np.nan), where=before > 0)
    levels = np.full((places, periods), np.nan)
    for now in range(interval, periods):
        # The last interval that is over now began `interval` periods ago.
        past = multiple[:, max(0, now - interval - memory + 1) : now - interval + 1]
        enough = np.isfinite(past).sum(axis=1) >= 8
        if enough.any():
            levels[enough, now] = np.nanquantile(past[enough], service_level, axis=1) * before[enough, now]
    return levels


@dataclass(frozen=True)
class StockRecord:
    """What happened to n stocks that were simulated, in units and shares.

    Attributes:
        fill_rate: (n,) share of demand met.
        stock_out_share: (n,) share of the periods with demand in which some was not met.
        waste_share: (n,) units expired as a share of those received.
        average_stock: (n,) mean stock at the end of a period.
        demand, met, wasted, ordered: (n,) totals.
        periods: (n,) periods counted.
    """

    fill_rate: np.ndarray
    stock_out_share: np.ndarray
    waste_share: np.ndarray
    average_stock: np.ndarray
    demand: np.ndarray
    met: np.ndarray
    wasted: np.ndarray
    ordered: np.ndarray
    periods: np.ndarray


def simulate_stock(
    demand: np.ndarray, levels: np.ndarray, lead_times: np.ndarray, *, review: int, shelf_life: np.ndarray, start: int
) -> StockRecord:
    """Run stocks over a history: receive, meet demand, throw away what expires, order up to the level.

    Args:
        demand: (n, T) demand, NaN where not reported: nothing is taken then, and the period is not counted.
        levels: (n, T) level at the beginning of each period; where NaN, nothing is ordered.
        lead_times: (n, T) whole periods until what is ordered in a period arrives.
        review: periods between orders.
        shelf_life: (n,) periods a unit may be used in, from the one it arrives in; infinite where it does not spoil.
        start: first period; stock begins there at the level.

    Raises:
        ValueError: shapes that do not fit.
    """
    if not demand.shape == levels.shape == lead_times.shape or shelf_life.shape != demand.shape[:1]:
        raise ValueError(f"Demand {demand.shape}, levels {levels.shape}, lead times {lead_times.shape}.")
    places, periods = demand.shape
    spoils = np.isfinite(shelf_life)
    longest = int(shelf_life[spoils].max(initial=1))
    # Stock by periods it may still be used in; what does not spoil is kept in the last column.
    stock = np.zeros((places, longest + 1))
    column = np.where(spoils, np.where(spoils, shelf_life, 1) - 1, longest).astype(int)
    rows = np.arange(places)
    coming = np.zeros((places, periods + int(lead_times.max(initial=0)) + 1))
    first = np.nan_to_num(levels[:, start]) if start < periods else np.zeros(places)
    stock[rows, column] += first
    met, wanted, wasted, held = (np.zeros(places) for _ in range(4))
    ordered, outs, counted, asked = first.copy(), np.zeros(places), np.zeros(places), np.zeros(places)
    for now in range(start, periods):
        stock[rows, column] += coming[:, now]
        coming[:, now] = 0.0
        if (now - start) % review == 0:
            lacking = np.nan_to_num(levels[:, now]) - stock.sum(axis=1) - coming.sum(axis=1)
            order = np.maximum(np.where(np.isfinite(levels[:, now]), lacking, 0.0), 0.0)
            arrives = now + lead_times[:, now].astype(int)
            at_once = arrives == now
            stock[rows[at_once], column[at_once]] += order[at_once]
            coming[rows[~at_once], arrives[~at_once]] += order[~at_once]
            ordered += order
        known = np.isfinite(demand[:, now])
        want = np.where(known, np.nan_to_num(demand[:, now]), 0.0)
        before = np.cumsum(stock, axis=1)
        taken = np.clip(want[:, None] - (before - stock), 0.0, stock)
        stock -= taken
        got = taken.sum(axis=1)
        met, wanted = met + got, wanted + want
        outs += got < want * (1 - 1e-9)
        asked += want > 0
        counted += known
        wasted += np.where(spoils, stock[:, 0], 0.0)
        stock[:, :-1] = np.hstack([stock[:, 1:-1], np.zeros((places, 1))])
        held += np.where(known, stock.sum(axis=1), 0.0)

    def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
        return np.divide(part, whole, out=np.full(places, np.nan), where=whole > 0)

    return StockRecord(
        fill_rate=share(met, wanted),
        stock_out_share=share(outs, asked),
        waste_share=np.nan_to_num(share(wasted, ordered)),
        average_stock=share(held, counted),
        demand=wanted,
        met=met,
        wasted=wasted,
        ordered=ordered,
        periods=counted,
    )


def _means_before(demand: np.ndarray, window: int) -> np.ndarray:
    """(n, T) mean of the reported periods among the `window` before each; NaN where there is none."""
    known = np.isfinite(demand)
    zero = np.zeros((len(demand), 1))
    total = np.hstack([zero, np.cumsum(np.where(known, demand, 0.0), axis=1)])
    count = np.hstack([zero, np.cumsum(known, axis=1)])
    ends = np.arange(demand.shape[1])
    begins = np.maximum(ends - window, 0)
    reported = count[:, ends] - count[:, begins]
    return np.divide(total[:, ends] - total[:, begins], reported, out=np.full(demand.shape, np.nan), where=reported > 0)
