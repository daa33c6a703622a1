"""What lands about persons ends in the vault: pseudonyms, no names, and no value anywhere in clear under the home."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from dagster import AssetKey, RunRequest

from resources import settings as settings_module
from resources.access_log import Access
from resources.settings import current
from resources.vault import Vault, key_of
from socialai_assets.catalog import all_sources
from socialai_assets.factories.guarding import without_values
from socialai_assets.ingest.sources import Source
from tests.assets.ticking import Platform, failures, use_home

HEAD = "child_id,nombre,birth_month,sex,language,disability,household_id,area_id,knowledge_date,observaciones"
ROWS = [
    "71234567,ROSALINDA PANTIGOSO,2012-03-01,F,quechua,false,HOGAR77123,S010101,2024-02-01,vive con su abuela Eulogia",
    "71234568,TEODOMIRO CCALLO,2011-07-01,M,quechua,,HOGAR77123,S010101,2024-02-01,padre ausente",
    "71234569,EUFRASIA HUAYHUA,2011-07-19,F,aimara,,HOGAR77124,S010101,2024-02-01,fecha de nacimiento completa",
    "71234570,ABUNDIO TACURI,no sabe,M,quechua,,HOGAR77125,S010101,2024-02-01,sin partida",
    "71234567,ROSALINDA REPETIDA,2012-03-01,F,quechua,false,HOGAR77123,S010101,2024-02-01,dos veces",
    "71234571,SIN CIERRE,2012-03-01,F",
]
SECRETS = (
    "PANTIGOSO",
    "CCALLO",
    "HUAYHUA",
    "TACURI",
    "Eulogia",
    "7123456",
    "7123457",
    "HOGAR77",
    "2011-07-19",
    "SIN CIERRE",
)
LOOK = Access(who="test", role="data scientist", purpose="test", what="children.raw_children")


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Children that landed by hand with names, addresses and broken rows, and their raw table."""
    home = tmp_path_factory.mktemp("personal") / "home"
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, home, domains="all")
        folder = home / "landing" / "children" / "children"
        folder.mkdir(parents=True)
        landed = folder / "rosalinda_pantigoso.csv"
        landed.write_text("\n".join([HEAD, *ROWS]) + "\n")
        before = time.time() - 60
        os.utime(landed, (before, before))
        platform = Platform.at(home)
        platform.look()
        result = platform.run(RunRequest(asset_selection=[AssetKey(["children", "raw_children"])]))
        assert result.success, failures(result)
        yield platform
        platform.close()
    settings_module.current.cache_clear()


def source_named(name: str) -> Source:
    return next(source for source in all_sources() if source.name == name)


def test_good_rows_are_in_the_vault_with_pseudonyms(platform: Platform) -> None:
    with Vault.from_settings(current()).opened(LOOK) as tables:
        children = tables.read_frame("children.raw_children")
        refused = tables.read_frame("children.personal_quarantine")
    key = key_of(current())
    assert set(children["child_id"]) == {key.pseudonym("child", "71234567"), key.pseudonym("child", "71234568")}
    assert set(children["household_id"]) == {key.pseudonym("household", "HOGAR77123")}
    assert "nombre" not in children.columns
    assert sorted(refused["file_line"]) == [4, 5, 6, 7] and refused["row"].isna().all()
    assert not platform.lake.exists("children.raw_children")
    assert not platform.lake.exists("children.personal_quarantine")


def test_the_landed_file_is_sealed_and_keeps_its_version(platform: Platform) -> None:
    folder = platform.home / "landing" / "children" / "children"
    assert [path.name for path in folder.iterdir()] == ["rosalinda_pantigoso.csv.sealed"]
    # A second look finds nothing new.
    assert "children" not in platform.look()


def test_no_value_of_a_row_is_anywhere_under_the_home(platform: Platform) -> None:
    platform.close()
    found = []
    for path in platform.home.rglob("*"):
        if path.is_file() and path.parts[-2] != "_truth":
            content = path.read_bytes()
            found += [f"{secret} in {path}" for secret in SECRETS if secret.encode() in content]
    assert not found, found


def test_a_failure_tells_where_and_what_kind_and_quotes_nothing() -> None:
    @without_values
    def failing() -> None:
        raise ValueError("cannot convert 'ROSALINDA PANTIGOSO' to a number")

    with pytest.raises(Exception, match="ValueError") as caught:
        failing()
    assert "PANTIGOSO" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert "test_personal_tables.py, line" in str(caught.value)


def test_every_asset_that_writes_to_the_vault_is_guarded(platform: Platform) -> None:
    graph = platform.definitions.resolve_asset_graph()
    unguarded = []
    for definition in graph.assets_defs:
        if not definition.is_executable or "vault_io_manager" not in definition.required_resource_keys:
            continue
        function = definition.op.compute_fn
        inner = getattr(function, "decorated_fn", function)
        if not hasattr(inner, "__wrapped__") and "_raw_" not in definition.op.name:
            unguarded.append(definition.op.name)
    assert not unguarded
