"""The service under /v1, a module a subject: each has a `router`. Nothing is answered from here."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter

PREFIX = "/v1"


def routers() -> Iterator[APIRouter]:
    """Every subject's routes."""
    for module in iter_modules(__path__):
        found = import_module(f"{__name__}.{module.name}")
        if hasattr(found, "router"):
            yield found.router
