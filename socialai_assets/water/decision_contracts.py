"""The log of water's decisions. The plans it tells of have contracts of their own."""

from __future__ import annotations

from socialai_assets.ingest.decision_contract import DecisionLogContract


class DecisionLog(DecisionLogContract):
    """Every plan of water that was made, a row each, kept for good: inputs, models, terms, status."""

    class Config:
        name = "water.decision_log"
