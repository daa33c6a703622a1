"""Counts leave the vault by one door: what is published is safe, what is unsafe is stopped by the checks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from dagster import AssetKey, ExecuteInProcessResult, RunRequest

from resources import settings as settings_module
from resources.access_log import Access
from resources.settings import current
from resources.vault import Vault
from socialai_assets.children.help_contracts import SupportOutcomes
from socialai_assets.children.tables_contracts import Children
from socialai_assets.ingest.contract import empty, table_name
from tests.assets.ticking import Platform, failures, use_home

HEAD = "Anio,NroMes,ubigeo,Departamento,Provincia,Distrito,Sexo,Etapa,Diagnostico,Atendidos,Atenciones"
VIOLENCE, MOOD, OTHERS = "VIOLENCIA FAMILIAR/MALTRATO INFANTIL", "ANSIEDAD", "TRASTORNO CONSUMO DE ALCOHOL"
AREAS = [
    ("140000", "admin1", ""),
    ("140100", "admin2", "140000"),
    ("140101", "admin3", "140100"),
]
TABLES = ("release_counts", "releases", "release_groups", "published_cells")


def attended(months: int) -> bytes:
    draw = np.random.default_rng(7)
    rows = [HEAD]
    for month in range(1, months + 1):
        for area in ("140101",):
            for sex in "FM":
                for age in ("12 - 14", "30 - 39"):
                    for cause, mean in ((VIOLENCE, 4), (MOOD, 2), (OTHERS, 1)):
                        people = draw.poisson(mean)
                        rows.append(f"2017,{month},{area},LAMBAYEQUE,FERRE�AFE,X,{sex},{age},{cause},{people},{people}")
    # One baby, alone of that age.
    rows.append(f"2017,1,140101,LAMBAYEQUE,FERRE�AFE,X,M,< 1,{VIOLENCE},1,1")
    return "\n".join(rows).encode() + b"\n"


def released(platform: Platform) -> ExecuteInProcessResult:
    platform.look()
    keys = ["raw_lambayeque_attended", "raw_lambayeque_screenings", *TABLES]
    return platform.run(RunRequest(asset_selection=[AssetKey(["children", name]) for name in keys]))


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Half a year of counts released, then nine months of them."""
    home = tmp_path_factory.mktemp("releases") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home, domains="children")
        platform = Platform.at(home)
        frame = pd.DataFrame(AREAS, columns=["area_id", "level", "parent_id"])
        frame = frame.assign(admin1_id="140000", admin2_id=frame["area_id"].where(frame["level"] == "admin2", "140100"))
        platform.lake.replace("geography.areas", frame, author="test")
        with Vault.from_settings(current()).opened(Access("test", "pipeline", "test", "nobody was helped")) as tables:
            for contract in (Children, SupportOutcomes):
                tables.replace(table_name(contract), empty(contract), author="test")
        for months in (6, 9):
            platform.land("children/lambayeque_mental_health/attended_2017.csv", attended(months))
            result = released(platform)
            assert result.success, failures(result)
        yield platform
        platform.close()
    settings_module.current.cache_clear()


def failed_checks(result: ExecuteInProcessResult) -> set[str]:
    return {check.check_name for check in result.get_asset_check_evaluations() if not check.passed}


def test_both_releases_are_registered_and_their_cells_add_up(platform: Platform) -> None:
    register = platform.lake.read_frame("children.releases")
    cells = platform.lake.read_frame("children.published_cells")
    assert list(register["release_id"]) == ["attended-1", "attended-2"]
    assert (register["k"] >= register["smallest_allowed"]).all()
    assert (register["diversity"] >= 2).all()
    for row in register.itertuples():
        own = cells[cells["release_id"] == row.release_id]
        assert (len(own), int(own["is_suppressed"].sum())) == (row.cells, row.suppressed)
        assert own["count"].min() == 0 or own["count"].min() >= row.smallest_allowed
    assert set(register["history"]) == {"first"}, "six months and nine months of the same people need no history"


def test_the_baby_alone_is_not_told(platform: Platform) -> None:
    cells = platform.lake.read_frame("children.published_cells")
    baby = cells[(cells["area_id"] == "140101") & (cells["sex"] == "male") & (cells["age"] == "0-11")]
    telling = baby[baby["category"].isin(["all", "family violence or child abuse"])]
    assert len(telling) == 4 and telling["is_suppressed"].all()


def test_the_same_counts_are_not_released_again(platform: Platform) -> None:
    before = platform.lake.read_frame("children.releases")
    result = released(platform)
    assert result.success and not failed_checks(result)
    pd.testing.assert_frame_equal(platform.lake.read_frame("children.releases"), before)


def test_counts_stay_in_the_vault(platform: Platform) -> None:
    assert not platform.lake.exists("children.release_counts")
    assert not platform.lake.exists("children.raw_lambayeque_attended")


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ("a small count", {"no_small_count_is_told", "nobody_is_singled_out"}),
        ("all but one of a line", {"no_small_remainder_is_told", "nobody_is_singled_out"}),
        ("a count changed since", {"nobody_is_singled_out"}),
    ],
)
def test_a_bad_release_fails_the_checks(platform: Platform, planted: str, found: set[str]) -> None:
    from socialai_assets.children.release_checks import CHECKS

    cells = platform.lake.read_frame("children.published_cells")
    bad = cells.copy()
    own = bad["release_id"] == "attended-2"
    whole = own & (bad["area_id"] == "140000") & (bad["age"] == "all") & (bad["category"] == "all")
    match planted:
        case "a small count":
            at = bad.index[own & bad["is_suppressed"]][0]
            bad.loc[at, ["count", "is_suppressed"]] = [3, False]
        case "all but one of a line":
            place = bad.index[whole & bad["sex"].isin(["female", "male"])]
            total = int(bad.loc[bad.index[whole & (bad["sex"] == "all")][0], "count"])
            bad.loc[place[0], ["count", "is_suppressed"]] = [total - 4, False]
            bad.loc[place[1], ["count", "is_suppressed"]] = [pd.NA, True]
        case _:
            at = bad.index[whole & (bad["sex"] == "all")][0]
            bad.loc[at, "count"] += 1
    platform.lake.replace("children.published_cells", bad, author="test")
    try:
        failing = set()
        for check in CHECKS:
            key = next(iter(check.check_keys))
            if key.asset_key == AssetKey(["children", "published_cells"]):
                run = platform.run(RunRequest(asset_selection=[], asset_check_keys=[key]))
                failing |= failed_checks(run)
    finally:
        platform.lake.replace("children.published_cells", cells, author="test")
    assert found <= failing
