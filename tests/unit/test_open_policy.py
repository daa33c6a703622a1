"""Who may see what of the lake and do what: the matrix of role, purpose, table, area and command, expected by hand."""

from __future__ import annotations

import itertools

import pytest

from resources.access_policy import Grant, Refusal
from resources.errors import SettingsError
from resources.policy_file import parse_policy
from socialai_assets.access.policy import COMMANDS, POLICY_FILE, open_schemas, policy, vault_columns
from tests.unit.test_access_policy import PURPOSES, ROLES, asked, someone

# Written by hand, not taken from the policy: the one purpose of each role.
PURPOSE = {
    "social_worker": "casework",
    "school_counsellor": "school_support",
    "administrator": "supervision",
    "official": "statistics",
    "analyst": "statistics",
    "logistician": "relief",
    "camp_manager": "relief",
    "water_engineer": "water_supply",
    "community_representative": "information",
    "data_scientist": "model_development",
    "system_administrator": "operation",
}
# A table of each kind, and who sees it.
WIDE = "analyst data_scientist official"
RAW = "analyst data_scientist"
SEEN = {
    "geography.areas": " ".join(PURPOSE),
    "geography.area_shapes": " ".join(role for role in PURPOSE if role != "system_administrator"),
    "geography.raw_areas": " ".join(set(PURPOSE) - {"official", "community_representative", "system_administrator"}),
    "poverty.district_predictions": f"{WIDE} logistician water_engineer administrator",
    "poverty.targeting_plan": WIDE,
    "poverty.raw_nightlights": RAW,
    "poverty.quarantine": f"{RAW} system_administrator",
    "poverty.stg_surveys": RAW,
    "poverty.model_scores": f"{WIDE} system_administrator",
    "poverty.district_model": f"{WIDE} system_administrator",
    "poverty.feature_drift": f"{WIDE} system_administrator",
    "aid.route_stops": f"{WIDE} logistician",
    "aid.raw_sites": f"{RAW} logistician",
    "aid.quarantine": f"{RAW} logistician system_administrator",
    "aid.failed_system_demand": f"{WIDE} logistician water_engineer",
    "refugees.supply_plan": f"{WIDE} logistician camp_manager",
    "refugees.forecast_drift": f"{WIDE} logistician camp_manager system_administrator",
    "refugees.raw_camps": f"{RAW} logistician camp_manager",
    "water.supply_failures": f"{WIDE} logistician water_engineer community_representative",
    "water.alarms": f"{WIDE} water_engineer community_representative",
    "water.open_alarms": f"{WIDE} water_engineer community_representative",
    "water.points": f"{WIDE} water_engineer community_representative",
    "water.repair_plan": f"{WIDE} water_engineer community_representative",
    "water.inspection_stops": f"{WIDE} water_engineer community_representative",
    "water.risk_models": f"{WIDE} water_engineer system_administrator",
    "water.risk_feature_drift": f"{WIDE} water_engineer system_administrator",
    "water.readings": f"{WIDE} water_engineer",
    "water.raw_stations": f"{RAW} water_engineer",
    "water.decision_log": f"{WIDE} water_engineer",
    "children.published_cells": f"{WIDE} social_worker school_counsellor administrator",
    "children.risk_models": f"{WIDE} social_worker school_counsellor administrator system_administrator",
    "children.risk_drift": f"{WIDE} social_worker school_counsellor administrator system_administrator",
    "children.raw_schools": f"{RAW} social_worker school_counsellor administrator",
    "elsewhere.anything": WIDE,
}
# Whoever asks is in charge of province 11; only a community keeps to its own.
OWN = {(): True, ("11",): True, ("112",): True, ("12",): False, ("1",): False, ("9",): False}
DOES = {
    "log": "system_administrator",
    "people": "system_administrator",
    "forget": "system_administrator",
    "platform": "analyst data_scientist official logistician water_engineer administrator system_administrator",
    "acknowledge_flag": "social_worker school_counsellor",
    "review_case": "social_worker school_counsellor",
    "land": "analyst data_scientist system_administrator logistician water_engineer",
    "score": "analyst data_scientist water_engineer",
    "solve": "logistician analyst camp_manager water_engineer",
    "what_if": "logistician official analyst water_engineer",
    "override": "camp_manager logistician",
    "acknowledge_alert": "system_administrator data_scientist",
    "acknowledge_alarm": "water_engineer",
    "trace": "analyst data_scientist official logistician camp_manager water_engineer",
}


