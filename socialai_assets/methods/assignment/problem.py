"""A generalised assignment problem of people in need: options, limits, a plan and what it comes to. Solves nothing.

An option is one person helped in one way by one helper or at one service. Each helper has minutes a week and a most
number of people, each service has places (Ross and Soland 1975, A branch and bound algorithm for the generalized
assignment problem, Mathematical Programming 8:91-103).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NOBODY = -1


@dataclass(frozen=True, eq=False)
class AssignmentProblem:
    """Who can be helped, how, by whom.

    Attributes:
        risk: (C,) risk of each person, in [0, 1].
        person: (O,) person of each option, from 0.
        kind: (O,) kind of help, from 0.
        helper: (O,) helper who gives it, from 0; `NOBODY` for none.
        service: (O,) service at which it is given, from 0; `NOBODY` for none.
        benefit: (O,) share of risk that the help is expected to take away, in [0, 1].
        minutes: (O,) whole minutes a week of the helper; 0 for none.
        cost: (O,) USD.
        km: (O,) way between person and helper or service.
        helper_minutes: (H,) whole minutes a week that each helper has.
        helper_people: (H,) people that each can have at a time.
        helper_group: (H,) helpers of a group should be equally busy, from 0.
        places: (V,) places of each service.
        budget: USD; infinite for none.
        benefit_per_km: expected benefit that a kilometre of way must bring.
        most_per_person: options of a person that can be taken.
    """

    risk: np.ndarray
    person: np.ndarray
    kind: np.ndarray
    helper: np.ndarray
    service: np.ndarray
    benefit: np.ndarray
    minutes: np.ndarray
    cost: np.ndarray
    km: np.ndarray
    helper_minutes: np.ndarray
    helper_people: np.ndarray
    helper_group: np.ndarray
    places: np.ndarray
    budget: float = float("inf")
    benefit_per_km: float = 0.0
    most_per_person: int = 1

    def __post_init__(self) -> None:
        """Refuse what has no meaning.

        Raises:
            ValueError: lengths that differ, a number of nobody, a figure that is missing, negative or not whole.
        """
        options = ("person", "kind", "helper", "service", "benefit", "minutes", "cost", "km")
        helpers = ("helper_minutes", "helper_people", "helper_group")
        for names in (options, helpers):
            if len({len(getattr(self, name)) for name in names}) != 1:
                raise ValueError(f"One value an option or helper is needed in each of {', '.join(names)}.")
        for name, least, count in (
            ("person", 0, len(self.risk)),
            ("helper", NOBODY, len(self.helper_minutes)),
            ("service", NOBODY, len(self.places)),
        ):
            numbers = getattr(self, name)
            if ((numbers < least) | (numbers >= count)).any():
                raise ValueError(f"`{name}` names one of {count} that is not there.")
        for name in ("risk", "benefit", "minutes", "cost", "km", "helper_minutes", "helper_people", "places"):
            values = getattr(self, name)
            if not (np.isfinite(values) & (values >= 0)).all():
                raise ValueError(f"`{name}` holds a figure that is missing or negative.")
        for name in ("minutes", "helper_minutes", "helper_people", "places"):
            if (getattr(self, name) != np.round(getattr(self, name))).any():
                raise ValueError(f"`{name}` holds whole numbers only.")
        if not (self.budget >= 0 and self.benefit_per_km >= 0 and self.most_per_person >= 1):
            raise ValueError("Budget and benefit per km are not negative, and a person has at least one option.")

    @property
    def value(self) -> np.ndarray:
        """(O,) expected benefit less what the way takes off it."""
        return self.benefit - self.benefit_per_km * self.km

    def load(self, chosen: np.ndarray) -> np.ndarray:
        """(H,) share of each helper's minutes or people that is taken, the greater; 0 for who has none to give."""
        own = chosen & (self.helper != NOBODY)
        minutes = np.bincount(self.helper[own], self.minutes[own], len(self.helper_minutes))
        people = np.bincount(self.helper[own], minlength=len(self.helper_minutes))
        shares = [
            np.divide(taken, most, out=np.zeros(len(most)), where=most > 0)
            for taken, most in ((minutes, self.helper_minutes), (people, self.helper_people))
        ]
        return np.maximum(*shares)

    def spread(self, chosen: np.ndarray) -> float:
        """Difference between the busiest and the least busy helper of a group, the greatest of all groups.

        Helpers who have nothing to give, or whom nobody can be assigned to, are left out.
        """
        load, widest = self.load(chosen), 0.0
        counts = self.balanced_helpers()
        for group in np.unique(self.helper_group[counts]):
            own = load[counts & (self.helper_group == group)]
            widest = max(widest, float(own.max() - own.min()))
        return widest

    def balanced_helpers(self) -> np.ndarray:
        """(H,) whether a helper has something to give and somebody to give it to."""
        asked = np.zeros(len(self.helper_minutes), dtype=bool)
        asked[self.helper[self.helper != NOBODY]] = True
        return asked & (self.helper_minutes > 0) & (self.helper_people > 0)

    def broken_limits(self, chosen: np.ndarray) -> list[str]:
        """The limits that a choice of options, (O,), does not keep, in words; computed without the solver's model."""
        own, at = chosen & (self.helper != NOBODY), chosen & (self.service != NOBODY)
        helpers, persons = len(self.helper_minutes), len(self.risk)
        repeated = np.unique(np.column_stack([self.person[chosen], self.kind[chosen]]), axis=0)
        checks = {
            "minutes of a helper": (
                np.bincount(self.helper[own], self.minutes[own], helpers) > self.helper_minutes
            ).any(),
            "people of a helper": (np.bincount(self.helper[own], minlength=helpers) > self.helper_people).any(),
            "places of a service": (np.bincount(self.service[at], minlength=len(self.places)) > self.places).any(),
            "options of a person": (np.bincount(self.person[chosen], minlength=persons) > self.most_per_person).any(),
            "the same help twice": len(repeated) < chosen.sum(),
            "budget": self.cost[chosen].sum() > self.budget * (1 + 1e-9),
        }
        return [name for name, broken in checks.items() if broken]


@dataclass(frozen=True, eq=False)
class AssignmentPlan:
    """A choice of options.

    Attributes:
        chosen: (O,) whether each option is taken.
        status: optimal (within the gap asked for), feasible, or what made it, such as `highest risk first`.
        gap: (bound - value) / bound; NaN where no bound is known.
        given_up: share of the most valuable plan's value given up for even caseloads.
    """

    chosen: np.ndarray
    status: str
    gap: float = float("nan")
    given_up: float = 0.0
