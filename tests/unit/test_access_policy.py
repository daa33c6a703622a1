"""Who may see what about children: the whole matrix of role, purpose, table and area, expected by hand."""

from __future__ import annotations

import itertools

import pytest

from resources.access_policy import AreaTree, Grant, Person, Refusal, Request, authorise
from resources.errors import SettingsError
from resources.policy_file import parse_policy
from socialai_assets.access import page as access_page
from socialai_assets.access.policy import COMMANDS, POLICY_FILE, open_schemas, policy, vault_columns

# A department with two provinces of two districts each.
TREE = AreaTree(
    parents={"1": None, "11": "1", "12": "1", "111": "11", "112": "11", "121": "12", "122": "12"},
    levels={"1": "admin1", **dict.fromkeys(("11", "12"), "admin2"), **dict.fromkeys(("111", "112", "121"), "admin3")},
)
ROLES = (
    "social_worker",
    "school_counsellor",
    "administrator",
    "official",
    "analyst",
    "logistician",
    "camp_manager",
    "water_engineer",
    "community_representative",
    "data_scientist",
    "system_administrator",
)
PURPOSES = (
    "casework",
    "school_support",
    "supervision",
    "statistics",
    "model_development",
    "relief",
    "water_supply",
    "information",
    "operation",
)
# Written by hand, not taken from the policy: what each role sees of each table, for its one purpose.
CHILD = "child_id birth_month sex language"
SEEN: dict[tuple[str, str], dict[str, str]] = {
    ("social_worker", "casework"): {
        "children.children": f"{CHILD} disability household_id area_id",
        "children.households": (
            "household_id report_date members adults receives_aid has_electricity has_piped_water school_km"
        ),
        "children.enrolments": "child_id school_id school_year grade event event_date",
        "children.attendance": "child_id month days_open days_absent",
        "children.cases": "case_id child_id event kind event_date",
        "children.support": ("support_id child_id intervention_id service_id staff_id offered_on started_on ended_on"),
        "children.outcomes": "support_id child_id outcome found_on",
        "children.reviews": "review_id child_id label decision reason_code decided_on decided_by",
        "children.risk_scores": (
            "child_id label label_timespan as_of_date score flagged reasons would_change expires_on state"
        ),
        "children.recommendations": (
            "child_id label as_of_date intervention_id eligible rule need expected_benefit lower upper basis evidence "
            "order"
        ),
        "children.assignments": (
            "child_id label as_of_date intervention_id service_id staff_id expected_benefit minutes_week km why"
        ),
        "children.unassigned": "child_id label as_of_date reason",
        "children.worklists": (
            "staff_id role place child_id label as_of_date reasons would_change state intervention_id service_id to_do "
            "by_when"
        ),
        "children.flags": "flag_id child_id label role raised_on told_on kind state why acknowledge_by",
        "children.support_outcomes": (
            "support_id child_id intervention_id label offered_on started_on days_to_first_contact outcome found_on"
        ),
    },
    ("school_counsellor", "school_support"): {
        "children.children": CHILD,
        "children.enrolments": "child_id school_id school_year grade event event_date",
        "children.attendance": "child_id month days_open days_absent",
        "children.marks": "child_id term_id subject mark",
        "children.reviews": "review_id child_id label decision reason_code decided_on decided_by",
        # The reasons may tell of a case.
        "children.risk_scores": "child_id label label_timespan as_of_date flagged expires_on state",
        "children.assignments": "child_id label as_of_date intervention_id service_id staff_id minutes_week",
        "children.worklists": (
            "staff_id role place child_id label as_of_date state intervention_id service_id by_when"
        ),
        "children.flags": "flag_id child_id label role raised_on told_on kind state acknowledge_by",
    },
    ("administrator", "supervision"): {
        "children.support": "intervention_id",
        "children.outcomes": "outcome",
        "children.worklists": "role state",
        "children.flags": "role state",
    },
    ("data_scientist", "model_development"): {
        "children.children": f"{CHILD} disability area_id",
        "children.attendance": "child_id month days_open days_absent knowledge_date",
        "children.marks": "child_id term_id subject mark knowledge_date",
        "children.cases": "child_id event event_date knowledge_date",
        "children.risk_features": (
            "child_id as_of_date area_id sex language disability age_years grade years_over_age years_repeated "
            "school_changes times_left days_at_school month_of_year days_to_end_of_next_term absence_last "
            "absence_recent absence_before absence_change absence_worst absence_over_school months_since_attendance "
            "mark_last mark_change mark_lowest mark_over_class subjects_failing subjects_failing_change members "
            "dependants_per_adult caregiver_school_years receives_aid has_electricity has_piped_water siblings "
            "siblings_left siblings_with_case cases_before has_open_case days_since_case support_now support_before"
        ),
        "children.risk_labels": "child_id as_of_date label label_timespan ends_on outcome settled_on known_on",
        "children.out_of_sample": "child_id as_of_date label model score estimate observed",
    },
}
# Whoever asks is in charge of province 11. `beside` is the other province, `below` a district of their own.
PLACES = {"nowhere": (), "own": ("11",), "below": ("112",), "beside": ("12",), "above": ("1",), "unknown": ("9",)}
ALLOWED_PLACES = {
    "social_worker": {"nowhere", "own", "below"},
    "school_counsellor": {"nowhere"},
    "administrator": {"nowhere"},
    "data_scientist": {"nowhere", "above"},
}


