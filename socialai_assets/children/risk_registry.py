"""Versions of children's models: figures and words in the registry, what was fitted sealed in the vault."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from resources import sealed_models
from resources.model_approval import propose
from resources.model_registry import ModelRegistry, ModelVersion
from resources.settings import current
from resources.vault import key_of
from socialai_assets.children import risk_card
from socialai_assets.children.risk_settings import RiskSettings
from socialai_assets.children.risk_training import MODELS, Judgement, fit_served
from socialai_assets.methods.stacked_ensemble import StackedEnsemble


def register(
    label: str, judgement: Judgement, scores: pd.DataFrame, settings: RiskSettings, tags: Mapping[str, str]
) -> ModelVersion:
    """Fit what is served, seal it, register it, and promote it, let it wait for a person, or neither.

    Models of synthetic children alone wait for nobody.

    Args:
        label: what is foreseen.
        judgement: of the training.
        scores: `risk_figures.scores_of`.
        settings: as trained.
        tags: data versions and the run.
    """
    registry, name = ModelRegistry.from_settings(current()), MODELS[label]
    vault, key = current().home / "vault", key_of(current())
    vault.mkdir(parents=True, exist_ok=True)
    rows = judgement.rows
    overall = scores[scores["test_date"].isna() & scores["is_served"]]
    metrics = {
        f"{row.metric}{'' if pd.isna(row.capacity) else f'_at_{row.capacity:g}'}": float(row.value)  # type: ignore[arg-type]
        for row in overall.itertuples()
        if pd.notna(row.value)
    }
    interval = overall[overall["metric"] == "auc"]
    if len(interval):
        metrics |= {"auc_upper": float(interval["upper"].iloc[0])}
    parameters = settings.training.model_dump() | {"served": judgement.served, "is_baseline": judgement.is_baseline}
    all_tags = {
        **tags,
        "reason": judgement.reason,
        "learned_until": f"{rows['as_of_date'].max():%Y-%m-%d}",
        "synthetic": str(bool(rows["is_synthetic"].any())),
    }
    champion = registry.champion(name)
    promoted, why = replaces(metrics, champion, all_tags)
    with tempfile.TemporaryDirectory() as papers, sealed_models.in_memory() as fitted:
        fit_served(judgement, settings).save(fitted)
        all_tags[sealed_models.TAG] = sealed_models.keep(fitted, vault, name, key)
        metadata = {"parameters": parameters, "metrics": metrics, **all_tags}
        risk_card.write(Path(papers), name, label, judgement, scores, settings, metadata)
        version = registry.log_version(name, Path(papers), parameters=parameters, metrics=metrics, tags=all_tags)
    if promoted:
        required = current().approval_required("children") and not rows["is_synthetic"].astype(bool).all()
        propose(registry, version, why, approval_required=required)
    else:
        registry.note(name, version.version, "not_promoted", why)
    return version


def replaces(metrics: Mapping[str, float], champion: ModelVersion | None, tags: Mapping[str, str]) -> tuple[bool, str]:
    """Whether a new version replaces the champion, by their AUC on dates neither could know; with the figures.

    Rows are not kept with a version, since nobody could be forgotten there; so versions are compared by figures alone.

    Args:
        metrics: of the new version, `auc` and the upper end of its interval.
        champion: the one in use.
        tags: data versions of the new one.
    """
    if champion is None:
        return True, "first version"
    if sealed_models.TAG not in champion.tags:
        return True, "the champion's files are of another kind"
    before, now = champion.metrics.get("auc"), metrics.get("auc")
    if now is None:
        return False, "too few children were befallen to judge it"
    if before is None:
        return True, f"AUC {now:.3f}; the champion's was never measured"
    told = f"AUC {now:.3f}, the champion's {before:.3f}"
    if all(champion.tags.get(name) == value for name, value in tags.items() if name.startswith("data_version_")):
        return now > before, f"trained on the same data: {told}"
    return metrics["auc_upper"] >= before, f"trained on new data: {told}"


@contextlib.contextmanager
def files_of(version: ModelVersion) -> Iterator[Path]:
    """What was fitted for a version, unsealed into memory until the block ends."""
    with sealed_models.opened(current().home / "vault", version.tags[sealed_models.TAG], key_of(current())) as folder:
        yield folder


def served(label: str, version: int) -> StackedEnsemble:
    """The fitted model of a registered version.

    Raises:
        ModelError: there is no such version, or its files are gone.
    """
    from socialai_assets.methods.area_model import load

    registry = ModelRegistry.from_settings(current())
    with files_of(registry.version(MODELS[label], version)) as folder:
        model = load(folder)
    assert isinstance(model, StackedEnsemble)
    return model


def in_use() -> dict[str, ModelVersion | None]:
    """Label to the version in use, None where there is none (yet)."""
    registry = ModelRegistry.from_settings(current())
    return {label: registry.champion(name) for label, name in MODELS.items()}


def waits(label: str) -> bool:
    """Whether a version waits for a person's approval."""
    from resources.model_approval import waiting

    return bool(waiting(ModelRegistry.from_settings(current()).versions(MODELS[label])))
