"""What an experiment on a model is: its file, its variants, and what a domain's model must offer to be varied."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from resources.errors import SettingsError
from socialai_assets.methods.scores import Improvement

if TYPE_CHECKING:
    from resources.lake import Lake
    from resources.model_registry import ModelRegistry


class Variant(BaseModel):
    """One way to make the model.

    `features` and `without` are names, or patterns such as `night_light_*`; `parameters` are the algorithm's own;
    `vary` gives several values to some of them, and each combination is a variant of its own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    algorithm: str
    features: tuple[str, ...] = ("*",)
    without: tuple[str, ...] = ()
    parameters: dict[str, Any] = Field(default_factory=dict)
    vary: dict[str, list[Any]] = Field(default_factory=dict)

    def combinations(self) -> list[Variant]:
        """The variants that `vary` makes of this one; itself where it varies nothing."""
        if not self.vary:
            return [self]
        found = []
        for values in itertools.product(*self.vary.values()):
            chosen = dict(zip(self.vary, values, strict=True))
            name = f"{self.name}: {', '.join(f'{key} {value}' for key, value in chosen.items())}"
            changed = {"name": name, "parameters": {**self.parameters, **chosen}, "vary": {}}
            found.append(self.model_copy(update=changed))
        return found


class Experiment(BaseModel):
    """What an experiment's file says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    seed: int = Field(default=0, ge=0)
    folds: int = Field(default=10, ge=2, le=50)
    bootstrap_draws: int = Field(default=1000, ge=100, le=20000)
    variants: tuple[Variant, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Outcome:
    """What a variant, a baseline or the champion came to.

    Attributes:
        metrics: figures on held-out data by name.
        gain: in the primary metric over the champion, with its bootstrap interval; None where there is no champion.
        features: number of features it learned from.
    """

    metrics: Mapping[str, float]
    gain: Improvement | None
    features: int = 0


class Bench(Protocol):
    """A model of a domain with its data read, ready to be varied. Nothing it does is registered or served."""

    primary_metric: str
    champion: str | None
    """What is compared with, in words; None where there is none yet."""
    notes: Sequence[str]
    """What a reader of the figures must know of the data."""

    def check(self, variant: Variant) -> None:
        """Refuse an unknown algorithm, feature or parameter with SettingsError, before anything is fitted."""
        ...

    def score(self, variant: Variant) -> Outcome:
        """Cross-fit a variant; ModelError where it cannot be fitted."""
        ...

    def reference_outcomes(self) -> dict[str, Outcome]:
        """The champion's and each baseline's figures on the same split, by name."""
        ...

    def close(self) -> None:
        """Let go of what fitting needed."""
        ...


class Trainable(Protocol):
    """A model that experiments can vary; a domain's `experiments.TRAINABLES` lists its own by name."""

    def __call__(self, experiment: Experiment, lake: Lake, registry: ModelRegistry, *, threads: int) -> Bench:
        """Read what the model learns from."""
        ...


def read_experiment(file: Path) -> Experiment:
    """Read an experiment's file, each variant that varies something taken apart.

    Raises:
        SettingsError: there is no such file, it is not YAML, or it says something else than an experiment.
    """
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        experiment = Experiment.model_validate(content)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The experiment cannot be read: {error}", where=str(file), do="Check the path.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"The experiment is not YAML: {error}", where=str(file), do="Mend the file.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(
            f"`{place}` is wrong: {first['msg']}",
            where=str(file),
            do="See docs/experiments/poverty.yaml for what an experiment can say.",
        ) from error
    variants = tuple(part for variant in experiment.variants for part in variant.combinations())
    names = [variant.name for variant in variants]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not names:
        raise SettingsError(
            f"Several variants are called `{twice[0]}`" if twice else "No variant is left: `vary` has an empty list",
            where=str(file),
            do="Give each variant a name of its own, and each varied parameter a value.",
        )
    return experiment.model_copy(update={"variants": variants})


def chosen_features(variant: Variant, known: Sequence[str]) -> tuple[str, ...]:
    """The features a variant learns from, in the order of those known.

    Raises:
        SettingsError: a name or pattern fits none, or none is left.
    """
    for pattern in (*variant.features, *variant.without):
        if not _matching(pattern, known):
            raise unknown(variant, "feature", pattern, known)
    wanted = {name for pattern in variant.features for name in _matching(pattern, known)}
    unwanted = {name for pattern in variant.without for name in _matching(pattern, known)}
    chosen = tuple(name for name in known if name in wanted - unwanted)
    if not chosen:
        raise SettingsError(f"Variant `{variant.name}` leaves no feature", do="Leave fewer of them out.")
    return chosen


def unknown(variant: Variant, kind: str, name: str, known: Iterable[str]) -> SettingsError:
    """The error that a variant names something there is not, with what it may have meant."""
    there = sorted(known)
    close = difflib.get_close_matches(name, there, n=1)
    hint = f"Did you mean `{close[0]}`? " if close else ""
    what = f"Variant `{variant.name}` names an unknown {kind} `{name}`"
    return SettingsError(what, do=f"{hint}There are: {', '.join(there)}.")


def _matching(pattern: str, known: Iterable[str]) -> list[str]:
    return [name for name in known if fnmatchcase(name, pattern)]
