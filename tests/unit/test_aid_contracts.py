"""Bad rows of aid are turned away at the door with the reason, the others pass."""

from __future__ import annotations

import pandas as pd
import pytest

from socialai_assets.aid import contracts
from socialai_assets.ingest.contract import apply, landed_columns

GOOD = {
    contracts.SitesInput: {
        "site_id": "A1",
        "name": "School",
        "area_id": "140101",
        "latitude": "-6.7",
        "longitude": "-79.8",
        "opens_minute": "480",
        "closes_minute": "1020",
    },
    contracts.DemandHistoryInput: {
        "place_id": "A1",
        "place_kind": "site",
        "item_id": "water",
        "period_start": "2024-01-07",
        "period": "week",
        "quantity": "3",
        "is_reported": "true",
    },
    contracts.DeliveriesInput: {
        "delivery_id": "L1",
        "site_id": "A1",
        "item_id": "water",
        "delivered_on": "2024-01-08",
        "delivered_year": "2024",
        "delivered_quantity": "3",
    },
    contracts.StockInput: {
        "depot_id": "D1",
        "item_id": "water",
        "batch": "B1",
        "on_hand": "5",
        "on_order": "2",
        "arrives_on": "2024-02-01",
        "as_of": "2024-01-08",
    },
    contracts.LambayequeRespiratoryInfections: {
        **dict.fromkeys(("ira_no_neumonia", "neumonias_men5", "neumonias_60mas"), "1"),
        **dict.fromkeys(("hospitalizados_men5", "hospitalizados_60mas", "defunciones_men5", "defunciones_60mas"), "0"),
        **dict.fromkeys(("departamento", "provincia", "distrito"), "X"),
        "anio": "2020",
        "semana": "53",
        "sub_reg_nt": "14",
        "ubigeo": "140101",
    },
    contracts.VehiclesInput: {
        **dict.fromkeys(("capacity_kg", "capacity_m3", "cost_per_km_usd", "cost_per_hour_usd", "fixed_cost_usd"), "1"),
        "vehicle_id": "V1",
        "depot_id": "D1",
        "vehicle_type": "truck",
        "shift_start_minute": "480",
        "shift_end_minute": "1020",
        "overtime_minutes": "0",
        "break_minutes": "0",
        "most_trips": "1",
    },
    contracts.RoadLinksInput: {"from_id": "D1", "to_id": "bridge", "km": "3.5", "minutes": "6"},
}


@pytest.mark.parametrize(
    ("contract", "changes", "reason"),
    [
        (contracts.SitesInput, {"latitude": "0", "longitude": "0.0"}, "not at 0 degrees"),
        (contracts.SitesInput, {"opens_minute": "900", "closes_minute": "600"}, "opens before it closes"),
        (contracts.SitesInput, {"opens_minute": "", "closes_minute": "0"}, "opens before it closes"),
        (contracts.SitesInput, {"people": "-3"}, "people: '-3' is below 0"),
        (contracts.RoadLinksInput, {}, None),
        (contracts.RoadLinksInput, {"closed_from": "2026-11-01"}, None),
        (contracts.RoadLinksInput, {"km": "-2"}, "km: '-2' is below"),
        (contracts.RoadLinksInput, {"to_id": "D1"}, "leads from one place to another"),
        (contracts.RoadLinksInput, {"closed_from": "when it rains"}, "closed_from: 'when it rains'"),
        (contracts.RoadLinksInput, {"closed_until": "2026-11-01"}, "a closure that ends has a first day"),
        (
            contracts.RoadLinksInput,
            {"closed_from": "2026-11-02", "closed_until": "2026-11-01"},
            "does not end before it",
        ),
        (contracts.RoadLinksInput, {"largest_vehicle": "train"}, "largest_vehicle: 'train'"),
        (contracts.SitesInput, {}, None),
        (contracts.SitesInput, {"opens_minute": "", "closes_minute": ""}, None),
        (contracts.DemandHistoryInput, {"quantity": "-1"}, "quantity: '-1' is below 0"),
        (contracts.DemandHistoryInput, {"quantity": ""}, "a quantity where, and only where"),
        (contracts.DemandHistoryInput, {"is_reported": "false"}, "a quantity where, and only where"),
        (contracts.DemandHistoryInput, {"is_reported": "false", "quantity": ""}, None),
        (contracts.DeliveriesInput, {"delivered_year": "2023"}, "the year of the delivery is that of its day"),
        (contracts.DeliveriesInput, {"delivered_on": ""}, None),
        (contracts.StockInput, {"arrives_on": ""}, "units on order have a day of arrival"),
        (contracts.StockInput, {"arrives_on": "", "on_order": "0"}, None),
        (contracts.LambayequeRespiratoryInfections, {}, None),
        (contracts.LambayequeRespiratoryInfections, {"anio": "2014"}, None),
        (contracts.LambayequeRespiratoryInfections, {"anio": "2015"}, "the epidemiological year has that week"),
        (contracts.LambayequeRespiratoryInfections, {"semana": "54"}, "semana: '54' is above 53"),
        (contracts.VehiclesInput, {"shift_end_minute": "480"}, "the shift begins before it ends"),
    ],
)
def test_bad_rows_are_named_and_good_ones_pass(
    contract: type[contracts.SitesInput], changes: dict[str, str], reason: str | None
) -> None:
    columns = [column.name for column in landed_columns(contract)]
    row = dict.fromkeys(columns, "") | GOOD[contract] | changes
    passed, rejected = apply(pd.DataFrame([row]), contract)
    assert len(passed) == (reason is None)
    if reason is not None:
        assert reason in rejected["reason"].iloc[0]