def someone(*roles: str, **scope) -> Person:
    return Person("someone", frozenset(roles), **{"areas": ("11",), "staff_id": "s" * 24, "schools": ("S1",), **scope})


def asked(role: str, purpose: str, table: str, person: Person | None = None, **wanted) -> Grant | Refusal:
    return authorise(policy(), Request(person or someone(role), role, purpose, table, **wanted), TREE)


@pytest.mark.parametrize("role", ROLES)
def test_the_whole_matrix(role: str) -> None:
    tables = list(vault_columns())
    assert len(tables) > 15
    seen = 0
    for purpose, table, place in itertools.product(PURPOSES, tables, PLACES):
        answer = asked(role, purpose, table, areas=PLACES[place])
        columns = SEEN.get((role, purpose), {}).get(table)
        if columns is None or place not in ALLOWED_PLACES[role]:
            assert isinstance(answer, Refusal), (purpose, table, place)
            assert answer.reason
        else:
            assert isinstance(answer, Grant), (purpose, table, place, answer)
            assert set(answer.columns) == set(columns.split()), (purpose, table)
            seen += 1
    expected = sum(len(s) for (r, _), s in SEEN.items() if r == role) * len(ALLOWED_PLACES.get(role, ()))
    assert seen == expected


def test_every_role_and_purpose_is_in_the_matrix() -> None:
    assert set(policy().roles) == set(ROLES)
    assert set(policy().purposes) == set(PURPOSES)


@pytest.mark.parametrize(("role", "purpose"), SEEN)
def test_a_role_that_is_not_yours_gives_nothing(role: str, purpose: str) -> None:
    for table in SEEN[role, purpose]:
        others = someone(*(other for other in ROLES if other != role))
        assert isinstance(asked(role, purpose, table, others), Refusal)


@pytest.mark.parametrize(("role", "purpose"), SEEN)
def test_a_column_beyond_those_seen_is_refused_and_named(role: str, purpose: str) -> None:
    for table, columns in SEEN[role, purpose].items():
        for column in vault_columns()[table]:
            answer = asked(role, purpose, table, columns=(column,))
            if column in columns.split():
                assert isinstance(answer, Grant) and answer.columns == (column,)
            else:
                assert isinstance(answer, Refusal) and column in answer.reason


def test_whose_rows_are_given() -> None:
    worker = asked("social_worker", "casework", "children.cases")
    assert isinstance(worker, Grant)
    assert (worker.rows, worker.areas) == (("areas", "caseload"), frozenset({"11", "111", "112"}))
    counsellor = asked("school_counsellor", "school_support", "children.reviews")
    assert isinstance(counsellor, Grant)
    assert (counsellor.rows, counsellor.only) == (("schools", "caseload"), {"label": ("leaves_school",)})
    scientist = asked("data_scientist", "model_development", "children.children")
    assert isinstance(scientist, Grant)
    assert (scientist.rows, scientist.coarsened) == (("all",), {"area_id": "admin1"})
    administrator = asked("administrator", "supervision", "children.support")
    assert isinstance(administrator, Grant)
    assert administrator.counted and administrator.smallest == 10
    assert not (worker.counted or counsellor.counted or scientist.counted)


def test_a_counsellor_sees_flags_of_leaving_school_that_wait_for_counsellors_and_no_others() -> None:
    for table in ("children.worklists", "children.flags"):
        answer = asked("school_counsellor", "school_support", table)
        assert isinstance(answer, Grant)
        # What is held back tells of a case.
        held_back = {"state": ("waits", "acknowledged")} if table == "children.flags" else {}
        assert answer.only == {"label": ("leaves_school",), "role": ("school_counsellor",), **held_back}
        answer = asked("social_worker", "casework", table)
        assert isinstance(answer, Grant) and answer.only == {"role": ("social_worker",)}
    for table in ("children.risk_scores", "children.assignments", "children.reviews"):
        answer = asked("school_counsellor", "school_support", table)
        assert isinstance(answer, Grant) and answer.only == {"label": ("leaves_school",)}


