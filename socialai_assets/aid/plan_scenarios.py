"""Scenarios of aid's plan tables, which are those of every domain: see factories/plan_scenarios.py. Nothing else."""

from socialai_assets.factories.plan_scenarios import BASELINE as BASELINE
from socialai_assets.factories.plan_scenarios import inputs_hash as inputs_hash
from socialai_assets.factories.plan_scenarios import with_scenarios as with_scenarios
