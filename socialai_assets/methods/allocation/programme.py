"""The allocation problem as a linear programme: columns, limits, and the value of what is sent. Chooses no objective.

Expected demand met is concave in the quantity received, so a few segments a place, item and period hold it without a
column for each scenario. They end at the minimum and at the demand of a scenario, of every one where there are segments
enough.
"""

from __future__ import annotations

import numpy as np

from socialai_assets.methods.allocation.linear_programs import LinearProgram
from socialai_assets.methods.allocation.problem import ANY_DEPOT, AllocationProblem, coverage_weights


class Programme:
    """Columns and limits of a problem.

    Attributes:
        program: the linear programme.
        segment: (N,) columns of segments, by `cell` and upwards.
        cell: (N,) flat number of the segment's place, item and period.
        place: (N,) its place.
        is_minimum: (N,) whether it lies below the minimum.
        minimum: (N,) that minimum.
        width: (N,) its width in units.
        slope: (S, N) units of demand met in a scenario for each unit of the segment.
        value: (N,) coverage of its place that a unit of the segment adds, averaged over scenarios.
        fixed_lacking: (F,) columns of what is missing to fixed amounts; none where these are kept.
    """

    def __init__(self, problem: AllocationProblem, segments: int, *, keeps_fixed: bool = True) -> None:
        """The programme of a problem.

        Args:
            problem: what there is to share.
            segments: pieces of the expected demand met.
            keeps_fixed: whether fixed amounts are kept exactly; else `fixed_lacking` holds what is missing to each.
        """
        self.problem, self.program = problem, LinearProgram()
        self._add_segments(segments)
        self._add_flows()
        self._add_stock()
        self._add_vehicles_and_budget()
        self._add_fixed(keeps_fixed)

    def _add_segments(self, segments: int) -> None:
        problem = self.problem
        shape = problem.minimum.shape
        demand = problem.demand.reshape(len(problem.demand), -1)
        minimum = problem.minimum.ravel()
        # Expected demand met bends where the demand of a scenario ends, and nowhere else.
        bends = np.linspace(len(demand) - 1, 0, min(segments, len(demand))).round().astype(int)[::-1]
        ends = np.sort(demand, axis=0)[bends]
        fixed = problem.fixed.least_received(shape).ravel()
        # What is fixed may exceed all demand: the rest of it is a segment that is worth nothing.
        breaks = np.sort(np.vstack([minimum, ends, *([fixed] if fixed.any() else [])]), axis=0)
        before = np.vstack([np.zeros_like(minimum), breaks[:-1]])
        width = breaks - before
        used = (width > 1e-9).T.ravel()
        cells = demand.shape[1]
        self.cell = np.repeat(np.arange(cells), len(breaks))[used]
        self.is_minimum = (breaks <= minimum).T.ravel()[used]
        self.minimum = minimum[self.cell]
        self.place = np.unravel_index(self.cell, shape)[0] if cells else self.cell
        self.width = width.T.ravel()[used]
        start = before.T.ravel()[used]
        met = np.minimum(start + self.width, demand[:, self.cell]) - np.minimum(start, demand[:, self.cell])
        self.slope = met / self.width
        # A scenario's slopes fall from segment to segment, so the solver fills them in order of itself.
        by_item = np.repeat(coverage_weights(problem)[:, :, None], shape[2], axis=2).ravel()
        self.unit_value = by_item[self.cell]
        self.value = self.unit_value * self.slope.mean(axis=0)
        self.segment = self.program.add_columns(len(self.cell), upper=self.width)

    def _add_flows(self) -> None:
        problem, program = self.problem, self.program
        items, periods = len(problem.items), problem.periods
        wanted = np.zeros(problem.minimum.size, dtype=bool)
        wanted[self.cell] = True
        wanted = wanted.reshape(problem.minimum.shape)
        link, item, period = np.nonzero(wanted[problem.link_place] & problem.open_links[:, None, :])
        self.flow_index = (link, item, period)
        self.flow = program.add_columns(len(link), whole=problem.whole[item])
        self.flow_depot, self.flow_item, self.flow_period = problem.link_depot[link], item, period
        cells = np.unique(self.cell)
        row_of = np.full(problem.minimum.size, -1)
        row_of[cells] = program.add_rows(len(cells), lower=0.0, upper=0.0)
        at = np.ravel_multi_index((problem.link_place[link], item, period), problem.minimum.shape)
        program.add_entries(row_of[at], self.flow, 1.0)
        program.add_entries(row_of[self.cell], self.segment, -1.0)
        self._outflow_rows = program.add_rows(len(problem.depots) * items * periods, lower=0.0, upper=0.0)
        program.add_entries(self._outflow_rows[self._depot_item_period()], self.flow, 1.0)

    def _depot_item_period(self) -> np.ndarray:
        items, periods = len(self.problem.items), self.problem.periods
        return (self.flow_depot * items + self.flow_item) * periods + self.flow_period

    def _add_stock(self) -> None:
        problem, program = self.problem, self.program
        items, periods = len(problem.items), problem.periods
        span = np.arange(periods)
        batch, period = np.nonzero((problem.batch_arrives[:, None] <= span) & (span <= problem.batch_expires[:, None]))
        used = program.add_columns(len(batch))
        rows = (problem.batch_depot[batch] * items + problem.batch_item[batch]) * periods + period
        program.add_entries(self._outflow_rows[rows], used, -1.0)
        arriving = problem.batch_arrives > 0
        self.refused = program.add_columns(
            len(problem.batch_quantity), upper=np.where(arriving, problem.batch_quantity, 0.0)
        )
        quantities = program.add_rows(len(problem.batch_quantity), upper=problem.batch_quantity)
        program.add_entries(quantities[batch], used, 1.0)
        program.add_entries(quantities, self.refused, 1.0)
        room = problem.volume_m3[problem.batch_item]
        on_hand = np.bincount(
            problem.batch_depot, problem.batch_quantity * room * ~arriving, minlength=len(problem.depots)
        )
        for depot in np.flatnonzero(np.isfinite(problem.storage_m3)).tolist():
            limit = max(float(problem.storage_m3[depot]), float(on_hand[depot]))
            own = problem.batch_depot == depot
            for when in span.tolist():
                present = np.flatnonzero(own & (problem.batch_arrives <= when))
                stored = float((problem.batch_quantity * room)[present].sum())
                if stored <= limit:
                    continue
                row = program.add_rows(1, upper=limit - stored)
                program.add_entries(row, self.refused[present], -room[present])
                taken = np.flatnonzero(np.isin(batch, present) & (period <= when))
                program.add_entries(row, used[taken], -room[batch[taken]])

    def _add_vehicles_and_budget(self) -> None:
        problem, program = self.problem, self.program
        at = self.flow_depot * problem.periods + self.flow_period
        for limit, load in ((problem.vehicle_kg, problem.weight_kg), (problem.vehicle_m3, problem.volume_m3)):
            limits = limit.ravel()
            limited = np.isfinite(limits)
            row_of = np.full(limits.size, -1)
            row_of[limited] = program.add_rows(int(limited.sum()), upper=limits[limited])
            inside = limited[at]
            program.add_entries(row_of[at[inside]], self.flow[inside], load[self.flow_item[inside]])
        if problem.vehicle_hours is not None:
            limits = problem.vehicle_hours.ravel()
            limited = np.isfinite(limits)
            row_of = np.full(limits.size, -1)
            row_of[limited] = program.add_rows(int(limited.sum()), upper=limits[limited])
            inside = limited[at]
            hours = problem.unit_hours[self.flow_index[0], self.flow_item]
            program.add_entries(row_of[at[inside]], self.flow[inside], hours[inside])
        self.flow_cost = problem.link_cost[self.flow_index[0], self.flow_item]
        if np.isfinite(problem.budget):
            program.add_entries(program.add_rows(1, upper=problem.budget), self.flow, self.flow_cost)

    def _add_fixed(self, keeps_fixed: bool) -> None:
        fixed, program = self.problem.fixed, self.program
        rows = program.add_rows(len(fixed), lower=fixed.quantity, upper=fixed.quantity)
        place = self.problem.link_place[self.flow_index[0]]
        for number, row in enumerate(rows.tolist()):
            of_cell = (place == fixed.place[number]) & (self.flow_item == fixed.item[number])
            of_cell &= self.flow_period == fixed.period[number]
            if fixed.depot[number] != ANY_DEPOT:
                of_cell &= self.flow_depot == fixed.depot[number]
            flows = self.flow[of_cell]
            program.add_entries(np.full(len(flows), row), flows, 1.0)
        self.fixed_lacking = np.zeros(0, dtype=int)
        if not keeps_fixed:
            self.fixed_lacking = program.add_columns(len(fixed))
            program.add_entries(rows, self.fixed_lacking, 1.0)

    def sent(self, values: np.ndarray) -> np.ndarray:
        """(L, I, T) units over each link in a solution."""
        problem = self.problem
        found = np.zeros((len(problem.link_depot), len(problem.items), problem.periods))
        found[self.flow_index] = np.maximum(values[self.flow], 0.0)
        found[found < 1e-7] = 0.0
        found[:, problem.whole] = np.round(found[:, problem.whole])
        return found
