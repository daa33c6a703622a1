"""Sparse linear and integer programmes built from arrays, solved by OR-Tools or SciPy. Knows nothing of aid."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_matrix

OPTIMAL, FEASIBLE, INFEASIBLE, UNFINISHED = "optimal", "feasible", "infeasible", "no plan in time"


@dataclass(frozen=True)
class Solution:
    """What a solver found.

    Attributes:
        status: optimal, feasible (the time limit came first), infeasible, or no plan in time.
        values: (columns,) values; empty where there is no solution.
        objective: value of the maximised objective.
        bound: what no solution can exceed.
        duals: (rows,) what a unit more of each row's bound would be worth; only from `solve_with_duals`.
    """

    status: str
    values: np.ndarray
    objective: float
    bound: float
    duals: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def gap(self) -> float:
        """(bound - objective) / |bound|, 0 at the optimum."""
        return max(0.0, self.bound - self.objective) / max(abs(self.bound), 1e-12)


@dataclass
class LinearProgram:
    """A maximisation: columns with bounds, rows with bounds, coefficients as triplets."""

    _lower: list[np.ndarray] = field(default_factory=list)
    _upper: list[np.ndarray] = field(default_factory=list)
    _aim: list[np.ndarray] = field(default_factory=list)
    _whole: list[np.ndarray] = field(default_factory=list)
    _row_lower: list[np.ndarray] = field(default_factory=list)
    _row_upper: list[np.ndarray] = field(default_factory=list)
    _entries: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = field(default_factory=list)
    columns: int = 0
    rows: int = 0

    def add_columns(
        self,
        count: int,
        *,
        lower: float | np.ndarray = 0.0,
        upper: float | np.ndarray = np.inf,
        aim: float | np.ndarray = 0.0,
        whole: bool | np.ndarray = False,
    ) -> np.ndarray:
        """New columns; returns their numbers, (count,)."""
        for kept, value, kind in (
            (self._lower, lower, float),
            (self._upper, upper, float),
            (self._aim, aim, float),
            (self._whole, whole, bool),
        ):
            kept.append(np.broadcast_to(np.asarray(value, dtype=kind), (count,)))
        numbers = np.arange(self.columns, self.columns + count)
        self.columns += count
        return numbers

    def add_rows(
        self, count: int, *, lower: float | np.ndarray = -np.inf, upper: float | np.ndarray = np.inf
    ) -> np.ndarray:
        """New rows without entries; returns their numbers, (count,)."""
        self._row_lower.append(np.broadcast_to(np.asarray(lower, dtype=float), (count,)))
        self._row_upper.append(np.broadcast_to(np.asarray(upper, dtype=float), (count,)))
        numbers = np.arange(self.rows, self.rows + count)
        self.rows += count
        return numbers

    def add_entries(self, rows: np.ndarray, columns: np.ndarray, values: float | np.ndarray) -> None:
        """Coefficients of columns in rows; those of one place add up."""
        rows, columns, amounts = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        self._entries.append((rows.ravel(), columns.ravel(), amounts.ravel()))

    def set_aim(self, columns: np.ndarray, values: float | np.ndarray) -> None:
        """Replace the objective: these columns' coefficients, and 0 for all others."""
        aim = np.zeros(self.columns)
        np.add.at(aim, columns, np.broadcast_to(np.asarray(values, dtype=float), np.shape(columns)))
        self._aim = [aim]

    def solve(
        self, *, seconds: float = 60.0, solvers: Sequence[str] = ("highs", "glop"), gap: float = 1e-4
    ) -> Solution:
        """Maximise; a solver that fails numerically hands over to the next.

        Args:
            seconds: limit for all solvers together.
            solvers: OR-Tools' names for programmes without whole numbers; with them, SCIP is used.
            gap: relative gap at which a search for whole numbers may end.

        Raises:
            RuntimeError: every solver failed for a reason of its own.
        """
        from ortools.linear_solver.python.model_builder_helper import (
            ModelBuilderHelper,
            ModelSolverHelper,
            SolveStatus,
        )

        model = ModelBuilderHelper()
        model.fill_model_from_sparse_data(
            _joined(self._lower),
            _joined(self._upper),
            _joined(self._aim),
            _joined(self._row_lower),
            _joined(self._row_upper),
            self._matrix(),
        )
        model.set_maximize(True)
        whole = np.flatnonzero(_joined(self._whole))
        for number in whole.tolist():
            model.set_var_integrality(number, True)
        named = {SolveStatus.OPTIMAL: OPTIMAL, SolveStatus.FEASIBLE: FEASIBLE, SolveStatus.INFEASIBLE: INFEASIBLE}
        ends, seen = time.monotonic() + seconds, []
        for name in ("scip",) if len(whole) else solvers:
            solver = ModelSolverHelper(name)
            left = ends - time.monotonic()
            if left <= 0:
                break
            solver.set_time_limit_in_seconds(left)
            if name == "highs":
                solver.set_solver_specific_parameters("log_to_console=false")
            elif name == "scip":
                solver.set_solver_specific_parameters(f"limits/gap = {gap}")
            solver.solve(model)
            status = solver.status()
            if status in named:
                if status == SolveStatus.INFEASIBLE:
                    return Solution(INFEASIBLE, np.zeros(0), -np.inf, -np.inf)
                objective = solver.objective_value()
                bound = solver.best_objective_bound() if len(whole) else objective
                known = bound if status == SolveStatus.OPTIMAL or np.isfinite(bound) else np.inf
                values = np.asarray(solver.variable_values())
                return Solution(named[status], values, objective, max(known, objective))
            seen.append(f"{name}: {solver.status_string() or status.name}")
        if not seen or time.monotonic() >= ends:
            return Solution(UNFINISHED, np.zeros(0), -np.inf, np.inf)
        raise RuntimeError(f"No solver ended with a plan: {'; '.join(seen)}.")

    def solve_with_duals(self, *, seconds: float = 60.0) -> Solution:
        """Maximise without whole numbers, by the interior point method and crossover, with the rows' prices.

        SciPy's HiGHS, for OR-Tools 9.15 hands out the activities of HiGHS' rows as their duals.

        Raises:
            ValueError: a column is of whole numbers, whose rows have no prices.
            RuntimeError: the solver failed for a reason of its own.
        """
        from scipy.optimize import linprog
        from scipy.sparse import vstack

        if self.has_whole:
            raise ValueError("Rows of a programme with whole numbers have no prices.")
        lower, upper, matrix = _joined(self._row_lower), _joined(self._row_upper), self._matrix()
        equal = lower == upper
        above, below = (np.flatnonzero(~equal & np.isfinite(bound)) for bound in (upper, lower))
        same, ends = np.flatnonzero(equal), time.monotonic() + seconds
        # Interior points need a fraction of the simplex's steps where no column but a few has an aim.
        for method in ("highs-ipm", "highs-ds"):
            found: Any = linprog(
                -_joined(self._aim),
                A_ub=vstack([matrix[above], -matrix[below]]),
                b_ub=np.concatenate([upper[above], -lower[below]]),
                A_eq=matrix[same],
                b_eq=lower[same],
                bounds=np.column_stack([_joined(self._lower), _joined(self._upper)]),
                method=method,
                options={"time_limit": max(ends - time.monotonic(), 0.0)},
            )
            if found.status == 0:
                duals = np.zeros(self.rows)
                duals[same] = -found.eqlin.marginals
                duals[above] = -found.ineqlin.marginals[: len(above)]
                duals[below] += found.ineqlin.marginals[len(above) :]
                return Solution(OPTIMAL, found.x, -found.fun, -found.fun, duals)
            if found.status == 2:
                return Solution(INFEASIBLE, np.zeros(0), -np.inf, -np.inf)
            if time.monotonic() >= ends:
                return Solution(UNFINISHED, np.zeros(0), -np.inf, np.inf)
        raise RuntimeError(f"No solver ended with a plan: {found.message}")

    @property
    def has_whole(self) -> bool:
        """Whether any column takes whole numbers only."""
        return bool(_joined(self._whole).any())

    def _matrix(self) -> csr_matrix:
        from scipy.sparse import coo_matrix

        row, column, value = (_joined([entry[k] for entry in self._entries]) for k in range(3))
        at = (row.astype(np.int32), column.astype(np.int32))
        return coo_matrix((value, at), shape=(self.rows, self.columns)).tocsr()


def _joined(parts: list[np.ndarray]) -> Any:
    return np.concatenate(parts) if parts else np.zeros(0)
