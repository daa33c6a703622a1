"""What a routing problem is: places, depots, fleet, stops, travel. Solves nothing and reads no file.

All figures are whole numbers: seconds, metres, any unit of load and any unit of cost. Times count from one zero that
the caller chooses (midnight). The words are those of the vehicle routing literature (Toth and Vigo 2014, Vehicle
Routing: Problems, Methods, and Applications, SIAM).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

# Travel between two places that no road joins, in seconds and metres: more than any shift.
NO_ROAD = 10**9
# The end of a time window that never closes.
ALWAYS = 10**8

Window = tuple[int, int]
WHOLE_DAY: Window = (0, ALWAYS)


class Travel(Protocol):
    """Travel between locations for one kind of vehicle; `source` says where the figures come from."""

    @property
    def source(self) -> str: ...

    def square(self, locations: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Seconds and metres between some locations, two arrays (n, n); `NO_ROAD` where there is no way."""
        ...


@dataclass(frozen=True)
class MatrixTravel:
    """Travel as two matrices, (n, n) seconds and metres, `NO_ROAD` or more where there is no way.

    Raises:
        ValueError: matrices that are not square, differ in shape, or hold a negative figure.
    """

    seconds: NDArray[np.int64]
    metres: NDArray[np.int64]
    source: str = "landed matrix"

    def __post_init__(self) -> None:
        shape = self.seconds.shape
        if self.seconds.ndim != 2 or shape[0] != shape[1] or shape != self.metres.shape:
            raise ValueError(f"Travel needs two square matrices of one size, got {shape} and {self.metres.shape}.")
        if self.seconds.size and (self.seconds.min() < 0 or self.metres.min() < 0):
            raise ValueError("Travel times and distances are not negative.")

    def square(self, locations: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Seconds and metres between some locations, two arrays (n, n)."""
        if len(locations) == len(self.seconds) and (locations == np.arange(len(locations))).all():
            return self.seconds, self.metres
        return self.seconds[np.ix_(locations, locations)], self.metres[np.ix_(locations, locations)]


@dataclass(frozen=True)
class Depot:
    """Where vehicles load, start and end.

    Attributes:
        location: position in the travel matrices.
        window: when loading may begin and vehicles may come back.
        loading_seconds: time to load at the start of every trip.
    """

    id: str
    location: int
    window: Window = WHOLE_DAY
    loading_seconds: int = 0


@dataclass(frozen=True)
class Stop:
    """A place to serve, once.

    Attributes:
        delivery: what is brought from a depot, by load dimension.
        pickup: what is taken to a depot, by load dimension.
        windows: service begins within one of them; in order, not overlapping.
        prize: the cost of leaving it out; None where it must be served.
        priority: 1 the highest; engines look at prizes only.
        part_of: the stop it is a part of, where a delivery is split.
    """

    id: str
    location: int
    delivery: tuple[int, ...] = ()
    pickup: tuple[int, ...] = ()
    service_seconds: int = 0
    windows: tuple[Window, ...] = (WHOLE_DAY,)
    prize: int | None = None
    priority: int = 3
    part_of: str | None = None


@dataclass(frozen=True)
class Shipment:
    """Goods that one vehicle takes from one stop to another within one trip; neither their start nor end is a depot.

    Attributes:
        pickup: the stop where they are taken aboard.
        delivery: the stop where they are unloaded, later on the same trip.
        amount: by load dimension.
    """

    pickup: str
    delivery: str
    amount: tuple[int, ...] = ()


@dataclass(frozen=True)
class Break:
    """A rest that begins within a window; it may interrupt a drive but no service, and may be before or after work."""

    window: Window
    seconds: int


@dataclass(frozen=True)
class Vehicle:
    """One vehicle with its driver on one day.

    Attributes:
        profile: the name of its travel.
        capacity: by load dimension.
        window: it leaves and is back within it; overtime does not stretch it.
        shift_seconds: nominal length of work, from the start of loading to the return; None for no limit.
        overtime_seconds: how much longer it may work.
        overtime_cost: per second, on top of `cost_per_second`.
        most_trips: trips a day; more than one means reloading at `reload_depots` (its start depot where empty).
        most_metres: the longest way of a day; None for no limit.
        breaks: each is taken by a vehicle that is used; in order.
    """

    id: str
    start_depot: str
    end_depot: str
    capacity: tuple[int, ...] = ()
    profile: str = "road"
    kind: str = ""
    window: Window = WHOLE_DAY
    shift_seconds: int | None = None
    overtime_seconds: int = 0
    overtime_cost: int = 0
    fixed_cost: int = 0
    cost_per_metre: int = 1
    cost_per_second: int = 0
    most_trips: int = 1
    reload_depots: tuple[str, ...] = ()
    most_metres: int | None = None
    breaks: tuple[Break, ...] = ()

    @property
    def longest_seconds(self) -> int | None:
        """The longest work with overtime, or None."""
        return None if self.shift_seconds is None else self.shift_seconds + self.overtime_seconds

    @property
    def reloads_at(self) -> tuple[str, ...]:
        """Depots where it may load again; none with one trip."""
        return (self.reload_depots or (self.start_depot,)) if self.most_trips > 1 else ()


@dataclass(frozen=True)
class Problem:
    """All that a plan must keep to.

    Attributes:
        travel: by profile.
        forbidden: the stops each vehicle may not serve (a narrow road, a river), by vehicle.
        coordinates: (locations, 2) latitude and longitude in degrees or plane x and y; for clusters, not for travel.
        dimensions: names of the load dimensions.
        shipments: pairs of stops, of which both are served or neither; a stop is in one at most.

    Raises:
        ValueError: an identifier that comes twice or is unknown, a negative quantity, a window that closes before it
            opens, a shipment of which only one stop must be served; the message names it.
    """

    depots: tuple[Depot, ...]
    stops: tuple[Stop, ...]
    vehicles: tuple[Vehicle, ...]
    travel: Mapping[str, Travel]
    dimensions: tuple[str, ...] = ("load",)
    forbidden: Mapping[str, frozenset[str]] = field(default_factory=dict)
    coordinates: NDArray[np.float64] | None = None
    shipments: tuple[Shipment, ...] = ()

    def __post_init__(self) -> None:
        _refuse_doubles("depot", (depot.id for depot in self.depots))
        _refuse_doubles("stop", (stop.id for stop in self.stops))
        _refuse_doubles("vehicle", (vehicle.id for vehicle in self.vehicles))
        for depot in self.depots:
            _refuse_window(f"depot {depot.id}", (depot.window,))
            _refuse_negative(f"depot {depot.id}", (depot.location, depot.loading_seconds))
        for stop in self.stops:
            self._refuse_stop(stop)
        for vehicle in self.vehicles:
            self._refuse_vehicle(vehicle)
        _refuse_doubles(
            "stop of a shipment", (stop for each in self.shipments for stop in (each.pickup, each.delivery))
        )
        for shipment in self.shipments:
            self._refuse_shipment(shipment)

    @cached_property
    def depot_of(self) -> Mapping[str, Depot]:
        """Depots by identifier."""
        return {depot.id: depot for depot in self.depots}

    @cached_property
    def stop_of(self) -> Mapping[str, Stop]:
        """Stops by identifier."""
        return {stop.id: stop for stop in self.stops}

    @cached_property
    def vehicle_of(self) -> Mapping[str, Vehicle]:
        """Vehicles by identifier."""
        return {vehicle.id: vehicle for vehicle in self.vehicles}

    @cached_property
    def locations(self) -> int:
        """How many locations the travel has to know."""
        return 1 + max((place.location for place in (*self.depots, *self.stops)), default=-1)

    @cached_property
    def matrices(self) -> Mapping[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Seconds and metres between all locations, by profile."""
        every = np.arange(self.locations)
        return {name: travel.square(every) for name, travel in self.travel.items()}

    def amounts(self, stop: Stop) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """What a stop gets and gives, by dimension, nought where it does not say."""
        nothing = (0,) * len(self.dimensions)
        return stop.delivery or nothing, stop.pickup or nothing

    @cached_property
    def shipment_of(self) -> Mapping[str, Shipment]:
        """The shipment of each stop that is in one."""
        return {stop: shipment for shipment in self.shipments for stop in (shipment.pickup, shipment.delivery)}

    def together(self, stop: str) -> tuple[str, ...]:
        """The stops that are served if this one is, in their order: those of its shipment, or itself."""
        shipment = self.shipment_of.get(stop)
        return (stop,) if shipment is None else (shipment.pickup, shipment.delivery)

    def shipped(self, stop: str) -> tuple[int, ...]:
        """What a shipment adds to the load at a stop, by dimension: less than nought where it is unloaded."""
        shipment = self.shipment_of.get(stop)
        if shipment is None or not shipment.amount:
            return (0,) * len(self.dimensions)
        return shipment.amount if stop == shipment.pickup else tuple(-amount for amount in shipment.amount)

    def may_serve(self, vehicle: str, stop: str) -> bool:
        """Whether the vehicle is allowed at the stop."""
        return stop not in self.forbidden.get(vehicle, ())

    def _refuse_stop(self, stop: Stop) -> None:
        name = f"stop {stop.id}"
        _refuse_window(name, stop.windows)
        prize = () if stop.prize is None else (stop.prize,)
        _refuse_negative(name, (stop.location, stop.service_seconds, *stop.delivery, *stop.pickup, *prize))
        for amounts in (stop.delivery, stop.pickup):
            self._refuse_dimensions(name, amounts)

    def _refuse_vehicle(self, vehicle: Vehicle) -> None:
        name = f"vehicle {vehicle.id}"
        _refuse_window(name, (vehicle.window, *(rest.window for rest in vehicle.breaks)))
        limits = [limit for limit in (vehicle.shift_seconds, vehicle.most_metres) if limit is not None]
        costs = (vehicle.fixed_cost, vehicle.cost_per_metre, vehicle.cost_per_second, vehicle.overtime_cost)
        rests = [rest.seconds for rest in vehicle.breaks]
        _refuse_negative(name, (*vehicle.capacity, *limits, *costs, *rests, vehicle.overtime_seconds))
        self._refuse_dimensions(name, vehicle.capacity)
        if vehicle.most_trips < 1:
            raise ValueError(f"{name} makes {vehicle.most_trips} trips a day: give one or more.")
        if vehicle.profile not in self.travel:
            raise ValueError(f"{name} has the profile {vehicle.profile!r}; there is travel for {sorted(self.travel)}.")
        for depot in (vehicle.start_depot, vehicle.end_depot, *vehicle.reload_depots):
            if depot not in self.depot_of:
                raise ValueError(f"{name} knows a depot {depot!r} that the problem does not have.")

    def _refuse_shipment(self, shipment: Shipment) -> None:
        name = f"shipment from {shipment.pickup} to {shipment.delivery}"
        for stop in (shipment.pickup, shipment.delivery):
            if stop not in self.stop_of:
                raise ValueError(f"The {name} has a stop {stop!r} that the problem does not have.")
        if (self.stop_of[shipment.pickup].prize is None) != (self.stop_of[shipment.delivery].prize is None):
            raise ValueError(f"Of the {name} only one stop has a prize: both must be served or neither.")
        _refuse_negative(f"The {name}", shipment.amount)
        self._refuse_dimensions(f"The {name}", shipment.amount)

    def _refuse_dimensions(self, name: str, amounts: Sequence[int]) -> None:
        if amounts and len(amounts) != len(self.dimensions):
            raise ValueError(f"{name} has {len(amounts)} load dimensions, the problem {len(self.dimensions)}.")


def _refuse_doubles(what: str, identifiers: Iterable[str]) -> None:
    doubles = [identifier for identifier, times in Counter(identifiers).items() if times > 1]
    if doubles:
        raise ValueError(f"The {what} {doubles[0]!r} comes more than once.")


def _refuse_window(name: str, windows: Sequence[Window]) -> None:
    if not windows:
        raise ValueError(f"{name} has no time window.")
    if any(opens < 0 or closes < opens for opens, closes in windows):
        raise ValueError(f"{name} has a window that closes before it opens or opens before time zero: {windows}.")
    if name.startswith("stop") and any(later[0] <= earlier[1] for earlier, later in pairwise(windows)):
        raise ValueError(f"{name} has windows that overlap or are not in order: {windows}.")


def _refuse_negative(name: str, figures: Iterable[int]) -> None:
    if any(figure < 0 for figure in figures):
        raise ValueError(f"{name} has a negative figure.")
