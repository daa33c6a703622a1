"""The plans that people try under other assumptions: what they may change, within which limits, what comes of it.

Nothing here starts a run (run_desk.py) or plans: limits and defaults are those of the plans' own settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel

from resources.errors import ActionRefused, NothingSuch, SettingsError
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.gate import Gate

BASELINE = "baseline"
COMMAND, PATH = "what_if", "/what-if"
_NAME = re.compile(r"[^\s/\\?#&%\"'<>]{1,40}")


@dataclass(frozen=True)
class Assumption:
    """What a person may change about a plan.

    Attributes:
        path: in the plan's settings, by dots: `sharing.weeks`.
        label: in English; the words files have the Spanish.
        unit: behind the figure.
        kind: how it is asked for.
        choices: of a choice, with what each means.
        optional: whether it may be left empty, for no limit.
        step: of a number's field.
    """

    path: str
    label: str
    unit: str = ""
    kind: Literal["number", "whole", "choice", "yes_no"] = "number"
    choices: tuple[tuple[str, str], ...] = ()
    optional: bool = False
    step: str = "any"


@dataclass(frozen=True)
class Outcome:
    """What a plan comes to, beside the baseline.

    Attributes:
        table: of the lake.
        columns: SQL of a figure, by its label in English; a number each, or a text.
        where: which rows count, as SQL.
    """

    table: str
    columns: Mapping[str, str]
    where: str = "true"


@dataclass(frozen=True)
class Plan:
    """A plan that may be made anew under other assumptions.

    Attributes:
        name: in addresses.
        title: in English.
        says: what it decides.
        operations: Dagster's steps that make it and judge it.
        tables: that it writes.
        assumptions: what may be changed.
        outcome: what it comes to.
        takes_scenario_of: another plan whose scenario of the same name is taken, if there is one.
    """

    name: str
    title: str
    says: str
    operations: tuple[str, ...]
    tables: tuple[str, ...]
    assumptions: tuple[Assumption, ...]
    outcome: Outcome
    takes_scenario_of: str | None = None

    def defaults(self) -> dict[str, Any]:
        """What each assumption is in the baseline, by path."""
        return {one.path: _at(_settings(self.name).model_dump(), one.path) for one in self.assumptions}

    def limits(self, assumption: Assumption) -> tuple[float | None, float | None]:
        """Lowest and highest value that the settings take; None: no limit."""
        *above, last = assumption.path.split(".")
        model: Any = type(_settings(self.name))
        for part in above:
            model = model.model_fields[part].annotation
        least = most = None
        for rule in model.model_fields[last].metadata:
            least = getattr(rule, "ge", getattr(rule, "gt", least))
            most = getattr(rule, "le", getattr(rule, "lt", most))
        return least, most

    def changes(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Assumptions by path as the plan's settings take them, nested; those left as in the baseline are left out.

        Args:
            given: values as they were typed or sent.

        Raises:
            ActionRefused: an assumption that the plan does not have, or a value that it does not take.
        """
        own = {one.path: one for one in self.assumptions}
        unknown = sorted(set(given) - set(own))
        if unknown:
            raise ActionRefused(
                f"Plan `{self.name}` has no assumption {', '.join(unknown)}", do=f"It has {', '.join(own)}."
            )
        defaults, nested = self.defaults(), {}
        for path, value in given.items():
            read = _read(own[path], value)
            if read == defaults[path]:
                continue
            *above, last = path.split(".")
            part = nested
            for name in above:
                part = part.setdefault(name, {})
            part[last] = read
        try:
            _settings(self.name, nested)
        except SettingsError as error:
            raise ActionRefused(error.what, where=self.title, do="Change these values.") from error
        return nested

    def changed(self, changes: Mapping[str, Any]) -> list[tuple[Assumption, Any]]:
        """The assumptions that `changes` names, with their values; a choice's in words."""
        found = []
        for one in self.assumptions:
            *above, last = one.path.split(".")
            part: Any = changes
            for name in above:
                part = part.get(name, {})
            if last in part:
                found.append((one, dict(one.choices).get(part[last], part[last])))
        return found


def plan_named(name: str) -> Plan:
    """A plan by its name in addresses.

    Raises:
        NothingSuch: there is none.
    """
    if name not in PLANS:
        raise NothingSuch(f"There is no plan `{name}`", do=f"Choose one of {', '.join(PLANS)}.")
    return PLANS[name]