@pytest.mark.parametrize("role", ROLES)
def test_the_lake(role: str) -> None:
    for purpose, table, areas in itertools.product(PURPOSES, SEEN, OWN):
        answer = asked(role, purpose, table, areas=areas)
        theirs = role != "community_representative" or OWN[areas]
        allowed = purpose == PURPOSE[role] and role in SEEN[table].split() and theirs
        assert isinstance(answer, Grant if allowed else Refusal), (purpose, table, areas, answer)
        if isinstance(answer, Grant):
            assert answer.is_open and not answer.counted
            kept = frozenset({"11", "111", "112"}) if role == "community_representative" else None
            assert answer.areas == kept, (table, areas)


@pytest.mark.parametrize("role", ROLES)
def test_commands(role: str) -> None:
    assert set(DOES) == set(COMMANDS) == set(policy().commands)
    for purpose, command in itertools.product(PURPOSES, COMMANDS):
        allowed = purpose == PURPOSE[role] and role in DOES[command].split()
        assert isinstance(asked(role, purpose, command), Grant if allowed else Refusal), (purpose, command)


def test_every_schema_and_role_is_in_the_matrix() -> None:
    assert {table.partition(".")[0] for table in SEEN} >= set(open_schemas())
    assert set(PURPOSE) == set(ROLES)
    assert {name: role.purposes for name, role in policy().roles.items()} == {
        role: (purpose,) for role, purpose in PURPOSE.items()
    }


@pytest.mark.parametrize("role", ROLES)
def test_no_table_of_the_vault_is_open(role: str) -> None:
    for table in vault_columns():
        answer = asked(role, PURPOSE[role], table)
        assert isinstance(answer, Refusal) or not answer.is_open


def test_whoever_speaks_for_every_area_sees_every_area_and_who_speaks_for_none_nothing() -> None:
    community = ("community_representative", "information", "water.alarms")
    everywhere = asked(*community, someone("community_representative", areas=("all",)), areas=("12",))
    assert isinstance(everywhere, Grant)
    assert (everywhere.areas, everywhere.narrowed) == (None, frozenset({"12", "121", "122"}))
    assert isinstance(asked(*community, someone("community_representative", areas=())), Refusal)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[geography.*, refugees.*]", "[geography.*, refugee.*]", "`refugee.*` is no"),
        ("[geography.*, refugees.*]", "[geography.*, refugees]", "`refugees` is no"),
        ('except: ["*.raw_*"', 'except: ["everything.raw_*"', "`everything.raw_*` is no"),
        ("purpose: relief", "purpose: relieving", "purpose `relieving`"),
        ("- roles: [camp_manager]", "- roles: [camp_master]", "role `camp_master`"),
    ],
)
def test_an_open_rule_on_what_does_not_exist_is_an_error_with_its_line(old: str, new: str, said: str) -> None:
    text = POLICY_FILE.read_text()
    at = text.index(old, text.index("\nopen:"))
    changed = text[:at] + new + text[at + len(old) :]
    with pytest.raises(SettingsError) as refused:
        parse_policy(changed, "policy.yaml", vault_columns(), COMMANDS, open_schemas())
    assert said in str(refused.value)
    assert f"policy.yaml, line {1 + changed[:at].count(chr(10))}." in str(refused.value)
