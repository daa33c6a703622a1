"""Experiment tracking and model versions, on MLflow. Knows folders, parameters and metrics; trains nothing."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from resources.errors import ModelError
from resources.settings import Settings
from resources.unfinished import unfinished_folder

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
ARTIFACT = "model"

_OPENING = Lock()
"""The first question makes or upgrades the store's tables, by Alembic, which knows one at a time in a process."""


@dataclass(frozen=True)
class ModelVersion:
    """One registered version of a model: number, when, why it is (or is not) in use, figures, and its files."""

    name: str
    version: int
    created: datetime
    is_champion: bool
    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    source: str


class ModelRegistry:
    """Versions of models and which one is champion.

    Args:
        tracking_uri: MLflow's address, e.g. `sqlite:////home/mlflow/mlflow.db`.
        artifacts: folder of model files where the tracking store is local; None for a server.
    """

    def __init__(self, tracking_uri: str, artifacts: Path | None) -> None:
        self.tracking_uri = tracking_uri
        self.artifacts = artifacts
        self._client: MlflowClient | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> ModelRegistry:
        """The registry the settings describe."""
        local = settings.tracking_uri.startswith("sqlite:")
        return cls(settings.tracking_uri, settings.home / "mlflow" / "artifacts" if local else None)

    @property
    def client(self) -> MlflowClient:
        """MLflow's client, made at first use because importing it takes seconds."""
        if self._client is None:
            import mlflow

            for chatty in ("mlflow", "alembic"):
                logging.getLogger(chatty).setLevel(logging.WARNING)
            if self.tracking_uri.startswith("sqlite:///"):
                Path(self.tracking_uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            client = mlflow.MlflowClient(self.tracking_uri, self.tracking_uri)
            with _OPENING:
                client.search_registered_models(max_results=1)
            self._client = client
        return self._client

    def log_version(
        self,
        name: str,
        folder: Path,
        *,
        parameters: Mapping[str, object],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
    ) -> ModelVersion:
        """Record a training as an MLflow run and register its folder as the model's next version.

        Args:
            name: the model, e.g. `poverty.district_model`.
            folder: model files, metadata and card; copied.
            parameters: what it was trained with.
            metrics: its figures on held-out data.
            tags: data versions, code version, Dagster run.
        """
        run = self.client.create_run(self._experiment(name), run_name=tags.get("dagster_run"))
        run_id = run.info.run_id
        for key, value in parameters.items():
            self.client.log_param(run_id, key, value)
        for key, value in metrics.items():
            self.client.log_metric(run_id, key, float(value))
        for key, value in tags.items():
            self.client.set_tag(run_id, key, value)
        if self.artifacts is None:
            self.client.log_artifacts(run_id, str(folder), ARTIFACT)
            source = f"{run.info.artifact_uri}/{ARTIFACT}"
        else:
            # MLflow would write below the place the home had when the experiment began.
            target = self.artifacts / name / run_id / "artifacts" / ARTIFACT
            shutil.copytree(folder, target)
            source = str(target)
        self.client.set_terminated(run_id)
        self._ensure_model(name)
        version = self.client.create_model_version(name, source, run_id, tags=dict(tags))
        return self.version(name, int(version.version))

    def log_experiment(
        self, name: str, *, run: str | None = None, parameters: Mapping[str, object], metrics: Mapping[str, float]
    ) -> None:
        """Record figures as an MLflow run of an experiment, without registering a version."""
        run_id = self.client.create_run(self._experiment(name), run_name=run).info.run_id
        for key, value in parameters.items():
            self.client.log_param(run_id, key, value)
        for key, value in metrics.items():
            self.client.log_metric(run_id, key, float(value))
        self.client.set_terminated(run_id)

    def versions(self, name: str) -> Sequence[ModelVersion]:
        """All versions of a model, newest first; empty where there is none."""
        champion = self._champion_number(name)
        found = self.client.search_model_versions(f"name = '{name}'")
        versions = [self._version(item, champion) for item in found]
        return sorted(versions, key=lambda version: version.version, reverse=True)

    def names(self) -> Sequence[str]:
        """All registered models."""
        return sorted(model.name for model in self.client.search_registered_models())

    def version(self, name: str, number: int) -> ModelVersion:
        """One version.

        Raises:
            ModelError: there is no such version.
        """
        for version in self.versions(name):
            if version.version == number:
                return version
        raise ModelError(f"Model `{name}` has no version {number}", do="See `socialai models list`.")

    def champion(self, name: str) -> ModelVersion | None:
        """The version in use, or None before the first promotion."""
        number = self._champion_number(name)
        return self.version(name, number) if number is not None else None

    def promote(self, name: str, number: int, reason: str) -> None:
        """Make a version the champion and record why and when."""
        self.version(name, number)
        self.client.set_registered_model_alias(name, CHAMPION, str(number))
        self.client.set_model_version_tag(name, str(number), "promotion", reason)
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        self.client.set_model_version_tag(name, str(number), "promoted_at", moment)

    def note(self, name: str, number: int, key: str, text: str) -> None:
        """Keep a remark with a version, such as why it was not promoted."""
        self.client.set_model_version_tag(name, str(number), key, text)

    def rollback(self, name: str, number: int | None = None, *, approval_required: bool = False) -> ModelVersion:
        """Make an earlier version the champion again: the one named, or the one that was champion before.

        Raises:
            ModelError: there is nothing to go back to, or the version waits for an approval or was refused one.
        """
        from resources.model_approval import require_usable

        champion = self.champion(name)
        if champion is None:
            raise ModelError(f"Model `{name}` has no champion", do="Train it first: `make run`.")
        if number is None:
            earlier = [v for v in self.versions(name) if "promoted_at" in v.tags and v.version != champion.version]
            if not earlier:
                raise ModelError(
                    f"Model `{name}` has had no other champion than version {champion.version}",
                    do="Name a version: `socialai models rollback NAME --version N`.",
                )
            number = max(earlier, key=lambda version: version.tags["promoted_at"]).version
        require_usable(self.version(name, number), approval_required=approval_required)
        self.promote(name, number, f"rolled back from version {champion.version}")
        return self.version(name, number)

    def export(self, version: ModelVersion, target: Path) -> Path:
        """Copy a version's files into a folder of their own; the folder appears whole or not at all.

        Raises:
            ModelError: the folder is there already, or the version's files are gone.
        """
        if target.exists():
            raise ModelError(
                "The export's folder exists already",
                where=str(target),
                do="Name another folder or remove it.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        with unfinished_folder(target.parent) as temporary:
            copy = temporary / "model"
            shutil.copytree(self.files(version), copy)
            copy.rename(target)
        return target

    def files(self, version: ModelVersion) -> Path:
        """Folder of a version's files.

        Raises:
            ModelError: the files are gone.
        """
        if self.artifacts is None:
            from mlflow.artifacts import download_artifacts

            return Path(download_artifacts(version.source, tracking_uri=self.tracking_uri))
        # MLflow stores absolute paths; after a home has moved, the same files are below its new place.
        folder = self.artifacts / version.source.rsplit("/mlflow/artifacts/", maxsplit=1)[-1]
        if not folder.is_dir():
            raise ModelError(
                f"The files of `{version.name}` version {version.version} are gone",
                where=str(folder),
                do="Train again (`socialai run --select ...`) or roll back to a version that is whole.",
            )
        return folder

    def _experiment(self, name: str) -> str:
        found = self.client.get_experiment_by_name(name)
        if found is not None:
            return found.experiment_id
        location = str(self.artifacts / name) if self.artifacts else None
        return self.client.create_experiment(name, artifact_location=location)

    def _ensure_model(self, name: str) -> None:
        if name not in self.names():
            self.client.create_registered_model(name)

    def _champion_number(self, name: str) -> int | None:
        if name not in self.names():
            return None
        alias = self.client.get_registered_model(name).aliases.get(CHAMPION)
        return int(alias) if alias is not None else None

    def _version(self, item, champion: int | None) -> ModelVersion:
        run = self.client.get_run(item.run_id)
        return ModelVersion(
            name=item.name,
            version=int(item.version),
            created=datetime.fromtimestamp(item.creation_timestamp / 1000, tz=UTC),
            is_champion=int(item.version) == champion,
            parameters=run.data.params,
            metrics=run.data.metrics,
            tags={**run.data.tags, **item.tags},
            source=item.source,
        )
