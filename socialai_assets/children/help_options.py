"""The assignment problem of recommended help: options within reach, and what staff and services have left. Solves none.

Where help is given at services, an option is a place at one; where counsellors or social workers give it, also their
minutes a week. Distances count from the child's school.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from socialai_assets.children.help_eligibility import running_help
from socialai_assets.children.help_settings import HelpSettings
from socialai_assets.children.input_contracts import STAFF_ROLES
from socialai_assets.methods.assignment.problem import NOBODY, AssignmentProblem
from socialai_assets.methods.spatial import pairs_within_km


@dataclass(frozen=True, eq=False)
class HelpCase:
    """A problem and what its numbers stand for.

    Attributes:
        problem: the options and limits; `problem.person` counts rows of `people`.
        people: flagged children by risk: `child_id, label, as_of_date, risk`.
        options: a row an option: `child_id, label, intervention_id, staff_id, service_id, expected_benefit, rule`.
        staff: rows of `children.staff`, in the problem's order.
        out_of_reach: rows of `people` that are eligible for something and have no option.
    """

    problem: AssignmentProblem
    people: pd.DataFrame
    options: pd.DataFrame
    staff: pd.DataFrame
    out_of_reach: np.ndarray


def help_case(
    recommendations: pd.DataFrame,
    features: pd.DataFrame,
    support: pd.DataFrame,
    interventions: pd.DataFrame,
    services: pd.DataFrame,
    staff: pd.DataFrame,
    places: pd.DataFrame,
    settings: HelpSettings,
) -> HelpCase:
    """The problem of everybody who is recommended something.

    Args:
        recommendations: `children.recommendations`.
        features: `children.risk_features`, for the school and area of each child.
        support: `children.support`: help that runs takes hours and places.
        interventions: the catalogue.
        services: `children.services`.
        staff: `children.staff`.
        places: `place_id` (a school's or an area's code), `latitude`, `longitude`; schools go first where codes repeat.
        settings: reach and budget.
    """
    people = recommendations.drop_duplicates(["child_id", "label"])[["child_id", "label", "as_of_date", "risk"]]
    people = people.reset_index(drop=True)
    where = _where(people, features, places)
    catalogue = interventions.set_index("intervention_id")
    wanted = recommendations[recommendations["eligible"].astype(bool)].merge(
        people.reset_index(names="person")[["child_id", "label", "person"]], on=["child_id", "label"]
    )
    staff, services = staff.reset_index(drop=True), services.reset_index(drop=True)
    found = [
        _within_reach(rows, catalogue.loc[intervention], where, services, staff, settings)
        for intervention, rows in wanted.groupby("intervention_id", sort=True)
    ]
    columns = ["person", "intervention_id", "expected_benefit", "rule", "helper", "service", "km"]
    options = (
        pd.concat([frame[columns] for frame in found], ignore_index=True)
        if found
        else wanted.reindex(columns=columns).head(0)
    )
    person = options["person"].to_numpy(dtype=int)
    helper, service = options["helper"].to_numpy(dtype=int), options["service"].to_numpy(dtype=int)
    kind = options["intervention_id"]
    weekly = _minutes_a_week(catalogue)
    minutes = np.where(helper == NOBODY, 0, kind.map(weekly).fillna(0).to_numpy(dtype=float)).astype(int)
    left_minutes, left_people, left_places = _left(people, support, weekly, staff, services)
    problem = AssignmentProblem(
        risk=people["risk"].to_numpy(dtype=float),
        person=person,
        kind=pd.factorize(kind, sort=True)[0].astype(int),
        helper=helper,
        service=service,
        benefit=np.clip(options["expected_benefit"].to_numpy(dtype=float), 0.0, 1.0),
        minutes=minutes,
        cost=kind.map(catalogue["cost_usd"]).fillna(0.0).to_numpy(dtype=float),
        km=options["km"].to_numpy(dtype=float),
        helper_minutes=left_minutes,
        helper_people=left_people,
        helper_group=staff["role"].map({role: number for number, role in enumerate(STAFF_ROLES)}).to_numpy(dtype=int),
        places=left_places,
        budget=float("inf") if settings.plan.budget_usd is None else settings.plan.budget_usd,
        benefit_per_km=settings.plan.benefit_per_km,
        most_per_person=settings.plan.most_per_child,
    )
    named = options.assign(
        child_id=people["child_id"].to_numpy(dtype=object)[person],
        label=people["label"].to_numpy(dtype=object)[person],
        staff_id=_named(staff["staff_id"], helper),
        service_id=_named(services["service_id"], service),
    )
    eligible = np.zeros(len(people), dtype=bool)
    eligible[wanted["person"].to_numpy(dtype=int)] = True
    eligible[person] = False
    return HelpCase(problem, people, named, staff, eligible)


def _where(people: pd.DataFrame, features: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """`school_id, area_id, latitude, longitude` of each of the people; missing where no place is known."""
    known = features[["child_id", "as_of_date", "school_id", "area_id"]]
    known = known.assign(as_of_date=pd.to_datetime(known["as_of_date"]))
    own = people[["child_id"]].assign(as_of_date=pd.to_datetime(people["as_of_date"]))
    found = own.merge(known, on=["child_id", "as_of_date"], how="left", validate="many_to_one")
    located = places.dropna(subset=["latitude", "longitude"]).drop_duplicates("place_id").set_index("place_id")
    for name in ("latitude", "longitude"):
        at_school, in_area = (found[key].map(located[name]).to_numpy(dtype=float) for key in ("school_id", "area_id"))
        found[name] = np.where(np.isnan(at_school), in_area, at_school)
    return found


def _within_reach(
    rows: pd.DataFrame,
    kind: pd.Series,
    where: pd.DataFrame,
    services: pd.DataFrame,
    staff: pd.DataFrame,
    settings: HelpSettings,
) -> pd.DataFrame:
    """The options of an intervention: the nearest staff of its role, and the nearest of its services if it has any."""
    at = where.iloc[rows["person"].to_numpy(dtype=int)].reset_index(drop=True)
    rows = rows.reset_index(drop=True).assign(helper=NOBODY, service=NOBODY, km=0.0)
    most_km = settings.most_km[str(kind["delivered_by"])]
    if kind["delivered_by"] in STAFF_ROLES:
        own = np.flatnonzero(staff["role"] == kind["delivered_by"])
        pairs = _nearest(at, staff.iloc[own], most_km, settings.nearest_staff)
        rows = _joined(rows, pairs, "helper", own)
        at = at.iloc[pairs["row"].to_numpy(dtype=int)].reset_index(drop=True)
    own = np.flatnonzero(services["intervention_id"] == kind.name)
    if len(own) or kind["delivered_by"] not in STAFF_ROLES:
        offered = services.iloc[own].reset_index(drop=True)
        pairs = _nearest(at, offered, most_km, settings.nearest_services, school=True)
        rows = _joined(rows, pairs, "service", own)
    return rows


def _nearest(
    at: pd.DataFrame, targets: pd.DataFrame, most_km: float, most: int, *, school: bool = False
) -> pd.DataFrame:
    """`row, target, km`: the nearest targets of each row in reach; with `school`, only for its school or for all."""
    located = at[["latitude", "longitude"]].to_numpy(dtype=float)
    known = np.flatnonzero(~np.isnan(located).any(axis=1))
    points = targets[["lat_deg", "lon_deg"]].to_numpy(dtype=float)
    row, target, km = pairs_within_km(located[known], points, most_km)
    pairs = pd.DataFrame({"row": known[row], "target": target, "km": km})
    if school:
        asked = targets["school_id"].to_numpy(dtype=object)[pairs["target"].to_numpy(dtype=int)]
        own = at["school_id"].to_numpy(dtype=object)[pairs["row"].to_numpy(dtype=int)]
        pairs = pairs[pd.isna(asked) | (asked == own)]
    return pairs.sort_values(["row", "km", "target"]).groupby("row").head(most).reset_index(drop=True)


def _joined(rows: pd.DataFrame, pairs: pd.DataFrame, column: str, own: np.ndarray) -> pd.DataFrame:
    """The rows with each of their targets; the longer of two ways counts."""
    made = rows.iloc[pairs["row"].to_numpy(dtype=int)].reset_index(drop=True)
    made[column] = own[pairs["target"].to_numpy(dtype=int)] if len(pairs) else np.zeros(0, dtype=int)
    made["km"] = np.maximum(made["km"].to_numpy(dtype=float), pairs["km"].to_numpy(dtype=float))
    return made


def _minutes_a_week(catalogue: pd.DataFrame) -> pd.Series:
    """Whole minutes a week that each intervention takes for a child."""
    return np.ceil(catalogue["hours_per_child"].astype(float) * 60 / catalogue["duration_weeks"].astype(float))


def _left(
    people: pd.DataFrame,
    support: pd.DataFrame,
    weekly: pd.Series,
    staff: pd.DataFrame,
    services: pd.DataFrame,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minutes and children that each of the staff has left, and places of each service, beside help that runs."""
    as_of = pd.to_datetime(people["as_of_date"]).max() if len(people) else pd.NaT
    running = running_help(support, as_of) if not pd.isna(as_of) else support.head(0)
    taken = running.assign(minutes=running["intervention_id"].map(weekly).fillna(0.0))
    busy = taken.groupby("staff_id").agg(minutes=("minutes", "sum"), children=("child_id", "nunique"))
    full = taken.groupby("service_id")["child_id"].nunique()
    own = staff["staff_id"].map(busy["minutes"]).fillna(0.0).to_numpy(dtype=float)
    minutes = np.floor(np.maximum(staff["hours_per_week"].to_numpy(dtype=float) * 60 - own, 0.0))
    children = staff["staff_id"].map(busy["children"]).fillna(0).to_numpy(dtype=float)
    room = services["service_id"].map(full).fillna(0).to_numpy(dtype=float)
    return (
        minutes.astype(int),
        np.maximum(staff["most_children"].to_numpy(dtype=float) - children, 0.0).astype(int),
        np.maximum(services["places"].to_numpy(dtype=float) - room, 0.0).astype(int),
    )


def _named(names: pd.Series, numbers: np.ndarray) -> np.ndarray:
    made = np.full(len(numbers), None, dtype=object)
    made[numbers != NOBODY] = names.to_numpy(dtype=object)[numbers[numbers != NOBODY]]
    return made