def test_whoever_has_no_area_caseload_or_school_sees_nothing() -> None:
    nobody = someone(*ROLES, areas=(), staff_id=None, schools=())
    assert isinstance(asked("social_worker", "casework", "children.cases", nobody), Refusal)
    assert isinstance(asked("school_counsellor", "school_support", "children.marks", nobody), Refusal)
    assert isinstance(asked("administrator", "supervision", "children.support", nobody), Refusal)
    only_a_caseload = someone("social_worker", areas=())
    answer = asked("social_worker", "casework", "children.cases", only_a_caseload)
    assert isinstance(answer, Grant) and answer.rows == ("caseload",)


def test_one_child_is_asked_about_by_whoever_works_with_it_only() -> None:
    one = "c" * 24
    assert isinstance(asked("social_worker", "casework", "children.cases", child=one), Grant)
    assert isinstance(asked("school_counsellor", "school_support", "children.marks", child=one), Grant)
    assert isinstance(asked("administrator", "supervision", "children.support", child=one), Refusal)
    assert isinstance(asked("data_scientist", "model_development", "children.marks", child=one), Refusal)


def test_a_reason_holds_nothing_about_a_child() -> None:
    answer = asked("data_scientist", "model_development", "children.marks", child="secret")
    assert isinstance(answer, Refusal) and "secret" not in answer.reason


def test_an_area_tree_that_bites_its_tail_ends() -> None:
    circle = AreaTree({"a": "b", "b": "a"}, {})
    assert circle.within(["a"]) == {"a", "b"}
    assert circle.at_level("a", "admin1") is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("roles: [administrator]", "roles: [administrater]", "role `administrater`"),
        ("purpose: supervision", "purpose: supervising", "purpose `supervising`"),
        ("children.outcomes: [outcome]", "children.outcome: [outcome]", "table `children.outcome`"),
        ("children.outcomes: [outcome]", "children.outcomes: [outcomes]", "no column `outcomes`"),
        ("column: household_id, table", "column: household, table", "no column `household`"),
        ("{column: household_id, table: children.children}", "{column: mark, table: children.marks}", "no column"),
        ("coarsened: {area_id: admin1}", "coarsened: {area: admin1}", "column `area`"),
        ("rows: [all]", "rows: [every]", "rows"),
        ("smallest_count: 10", "smallest_count: 1", "smallest_count"),
        ("  log: {says", "  lock: {says", "command `lock`"),
        ("counted: true", "counting: true", "counting"),
        ("newest: event_date", "newest: moment", "no column `moment`"),
        ("children.reviews: {label", "children.reviews: {lable", "no column `lable`"),
        ("    counted: true", "    counted: true\n    counted: false", "`counted` stands there twice"),
    ],
)
def test_what_does_not_exist_is_an_error_with_its_line(old: str, new: str, said: str) -> None:
    text = POLICY_FILE.read_text()
    assert text.count(old) >= 1
    changed = text.replace(old, new, 1)
    with pytest.raises(SettingsError) as refused:
        parse_policy(changed, "policy.yaml", vault_columns(), COMMANDS, open_schemas())
    line = 1 + changed[: changed.index(new)].count("\n") + new.count("\n")
    assert said in str(refused.value) and f"policy.yaml, line {line}." in str(refused.value)


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(SettingsError, match="no YAML"):
        parse_policy("roles: [", "policy.yaml", vault_columns(), COMMANDS, open_schemas())


def test_two_rules_on_the_same_table_are_an_error() -> None:
    text = POLICY_FILE.read_text().replace("roles: [administrator]", "roles: [administrator, school_counsellor]")
    text = text.replace("purpose: supervision\n    rows", "purpose: school_support\n    rows")
    text = text.replace("children.outcomes: [outcome]", "children.marks: [subject]")
    with pytest.raises(SettingsError, match="already"):
        parse_policy(text, "policy.yaml", vault_columns(), COMMANDS, open_schemas())


def test_rows_of_nobody_knows_whom_are_an_error() -> None:
    text = POLICY_FILE.read_text().replace("children.outcomes: [outcome]", "children.staff: [role]")
    with pytest.raises(SettingsError, match="whose rows"):
        parse_policy(text, "policy.yaml", vault_columns(), COMMANDS, open_schemas())


def test_the_guide_has_the_policy_as_it_is() -> None:
    page = access_page.PAGE.read_text("utf-8")
    assert page == access_page.with_access_table(page), "run `python -m socialai_assets.access.page`"
    assert "social worker, for casework" in page
