"""The allocation problem and its plan, as arrays: places, items, periods, depots, batches, links. Solves nothing.

A depot's batches arrive in a period and may be handed out up to their last one. What is sent over a link in a period
reaches its place in the same period and is used there then; places keep no stock. Demand is known as equally likely
scenarios, of which quantities are decided before any comes true (simple recourse; Birge and Louveaux 2011,
Introduction to Stochastic Programming, ch. 3): what exceeds demand is lost, what falls short is not made up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

ANY_DEPOT = -1


@dataclass(frozen=True)
class FixedAmounts:
    """What people have decided: exactly this much reaches a place, whatever the objective. F amounts.

    Attributes:
        place: (F,) number of the place.
        item: (F,) number of the item.
        period: (F,) period.
        quantity: (F,) units, 0 where nothing is to be sent.
        depot: (F,) number of the depot it is sent from, the others being free; `ANY_DEPOT` where all depots together
            send it.
    """

    place: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    item: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    period: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))
    quantity: np.ndarray = field(default_factory=lambda: np.zeros(0))
    depot: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=int))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def cell(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Place, item and period of each, as an index of (P, I, T)."""
        return self.place, self.item, self.period

    def least_received(self, shape: tuple[int, ...]) -> np.ndarray:
        """(P, I, T) units that each cell gets at least because somebody fixed it."""
        whole = self.depot == ANY_DEPOT
        together, apart = np.zeros(shape), np.zeros(shape)
        np.maximum.at(together, tuple(axis[whole] for axis in self.cell), self.quantity[whole])
        np.add.at(apart, tuple(axis[~whole] for axis in self.cell), self.quantity[~whole])
        return np.maximum(together, apart)


