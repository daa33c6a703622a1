"""The fields of VROOM's input that are read, with their limits, and its names for things. Builds no problem."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

# VROOM's costs are by hour and kilometre; in these units they are whole numbers by second and metre.
COST_SCALE = 36_000
# The depot of a vehicle that need not come back, or begins at its first stop.
NOWHERE = "nowhere"
# Types of steps that are stops of the problem; each kind has identifiers of its own.
TASKS: Sequence[str] = ("job", "pickup", "delivery")


def stop_name(kind: str, number: int) -> str:
    """The identifier of a task's stop: `7` for a job, `pickup 7` and `delivery 7` for the ends of a shipment."""
    return str(number) if kind == "job" else f"{kind} {number}"


def task_of(stop: str) -> tuple[str, int]:
    """Kind and number of the task that a stop is."""
    kind, _, number = stop.rpartition(" ")
    return kind or "job", int(number)


class VroomPart(BaseModel):
    """Any part of a request; what is not known here is carried along unread."""

    model_config = ConfigDict(extra="allow")


class VroomStep(VroomPart):
    """A step of a route to begin from."""

    type: str
    id: int | None = None
    job: int | None = None


class VroomCosts(VroomPart):
    """Costs of a vehicle: once, an hour, a kilometre."""

    fixed: int = 0
    per_hour: int = 3600
    per_km: int = 0


class VroomBreak(VroomPart):
    """A break with its one window, seconds."""

    id: int = 0
    time_windows: list[tuple[int, int]] = Field(min_length=1, max_length=1)
    service: int = 0


class VroomVehicle(VroomPart):
    """A vehicle; places are longitude and latitude, or an index into the matrices."""

    id: int
    profile: str = "car"
    start: tuple[float, float] | None = None
    start_index: int | None = None
    end: tuple[float, float] | None = None
    end_index: int | None = None
    capacity: list[int] = []
    costs: VroomCosts = VroomCosts()
    skills: list[int] = []
    time_window: tuple[int, int] | None = None
    breaks: list[VroomBreak] = []
    speed_factor: float = Field(1.0, gt=0)
    max_distance: int | None = None
    steps: list[VroomStep] = []
    max_tasks: None = None
    max_travel_time: None = None


class VroomTask(VroomPart):
    """A job, or one end of a shipment; times in seconds."""

    id: int
    location: tuple[float, float] | None = None
    location_index: int | None = None
    setup: int = 0
    service: int = 0
    delivery: list[int] = []
    pickup: list[int] = []
    skills: list[int] = []
    priority: int = Field(0, ge=0, le=100)
    time_windows: list[tuple[int, int]] = []


class VroomShipment(VroomPart):
    """Goods from one place to another; skills and priority are those of both ends."""

    pickup: VroomTask
    delivery: VroomTask
    amount: list[int] = []
    skills: list[int] = []
    priority: int = Field(0, ge=0, le=100)


class VroomMatrix(VroomPart):
    """Seconds and metres between the places of a profile."""

    durations: list[list[int]]
    distances: list[list[int]] | None = None
    costs: None = None


class VroomRequest(VroomPart):
    """The whole input."""

    vehicles: list[VroomVehicle] = Field(min_length=1)
    jobs: list[VroomTask] = []
    matrices: dict[str, VroomMatrix] = {}
    shipments: list[VroomShipment] = []
