"""Tests of the feedback on plans: deliveries landed show by site and week, and what is missing is counted."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from jinja2 import Template

SQL = Path(__file__).parents[2] / "dbt_project" / "models" / "aid" / "marts" / "site_deliveries.sql"
COLUMNS = "delivery_id, site_id, item_id, planned_date, delivered_on, planned_quantity, delivered_quantity"


def made(rows: str) -> dict[tuple[str, str, str], tuple[int, float | None, float, float]]:
    """Deliveries, delivered, planned and unmet units of each site, item and week, by the model's own SQL."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE demand_history AS SELECT DATE '2025-01-05' AS period_start, 'week' AS period")
    connection.execute("CREATE TABLE sites AS SELECT unnest(['A', 'B']) AS site_id")
    connection.execute(
        f"""CREATE TABLE deliveries AS SELECT delivery_id, site_id, item_id, planned_date::DATE AS planned_date,
        delivered_on::DATE AS delivered_on, planned_quantity::DOUBLE AS planned_quantity,
        delivered_quantity::DOUBLE AS delivered_quantity, 5.0 AS people_reached, false AS is_synthetic
        FROM (VALUES {rows}) AS landed ({COLUMNS})"""
    )
    found = connection.execute(Template(SQL.read_text()).render(ref=lambda name: name)).fetchdf()
    return {
        (row.site_id, row.item_id, str(row.period_start)[:10]): (
            row.delivered, row.planned_quantity, row.delivered_quantity, row.unmet_quantity
        )
        for row in found.itertuples()
    }  # fmt: skip


PLANNED = "('1', 'A', 'water', '2025-01-06', NULL, 10, NULL), ('2', 'B', 'water', '2025-01-11', '2025-01-13', 8, 8)"


def test_deliveries_landed_for_a_plan_show_by_site_and_week() -> None:
    # The eleventh is a Saturday, the last day of the week of the fifth, though it was brought in the next.
    assert made(PLANNED) == {
        ("A", "water", "2025-01-05"): (0, 10.0, 0.0, 10.0),
        ("B", "water", "2025-01-05"): (1, 8.0, 8.0, 0.0),
    }


@pytest.mark.parametrize(("landed", "unmet"), [(6, 4.0), (10, 0.0), (12, 0.0)])
def test_what_a_delivery_lacks_is_unmet_and_no_surplus_makes_up_for_another(landed: int, unmet: float) -> None:
    rows = f"('1', 'A', 'water', '2025-01-06', '2025-01-06', 10, {landed})"
    assert made(rows)["A", "water", "2025-01-05"] == (1, 10.0, landed, unmet)
    both = f"{rows}, ('2', 'A', 'water', '2025-01-07', NULL, 3, NULL)"
    assert made(both)["A", "water", "2025-01-05"] == (1, 13.0, landed, unmet + 3)


def test_days_before_the_last_week_of_demand_and_after_it_fall_in_weeks_that_begin_alike() -> None:
    rows = "('1', 'A', 'kit', '2024-12-29', NULL, 1, NULL), ('2', 'A', 'kit', '2024-12-28', NULL, 1, NULL)"
    rows += ", ('3', 'A', 'kit', '2025-01-12', NULL, 1, NULL), ('4', 'X', 'kit', '2025-01-12', NULL, 1, NULL)"
    weeks = [week for site, _, week in sorted(made(rows)) if site == "A"]
    assert weeks == ["2024-12-22", "2024-12-29", "2025-01-12"] and len(made(rows)) == 3