def plan_for(gate: Gate, asker: Asker, name: str) -> Plan:
    """A plan by its name, for somebody who may try it: nobody makes anew what they may not see.

    Raises:
        AccessRefused: they may not.
        NothingSuch: there is none.
    """
    gate.allow(asker, COMMAND)
    plan = plan_named(name)
    gate.allow(asker, plan.outcome.table)
    return plan


def form_address(gate: Gate, asker: Asker, table: str) -> str | None:
    """Where somebody asks for the plan of a table under other assumptions; None where they may not.

    Raises:
        NothingSuch: no plan writes the table.
    """
    name = next((plan.name for plan in PLANS.values() if table in plan.tables), table)
    plan = plan_named(name)
    return f"{PATH}?plan={plan.name}" if gate.may(asker, COMMAND) and gate.may(asker, plan.outcome.table) else None


def scenario_named(text: str) -> str:
    """The name of a scenario as it is kept: blanks are made dashes.

    Raises:
        ActionRefused: nothing, too long, letters that an address cannot carry, or the baseline's name.
    """
    name = re.sub(r"\s+", "-", text.strip())
    if name == BASELINE or not _NAME.fullmatch(name):
        raise ActionRefused(
            f"A what-if cannot be named `{text[:60]}`",
            do="Use 1 to 40 letters, digits, dots or dashes, and another name than `baseline`.",
        )
    return name


def _read(assumption: Assumption, value: Any) -> Any:
    if value is None or value == "":
        if assumption.optional:
            return None
        raise ActionRefused(f"`{assumption.label}` is empty", do="Give it a value.")
    if assumption.kind == "choice":
        return str(value)
    if assumption.kind == "yes_no":
        return value if isinstance(value, bool) else str(value).lower() in ("yes", "true", "1", "on")
    try:
        return int(value) if assumption.kind == "whole" else float(value)
    except (TypeError, ValueError) as error:
        raise ActionRefused(f"`{assumption.label}` is no number: {value!r:.40}", do="Write digits.") from error


def _at(settings: Mapping[str, Any], path: str) -> Any:
    found: Any = settings
    for part in path.split("."):
        found = found[part]
    return found


def _settings(plan: str, changes: dict[str, Any] | None = None) -> BaseModel:
    """A plan's settings with changes on top."""
    if not changes:
        return _baseline(plan)
    return _read_settings(plan, changes)


@cache
def _baseline(plan: str) -> BaseModel:
    return _read_settings(plan, {})


def _read_settings(plan: str, changes: dict[str, Any]) -> BaseModel:
    if plan == "aid-allocation":
        from socialai_assets.aid.sharing_settings import plan_settings

        return plan_settings(changes)
    if plan == "refugee-supply":
        from socialai_assets.refugees.supply_settings import supply_settings

        return supply_settings(changes)
    if plan == "water-repair":
        from socialai_assets.water.repair_settings import water_settings

        return water_settings(changes)
    from importlib.resources import files

    from socialai_assets.methods.routing.settings import parse_settings

    text = (files("socialai_assets.aid") / "routing.yaml").read_text("utf-8")
    try:
        return parse_settings(text, "aid/routing.yaml", changes)
    except ValueError as error:
        raise SettingsError(str(error), where="aid/routing.yaml", do="Correct these.") from error


_OBJECTIVES = (
    ("people", "most people reached"),
    ("weighted", "most people, the poorest first"),
    ("proportional", "fair shares"),
    ("max_min", "the worst served as well as can be"),
)

