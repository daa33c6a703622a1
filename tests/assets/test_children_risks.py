"""From canonical tables in the vault to scores: what is trained, sealed, promoted, scored, and what leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from dagster import AssetSpec, DagsterInstance, materialize

from resources import settings as settings_module
from resources.access_log import Access
from resources.lake_io_manager import LakeIOManager, lake_of_process
from resources.model_approval import CARD, FAIRNESS_AUDIT
from resources.model_registry import ModelRegistry
from resources.settings import current
from resources.vault import Vault
from resources.vault_io_manager import VaultIOManager
from socialai_assets.children import risk_contracts as contracts
from socialai_assets.children import risk_registry, risk_training, risks
from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.factories.tables import asset_key
from socialai_assets.ingest.contract import validate
from tests.assets.ticking import use_home
from tests.unit.children_frames import area_poverty, canonical, terms

LOOK = Access(who="test", role="data scientist", purpose="test", what="children")
ASSETS = [
    risks.features_by_date,
    risks.labels_by_date,
    risks.train_children_risk_models,
    risks.risk_models,
    risks.risk_scores,
    risks.risk_drift,
]
REVIEWS = pd.DataFrame(
    columns=["review_id", "child_id", "label", "decision", "decided_on", "knowledge_date"], dtype=str
)


class Home:
    """A home whose canonical tables are there already."""

    def __init__(self, children: dict[str, pd.DataFrame]) -> None:
        lake_of_process().replace("children.terms", terms(), author="test")
        lake_of_process().replace("poverty.district_predictions", area_poverty(), author="test")
        with Vault.from_settings(current()).opened(LOOK) as tables:
            for name, frame in {**children, "reviews": REVIEWS}.items():
                tables.replace(f"children.{name}", frame, author="test")

    def run(self, instance: DagsterInstance, *names: str) -> None:
        vault, lake = VaultIOManager(), LakeIOManager()
        stored = [
            *(AssetSpec(asset_key(one)).with_io_manager_key("vault_io_manager") for one in risks.EVENTS.values()),
            AssetSpec(asset_key("children.reviews")).with_io_manager_key("vault_io_manager"),
            *(AssetSpec(asset_key(one)).with_io_manager_key("io_manager") for one in risks.CALENDAR.values()),
        ]
        chosen = [asset_key(f"children.{name}") for name in names] or None
        resources = {"io_manager": lake, "vault_io_manager": vault}
        made = materialize([*ASSETS, *stored], selection=chosen, resources=resources, instance=instance)
        assert made.success

    def vault(self, table: str) -> pd.DataFrame:
        with Vault.from_settings(current()).opened(LOOK) as tables:
            return tables.read_frame(f"children.{table}")


@pytest.fixture(scope="module")
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, instance) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("risks") / "home"
    settings = RiskSettings()
    quick = {"networks": False, "draws": 50, "judged_dates": 2, "tuning_dates": 0, "least_rows": 100}
    settings = settings.model_copy(
        update={
            "training": settings.training.model_copy(update=quick),
            "withholding": settings.withholding.model_copy(update={"least_befallen": 3}),
        }
    )
    with pytest.MonkeyPatch.context() as patch:
        use_home(patch, folder, domains="all")
        patch.setattr(risks, "risk_settings", lambda: settings)
        made = Home(canonical(150, seed=1))
        made.run(instance)
        yield made
        lake_of_process().close()
    settings_module.current.cache_clear()


def test_scores_of_persons_are_in_the_vault_and_figures_in_the_lake(home):
    scores = home.vault("risk_scores")
    assert set(scores["label"]) <= set(risk_training.MODELS) and "leaves_school" in set(scores["label"])
    assert scores["flagged"].any() and (scores["model_version"] == 1).all() and scores["is_synthetic"].all()
    assert len(home.vault("risk_labels")) and len(home.vault("out_of_sample"))
    lake = lake_of_process()
    figures = lake.read_frame("children.model_scores")
    assert {"auc", "precision", "list_stability"} <= set(figures["metric"])
    for table in ("risk_features", "risk_labels", "risk_scores", "out_of_sample"):
        assert not lake.exists(f"children.{table}")
    validate(lake.read_frame("children.risk_models"), contracts.RiskModels)


def test_what_was_fitted_is_sealed_and_the_registry_holds_papers_only(home):
    registry = ModelRegistry.from_settings(current())
    version = registry.champion("children.leaves_school")
    assert version is not None
    assert sorted(path.name for path in registry.files(version).iterdir()) == sorted(
        [CARD, FAIRNESS_AUDIT, "metadata.json"]
    )
    sealed = list((current().home / "vault" / "models").iterdir())
    assert sealed and all(path.name.endswith(".sealed") for path in sealed)
    assert all(b"skops" not in path.read_bytes() and b"model.json" not in path.read_bytes() for path in sealed)
    with risk_registry.files_of(version) as folder:
        assert (folder / "model.json").is_file()
        kept = Path(folder)
    assert not kept.exists()


def test_no_child_is_named_outside_the_vault(home, instance):
    names = [name.encode() for name in home.vault("risk_scores")["child_id"].unique()]
    outside = [path for path in current().home.rglob("*") if path.is_file() and "vault" not in path.parts]
    assert outside
    for path in outside:
        content = path.read_bytes()
        assert not [name for name in names if name in content], path
    told = [str(entry) for run in instance.get_runs() for entry in instance.all_logs(run.run_id)]
    assert told and not [name for name in names if any(name.decode() in line for line in told)]


def test_the_card_says_what_it_is_for_and_withholds_small_groups(home):
    registry = ModelRegistry.from_settings(current())
    version = registry.champion("children.leaves_school")
    assert version is not None
    card = (registry.files(version) / CARD).read_text()
    assert "nothing is decided without a person" in card and "**synthetic children**" in card
    audit = pd.read_csv(registry.files(version) / FAIRNESS_AUDIT)
    assert audit.loc[audit["withheld"], ["children", "precision", "recall"]].isna().all(axis=None)


def test_training_on_the_same_data_changes_nothing(home, instance):
    before = home.vault("risk_scores")
    home.run(instance, "out_of_sample", "model_scores", "risk_models", "risk_scores")
    registry = ModelRegistry.from_settings(current())
    assert len(registry.versions("children.leaves_school")) == 2
    champion = registry.champion("children.leaves_school")
    assert champion is not None and champion.version == 1
    pd.testing.assert_frame_equal(before, home.vault("risk_scores"))


def test_nothing_new_asks_for_no_training_by_its_outcomes(home):
    drift = lake_of_process().read_frame("children.risk_drift")
    outcomes = drift[drift["what"] == "outcomes"]
    assert len(outcomes) and not outcomes["asks_for_training"].any()
