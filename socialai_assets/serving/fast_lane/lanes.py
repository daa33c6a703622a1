"""Which events have a fast lane: the tables that are made for one, in one run. Runs nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from resources.errors import NothingSuch
from socialai_assets.ingest.sources import Source


@dataclass(frozen=True)
class Lane:
    """What one event moves, down to the plan that depends on it; the rest follows by the sensors as ever.

    Attributes:
        domain: of the source.
        source: name of the source that events land in.
        tables: that are made, in one run.
        subject: column of an event's rows that names what is scored.
        scores: table of the scores.
        plan: table of the plan.
        action: its column that names an action.
        taken: its column that says whether the action is taken.
    """

    domain: str
    source: str
    tables: tuple[str, ...]
    subject: str
    scores: str
    plan: str
    action: str
    taken: str

    def landing_in(self, sources: Iterable[Source]) -> Source:
        """The source of these that events land in."""
        return next(one for one in sources if (one.domain, one.name) == (self.domain, self.source))


LANES = {
    lane.source: lane
    for lane in (
        Lane(
            domain="water",
            source="water_surveys",
            tables=(
                "water.raw_water_surveys",
                "water.stg_water_surveys",
                "water.refused_records",
                "water.surveys",
                "water.cleaned_values",
                "water.systems",
                "water.points",
                "water.visit_outcomes",
                "water.staleness",
                "water.features",
                "water.point_risks",
                "water.repair_plan",
                "water.repair_plan_gains",
            ),
            subject="point_id",
            scores="water.point_risks",
            plan="water.repair_plan",
            action="action_id",
            taken="is_chosen",
        ),
    )
}


def lane_of(source: str) -> Lane:
    """The lane of a source.

    Raises:
        NothingSuch: it has none.
    """
    if source not in LANES:
        raise NothingSuch(
            f"Source `{source}` has no fast lane",
            do=f"Those of {', '.join(LANES)} have one; land a file in any other.",
        )
    return LANES[source]
