"""A domain's settings in YAML: read, changed for one run, held to their model, refused by name. Knows no setting."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from resources.errors import SettingsError

Model = TypeVar("Model", bound=BaseModel)


def read_settings(
    model: type[Model], file: str, changes: dict[str, Any] | None = None, text: str | None = None
) -> Model:
    """Settings of a file with changes on top, for one run.

    Args:
        model: what they are held to.
        file: below `socialai_assets`, such as `aid/sharing.yaml`.
        changes: nested like the file.
        text: YAML instead of the file's.

    Raises:
        SettingsError: not YAML, an unknown name, or a value out of its limits; the message names each.
    """
    import yaml

    name = PurePosixPath(file).name
    try:
        given = text if text is not None else files("socialai_assets").joinpath(file).read_text("utf-8")
        found = yaml.safe_load(given) or {}
    except yaml.YAMLError as error:
        raise SettingsError(f"The settings are no YAML: {error}", where=file, do="Correct the line named.") from error
    if not isinstance(found, dict):
        first = next(iter(model.model_fields))
        raise SettingsError("Settings are names with values", where=file, do=f"Write `{first}:` with lines below.")
    try:
        return model.model_validate(merged(found, changes or {}))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'file'}: {one['msg']}" for one in error.errors())
        raise SettingsError(wrong, where=file, do=f"Correct these; {name} says what each means.") from error


def merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Nested settings with others on top."""
    result = dict(below)
    for name, value in above.items():
        nested = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if nested else value
    return result
