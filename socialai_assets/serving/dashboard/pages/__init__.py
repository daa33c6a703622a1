"""The pages, a module a group: each has `PAGES` for the menu and a `router`. Nothing is shown from here."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from fastapi import APIRouter

from socialai_assets.serving.dashboard.page import GROUPS, Page


@cache
def modules() -> tuple[ModuleType, ...]:
    """The modules of this package that have pages."""
    found = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    return tuple(module for module in found if hasattr(module, "router"))


def routers() -> Iterator[APIRouter]:
    """Every group's routes."""
    for module in modules():
        yield module.router


@cache
def menu() -> tuple[Page, ...]:
    """All pages in the menu's order."""
    pages = [page for module in modules() for page in getattr(module, "PAGES", ())]
    return tuple(sorted(pages, key=lambda page: GROUPS.index(page.group)))
