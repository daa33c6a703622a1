"""Access and repair plans of the sample country, as a whole run leaves them: recomputed from the tables anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from resources.lake import Lake
from socialai_assets.methods.spatial import great_circle_km
from tests.conftest import make_lake


@pytest.fixture(scope="module")
def made(prepared_home: Path) -> Lake:
    return make_lake(prepared_home, read_only=True)


def test_places_in_the_gap_have_no_working_system_near_and_others_have(made: Lake) -> None:
    gaps, pressure = made.read_frame("water.service_gaps"), made.read_frame("water.point_pressure")
    counted = gaps[gaps["is_counted"]]
    working = pressure.loc[pressure["works"], ["lat_deg", "lon_deg"]].to_numpy(float)
    near = great_circle_km(counted[["latitude", "longitude"]].to_numpy(float), working) <= counted["reach_km"].iloc[0]
    assert (near.any(axis=1) != counted["is_in_gap"].to_numpy(bool)).all()
    assert counted["is_in_gap"].any() and not counted["is_in_gap"].all()
    assert pressure["crucialness"].dropna().between(0, 1).all() and gaps["is_synthetic"].all()


def test_the_plan_keeps_its_budget_and_its_gains_are_those_of_the_places(made: Lake) -> None:
    tables = (made.read_frame(f"water.{name}") for name in ("repair_plan", "repair_plan_gains"))
    plan, gains = (table[table["scenario"] == "baseline"] for table in tables)
    chosen = plan[plan["is_chosen"]]
    assert 0 < chosen["cost_usd"].sum() <= chosen["budget_usd"].iloc[0]
    assert set(gains["action_id"].dropna()) <= set(chosen["action_id"])
    by_place = gains.groupby("action_id")["people_gaining"].sum()
    by_action = chosen.set_index("action_id")["people_gaining"]
    assert np.allclose(by_place.reindex(by_action.index, fill_value=0.0), by_action)
    assert (gains["access_after"] >= gains["access_before"] - 1e-12).all()
    assert (plan["reason"].str.len() > 10).all()


def test_no_simple_way_of_choosing_beats_the_plan_and_fairness_has_its_price(made: Lake) -> None:
    compared = made.read_frame("water.repair_comparison").query("scenario == 'baseline'").set_index("method")
    plan = compared.loc["plan"]
    assert plan["status"] in ("optimal", "feasible")
    for method in ("greedy", "population alone", "risk alone"):
        assert compared.loc[method, "weighted_gain"] <= plan["weighted_gain"] * (1 + 1e-9)
    assert compared.loc["most people", "people_gaining"] >= plan["people_gaining"] * 0.998
    curve = made.read_frame("water.repair_fairness").query("scenario == 'baseline'").sort_values("share_of_floor")
    assert (np.diff(curve["price_of_fairness"]) >= 0).all() and curve["price_of_fairness"].iloc[0] == 0
    log = made.read_frame("water.decision_log")
    assert "water.repair_plan" in set(log["table_name"])


def test_the_map_before_and_after_is_published_as_picture_and_page(prepared_home: Path) -> None:
    folder = prepared_home / "published" / "water" / "repair_plan" / "baseline"
    assert (folder / "access.png").read_bytes().startswith(b"\x89PNG")
    page = (folder / "access.html").read_text("utf-8")
    assert "SYNTHETIC DATA" in page and "Acceso con el plan" in page and "Access today" in page