@dataclass(frozen=True)
class AllocationProblem:
    """What there is to share, for whom, and within which limits. P places, I items, T periods, S scenarios.

    Attributes:
        places: P identifiers.
        items: I identifiers.
        depots: D identifiers.
        people: (P,) people of each place.
        demand: (S, P, I, T) demand in units, scenarios equally likely.
        minimum: (P, I, T) units each place is to get at least.
        priority: (P,) or (S, P) weight of a person, not negative; used by the objective `weighted` only.
        link_depot: (L,) number of the depot of each link; only linked places can be served.
        link_place: (L,) number of its place.
        link_cost: (L, I) cost of sending a unit over it, USD.
        batch_depot: (B,) number of each batch's depot.
        batch_item: (B,) number of its item.
        batch_quantity: (B,) units.
        batch_arrives: (B,) period it arrives at the beginning of; 0 for stock on hand.
        batch_expires: (B,) last period it may be handed out in; T - 1 or more where it outlasts the plan.
        weight_kg: (I,) weight of a unit.
        volume_m3: (I,) room a unit takes.
        vehicle_kg: (D, T) weight a depot's vehicles carry in a period; infinite where not limited.
        vehicle_m3: (D, T) room of these.
        storage_m3: (D,) room for stock, infinite where not limited. Stock on hand always has its room, arrivals that
            find none are refused, and what has expired keeps its room.
        budget: USD for all links and periods together, infinite where not limited.
        whole: (I,) whether an item is sent in whole units only.
        item_weight: (I,) how much an item counts in a place's coverage.
        fixed: amounts that are decided already.
        link_open: (L, T) whether a link can be used in a period; None: always. A way whose length changes is several
            links, each open in its own periods.
        link_hours: (L, I) vehicle hours a unit takes over a link; None: none.
        vehicle_hours: (D, T) hours of a depot's vehicles in a period, infinite where not limited; None: not limited.
    """

    places: tuple[str, ...]
    items: tuple[str, ...]
    depots: tuple[str, ...]
    people: np.ndarray
    demand: np.ndarray
    minimum: np.ndarray
    priority: np.ndarray
    link_depot: np.ndarray
    link_place: np.ndarray
    link_cost: np.ndarray
    batch_depot: np.ndarray
    batch_item: np.ndarray
    batch_quantity: np.ndarray
    batch_arrives: np.ndarray
    batch_expires: np.ndarray
    weight_kg: np.ndarray
    volume_m3: np.ndarray
    vehicle_kg: np.ndarray
    vehicle_m3: np.ndarray
    storage_m3: np.ndarray
    budget: float
    whole: np.ndarray
    item_weight: np.ndarray
    fixed: FixedAmounts = field(default_factory=FixedAmounts)
    link_open: np.ndarray | None = None
    link_hours: np.ndarray | None = None
    vehicle_hours: np.ndarray | None = None

    def __post_init__(self) -> None:
        scenarios, places, items, periods = self.demand.shape
        depots, links, batches = len(self.depots), len(self.link_depot), len(self.batch_depot)
        expected = {
            "people": (places,), "minimum": (places, items, periods), "link_place": (links,),
            "link_cost": (links, items), "batch_item": (batches,), "batch_quantity": (batches,),
            "batch_arrives": (batches,), "batch_expires": (batches,), "weight_kg": (items,), "volume_m3": (items,),
            "vehicle_kg": (depots, periods), "vehicle_m3": (depots, periods), "storage_m3": (depots,),
            "whole": (items,), "item_weight": (items,),
        }  # fmt: skip
        if (len(self.places), len(self.items)) != (places, items) or not min(scenarios, places, items, periods):
            raise ValueError(
                f"{len(self.places)} places and {len(self.items)} items, but demand is {self.demand.shape} "
                "(scenarios, places, items, periods), none of which may be 0."
            )
        for name, shape in expected.items():
            if np.shape(getattr(self, name)) != shape:
                raise ValueError(f"`{name}` has shape {np.shape(getattr(self, name))} where {shape} is due.")
        if np.shape(self.priority) not in ((places,), (scenarios, places)):
            raise ValueError(f"`priority` has shape {np.shape(self.priority)}, neither (P,) nor (S, P).")
        for name in ("people", "demand", "minimum", "priority", "link_cost", "batch_quantity", "weight_kg",
                     "volume_m3", "item_weight"):  # fmt: skip
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"`{name}` holds a figure that is missing or negative.")
        for name in ("vehicle_kg", "vehicle_m3", "storage_m3", "budget"):
            if not (np.asarray(getattr(self, name)) >= 0).all():
                raise ValueError(f"`{name}` holds a figure that is missing or negative.")
        for name, count in (("link_depot", depots), ("batch_depot", depots), ("link_place", places),
                            ("batch_item", items)):  # fmt: skip
            numbers = getattr(self, name)
            if len(numbers) and not (numbers.min() >= 0 and numbers.max() < count):
                raise ValueError(f"`{name}` names one of {count} that is not there.")
        self._check_ways()
        self._check_fixed()

    def _check_ways(self) -> None:
        links, items, shape = len(self.link_depot), len(self.items), np.shape(self.vehicle_kg)
        for name, expected in (("link_open", (links, self.periods)), ("link_hours", (links, items)),
                               ("vehicle_hours", shape)):  # fmt: skip
            values = getattr(self, name)
            if values is not None and (np.shape(values) != expected or not (np.asarray(values) >= 0).all()):
                raise ValueError(f"`{name}` has another shape than {expected}, or holds a figure missing or negative.")

    def _check_fixed(self) -> None:
        fixed, (_, places, items, periods) = self.fixed, self.demand.shape
        for name, least, count in (("place", 0, places), ("item", 0, items), ("period", 0, periods),
                                   ("depot", ANY_DEPOT, len(self.depots))):  # fmt: skip
            numbers = getattr(fixed, name)
            if np.shape(numbers) != (len(fixed),) or ((numbers < least) | (numbers >= count)).any():
                raise ValueError(f"`fixed.{name}` names one of {count} that is not there, or is not (F,).")
        if np.shape(fixed.quantity) != (len(fixed),) or not (np.isfinite(fixed.quantity) & (fixed.quantity >= 0)).all():
            raise ValueError("`fixed.quantity` holds a figure that is missing or negative, or is not (F,).")
        broken = np.flatnonzero(self.whole[fixed.item] & (fixed.quantity != np.round(fixed.quantity)))
        if len(broken):
            item = self.items[fixed.item[broken[0]]]
            raise ValueError(f"{fixed.quantity[broken[0]]:g} {item} are fixed, which are sent in whole units only.")

    @property
    def periods(self) -> int:
        """T."""
        return self.demand.shape[3]

    @property
    def open_links(self) -> np.ndarray:
        """(L, T) whether a link can be used in a period."""
        every = np.ones((len(self.link_depot), self.periods), dtype=bool)
        return every if self.link_open is None else np.asarray(self.link_open, dtype=bool)

    @property
    def unit_hours(self) -> np.ndarray:
        """(L, I) vehicle hours a unit takes over a link."""
        return np.zeros((len(self.link_depot), len(self.items))) if self.link_hours is None else self.link_hours

    @property
    def priority_by_scenario(self) -> np.ndarray:
        """(S, P) weight of a person."""
        return np.broadcast_to(self.priority, (self.demand.shape[0], len(self.places)))


