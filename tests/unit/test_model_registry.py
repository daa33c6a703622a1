"""The model registry on a real MLflow store: versions, champion, rollback, export, a moved home."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from resources.errors import ModelError
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