PLANS = {
    plan.name: plan
    for plan in (
        Plan(
            "aid-allocation",
            "Sharing of aid among sites",
            "How much of each item every site gets from which depot.",
            ("share_stock",),
            ("aid.allocation_plan", "aid.fairness_curve", "aid.allocation_groups", "aid.plan_comparison"),
            (
                Assumption("sharing.objective", "What counts most", kind="choice", choices=_OBJECTIVES),
                Assumption("sharing.weeks", "Weeks planned", "weeks", "whole", step="1"),
                Assumption("sharing.budget_usd", "Money for transport", "USD", optional=True),
                Assumption("sharing.minimum_coverage", "Least share of its need that each site gets", "0 to 1"),
                Assumption("sharing.poverty_weight", "How much more a poor person counts", "times"),
                Assumption("sharing.most_km", "Farthest depot", "km"),
                Assumption("failed_systems.included", "Count people whose water system failed", kind="yes_no"),
            ),
            Outcome(
                "aid.allocation_plan",
                {
                    "Units sent": "sum(quantity)",
                    "Demand met, expected units": "sum(met)",
                    "Sites below a minimum": "count(DISTINCT place_id) FILTER (WHERE shortfall > 0)",
                    "Cost, USD": "sum(cost_usd)",
                    "Status": "any_value(status)",
                },
            ),
        ),
        Plan(
            "aid-routes",
            "Routes of aid vehicles",
            "Which vehicle goes where, on which day, and what is left out.",
            ("plan_routes",),
            ("aid.route_plan", "aid.route_stops", "aid.unserved_stops"),
            (
                Assumption(
                    "objective.minimise",
                    "What is kept low",
                    kind="choice",
                    choices=(("cost", "cost"), ("distance", "distance"), ("time", "time")),
                ),
                Assumption("constraints.overtime", "Drivers may work overtime", kind="yes_no"),
                Assumption("constraints.time_windows", "Keep to opening hours", kind="yes_no"),
                Assumption("constraints.most_trips", "Most trips of a vehicle a day", "trips", "whole", (), True, "1"),
                Assumption("travel.kilometres_per_hour", "Speed where no travel times are known", "km/h"),
            ),
            Outcome(
                "aid.route_plan",
                {
                    "Vehicle days": "count(*)",
                    "Stops served": "sum(stops)",
                    "People at the stops": "sum(people)",
                    "Kilometres": "sum(km)",
                    "Cost, USD": "sum(cost_usd)",
                },
            ),
            takes_scenario_of="aid-allocation",
        ),
        Plan(
            "refugee-supply",
            "Supply of camps",
            "What reaches which camp from where, week by week.",
            ("plan_supply",),
            ("refugees.supply_plan", "refugees.supply_fairness_curve", "refugees.override_decisions"),
            (
                Assumption("plan.objective", "What counts most", kind="choice", choices=_OBJECTIVES),
                Assumption("plan.weeks", "Weeks planned", "weeks", "whole", step="1"),
                Assumption("plan.budget_usd", "Money for transport of each conflict", "USD", optional=True),
                Assumption("plan.kilometres_per_hour", "Speed of trucks", "km/h"),
                Assumption("plan.delivery_days", "Days a week that trucks drive", "days", "whole", step="1"),
                Assumption("plan.most_km", "Farthest depot", "km"),
            ),
            Outcome(
                "refugees.supply_plan",
                {
                    "Units sent": "sum(quantity)",
                    "Need met, expected units": "sum(met)",
                    "Camps below a minimum": "count(DISTINCT camp_id) FILTER (WHERE shortfall > 0)",
                    "Cost, USD": "sum(cost_usd)",
                    "Status": "any_value(status)",
                },
            ),
        ),
        Plan(
            "water-repair",
            "Repair and building of water points",
            "Which systems are repaired and where new points are built, within a budget.",
            ("plan_repairs", "compare_repairs"),
            ("water.repair_plan", "water.repair_plan_gains", "water.repair_fairness", "water.repair_comparison"),
            (
                Assumption("repair.budget_usd", "Budget", "USD"),
                Assumption(
                    "repair.objective",
                    "What counts most",
                    kind="choice",
                    choices=(("weighted", "people, poor and remote ones more"), ("people", "people")),
                ),
                Assumption(
                    "repair.counting",
                    "How uncertain risks count",
                    kind="choice",
                    choices=(("expected", "as expected"), ("cautious", "at the cautious end")),
                ),
                Assumption("repair.poverty_weight", "How much more a poor person counts", "times"),
                Assumption("repair.guaranteed_share", "Share of its people that every area is guaranteed", "0 to 1"),
                Assumption("access.round_trip_minutes", "Longest way to water and back", "minutes"),
            ),
            Outcome(
                "water.repair_comparison",
                {
                    "People gaining": "sum(people_gaining)",
                    "People gaining, cautious": "sum(people_gaining_cautious)",
                    "Repairs": "sum(repairs)",
                    "New points": "sum(builds)",
                    "Cost, USD": "sum(cost_usd)",
                    "Status": "any_value(status)",
                },
                "method = 'plan'",
            ),
        ),
    )
}