@dataclass(frozen=True)
class Plan:
    """What is sent where and when, and what it comes to. Shapes as in `AllocationProblem`.

    Attributes:
        objective: what was maximised.
        status: optimal, feasible (with `gap`) or infeasible; an infeasible plan sends nothing.
        gap: (bound - objective) / bound.
        sent: (L, I, T) units over each link.
        received: (P, I, T) units at each place.
        refused: (B,) units of an arriving batch that there is no room for.
        coverage: (P,) expected share of demand met, items by their weight; NaN where nothing is demanded.
        attainable: (P,) the same if a place had all there is to itself, its depots' items and periods considered.
        people_reached: expected, the sum of people times coverage.
        cost: USD.
        why_infeasible: which limits alone stand in the way, where the plan is infeasible.
    """

    objective: str
    status: str
    gap: float
    sent: np.ndarray
    received: np.ndarray
    refused: np.ndarray
    coverage: np.ndarray
    attainable: np.ndarray
    people_reached: float
    cost: float
    why_infeasible: tuple[str, ...] = ()

    @property
    def least_coverage(self) -> float:
        """The lowest coverage, as a share of what is attainable there; NaN where nothing can be."""
        reachable = self.attainable > 0
        return float((self.coverage[reachable] / self.attainable[reachable]).min()) if reachable.any() else float("nan")


def expected_served(problem: AllocationProblem, received: np.ndarray) -> np.ndarray:
    """(P, I, T) units that meet demand, averaged over scenarios; what exceeds demand does not count."""
    return np.minimum(received[None], problem.demand).mean(axis=0)


def coverage_weights(problem: AllocationProblem) -> np.ndarray:
    """(P, I) what a unit that meets demand adds to a place's coverage, so that demand met in full is 1."""
    total = problem.demand.mean(axis=0).sum(axis=2)
    share = np.where(total > 0, problem.item_weight, 0.0)
    whole = share.sum(axis=1, keepdims=True)
    share = np.divide(share, whole, out=np.zeros_like(share), where=whole > 0)
    return np.divide(share, total, out=np.zeros_like(share), where=total > 0)


def coverage(problem: AllocationProblem, received: np.ndarray) -> np.ndarray:
    """(P,) expected share of demand met; NaN where a place demands nothing that counts."""
    weights = coverage_weights(problem)
    met = (expected_served(problem, received).sum(axis=2) * weights).sum(axis=1)
    return np.where(weights.sum(axis=1) > 0, met, np.nan)


def attainable_coverage(problem: AllocationProblem) -> np.ndarray:
    """(P,) coverage where every item that a linked depot holds in a period is sent without limit, but as fixed."""
    periods = np.arange(problem.periods)
    held = np.zeros((len(problem.depots), len(problem.items), problem.periods), dtype=bool)
    alive = (problem.batch_arrives[:, None] <= periods) & (periods <= problem.batch_expires[:, None])
    np.logical_or.at(held, (problem.batch_depot, problem.batch_item), alive & (problem.batch_quantity > 0)[:, None])
    within = np.zeros(problem.minimum.shape, dtype=bool)
    reached = held[problem.link_depot] & problem.open_links[:, None, :]
    np.logical_or.at(within, problem.link_place, reached)
    everything = np.where(within, np.maximum(problem.demand.max(axis=0), problem.minimum), 0.0)
    fixed = problem.fixed
    for number in range(len(fixed)):
        cell = tuple(axis[number] for axis in fixed.cell)
        others = (problem.link_place == cell[0]) & (problem.link_depot != fixed.depot[number])
        if fixed.depot[number] == ANY_DEPOT or not reached[others, cell[1], cell[2]].any():
            # What is decided is all that a place can have, so it pulls nobody's floor down.
            everything[cell] = min(everything[cell], fixed.quantity[number])
    return np.nan_to_num(coverage(problem, everything))
