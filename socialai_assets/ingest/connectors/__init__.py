"""The connectors by name: each brings one kind of publisher's files to a folder. Lands and reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from resources.errors import SettingsError

CONNECTORS = {
    "url": "direct",
    "geoboundaries": "geoboundaries",
    "gibs": "gibs",
    "unhcr": "unhcr",
    "ckan": "ckan",
    "socrata": "socrata",
    "zenodo": "zenodo",
}


def connector(name: str, where: str) -> ModuleType:
    """A connector's module, with `Parameters`, `hosts(parameters)` and `fetch(parameters, web, folder)`.

    Raises:
        SettingsError: there is no such connector.
    """
    if name not in CONNECTORS:
        raise SettingsError(
            f"There is no connector `{name}`", where=where, do=f"The connectors are {sorted(CONNECTORS)}."
        )
    return import_module(f"{__name__}.{CONNECTORS[name]}")


def parameters_of(module: ModuleType, given: Mapping[str, Any], where: str) -> Any:
    """A connector's parameters, checked.

    Raises:
        SettingsError: one is missing, unknown or wrong; names it and says what it is for.
    """
    from pydantic import ValidationError

    try:
        return module.Parameters(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "?"
        fields = module.Parameters.model_fields
        known = "; ".join(f"{key}: {field.description}" for key, field in fields.items())
        meaning = fields[name].description if name in fields else known
        raise SettingsError(
            f"Parameter `{name}` of the connector: {first['msg'].lower()}",
            where=where,
            do=f"Give it with --set {name}=VALUE. {meaning}" if name in fields else f"The parameters are: {meaning}",
        ) from error
