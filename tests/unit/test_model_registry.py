"""The model registry on a real MLflow store: versions, champion, rollback, export, a moved home."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from resources.errors import ModelError
from resources.model_approval import approve, history, propose, reject, waiting
from resources.model_registry import ModelRegistry

NAME = "poverty.district_model"


def registry(home: Path) -> ModelRegistry:
    return ModelRegistry(f"sqlite:///{home}/mlflow/mlflow.db", home / "mlflow" / "artifacts")


@pytest.fixture(scope="module")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose MLflow store exists; making one takes seconds, copying it none."""
    home = tmp_path_factory.mktemp("registry") / "home"
    assert registry(home).names() == []
    return home


@pytest.fixture
def home(empty_home: Path, tmp_path: Path) -> Path:
    shutil.copytree(empty_home, tmp_path / "home")
    return tmp_path / "home"


def log(models: ModelRegistry, folder: Path, r2: float):
    folder.mkdir(exist_ok=True)
    (folder / "README.md").write_text(f"r2 {r2}")
    return models.log_version(
        NAME, folder, parameters={"trees": 100}, metrics={"r2_province": r2}, tags={"features": "version 1"}
    )


def test_a_version_keeps_its_parameters_metrics_and_files(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    version = log(models, tmp_path / "model", 0.7)
    assert (version.version, version.is_champion) == (1, False)
    assert version.metrics["r2_province"] == 0.7
    assert version.parameters["trees"] == "100"
    assert version.tags["features"] == "version 1"
    assert (models.files(version) / "README.md").read_text() == "r2 0.7"


def test_promotion_and_rollback_walk_through_former_champions_only(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    for r2 in (0.5, 0.6, 0.7):
        log(models, tmp_path / "model", r2)
    assert models.champion(NAME) is None
    models.promote(NAME, 1, "first")
    with pytest.raises(ModelError, match=r"no other champion than version 1"):
        models.rollback(NAME)
    models.promote(NAME, 3, "better")
    assert models.rollback(NAME).version == 1
    champion = models.champion(NAME)
    assert champion is not None and champion.tags["promotion"] == "rolled back from version 3"
    assert models.rollback(NAME, 2).version == 2


def test_an_export_is_one_whole_folder_and_never_overwrites(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    version = log(models, tmp_path / "model", 0.7)
    target = models.export(version, tmp_path / "out" / "exported")
    assert (target / "README.md").read_text() == "r2 0.7"
    with pytest.raises(ModelError, match="exists already"):
        models.export(version, target)


def test_models_are_found_after_their_home_has_moved(home: Path, tmp_path: Path) -> None:
    log(registry(home), tmp_path / "model", 0.7)
    shutil.move(home, tmp_path / "moved")
    moved = registry(tmp_path / "moved")
    assert (moved.files(moved.version(NAME, 1)) / "README.md").exists()
    again = log(moved, tmp_path / "model", 0.8)
    assert (moved.files(again) / "README.md").read_text() == "r2 0.8"
    assert not home.exists()


def test_an_unknown_model_or_version_says_so(home: Path) -> None:
    models = registry(home)
    assert models.champion("nothing") is None
    with pytest.raises(ModelError, match=r"no version 7"):
        models.version(NAME, 7)


def papered(models: ModelRegistry, folder: Path, r2: float):
    """A version with a card and an audit."""
    folder.mkdir(exist_ok=True)
    (folder / "fairness.csv").write_text("group,metric,value\nurban,r2,0.6\n")
    return log(models, folder, r2)


def test_a_version_without_audit_or_card_is_never_used(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    version = log(models, tmp_path / "model", 0.7)
    with pytest.raises(ModelError, match=r"has no fairness\.csv"):
        propose(models, version, "better", approval_required=False)
    assert models.champion(NAME) is None
    assert propose(models, version, "better", approval_required=False, about_people=False)
    (models.files(version) / "README.md").unlink()
    with pytest.raises(ModelError, match=r"has no README\.md and no fairness\.csv"):
        propose(models, version, "better", approval_required=False)


def test_a_better_version_is_used_at_once_where_approval_is_automatic(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    assert propose(models, papered(models, tmp_path / "model", 0.7), "first version", approval_required=False)
    champion = models.champion(NAME)
    assert champion is not None and champion.tags["promotion"] == "first version"
    (entry,) = history(champion)
    assert (entry["state"], entry["role"]) == ("automatic", "platform")


def test_a_better_version_waits_until_somebody_approves_it(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    propose(models, papered(models, tmp_path / "model", 0.6), "first version", approval_required=False)
    for r2 in (0.7, 0.8):
        assert not propose(models, papered(models, tmp_path / "model", r2), f"R2 {r2}", approval_required=True)
    assert [version.version for version in waiting(models.versions(NAME))] == [3, 2]
    with pytest.raises(ModelError, match=r"not approved .waiting"):
        models.rollback(NAME, 3)
    reject(models, models.version(NAME, 2), role="statistician", by="ana", reason="too few areas")
    approve(models, models.version(NAME, 3), role="head of statistics", by="rosa", reason="checked")
    champion = models.champion(NAME)
    assert champion is not None and champion.version == 3
    assert champion.tags["promotion"] == "R2 0.8; approved by rosa as head of statistics"
    (entry,) = history(champion)
    assert {key: entry[key] for key in ("state", "role", "by", "reason")} == {
        "state": "approved",
        "role": "head of statistics",
        "by": "rosa",
        "reason": "checked",
    }
    assert waiting(models.versions(NAME)) == []
    for number, state in ((2, "rejected"), (3, "approved")):
        with pytest.raises(ModelError, match=rf"does not wait for an approval \({state}\)"):
            approve(models, models.version(NAME, number), role="minister", by="rosa")
    assert models.rollback(NAME, approval_required=True).version == 1


def test_where_approval_is_required_nobody_rolls_back_to_what_none_approved(home: Path, tmp_path: Path) -> None:
    models = registry(home)
    propose(models, papered(models, tmp_path / "model", 0.7), "first version", approval_required=False)
    papered(models, tmp_path / "model", 0.6)
    with pytest.raises(ModelError, match=r"not approved .never proposed"):
        models.rollback(NAME, 2, approval_required=True)
    assert models.rollback(NAME, 2).version == 2
