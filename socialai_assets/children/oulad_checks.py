"""Checks of OULAD's tables: each is what its contract promises. Other checks of children are elsewhere."""

from socialai_assets.children import contracts
from socialai_assets.factories.checks import contract_check

CHECKS = [contract_check(contracts.OuladFeatures)]
