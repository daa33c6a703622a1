"""The log of refugees' decisions. The plans it tells of have contracts of their own."""

from __future__ import annotations

from socialai_assets.ingest.decision_contract import DecisionLogContract


class DecisionLog(DecisionLogContract):
    """Every plan of refugees that was made, a row each, kept for good: inputs, models, terms, status."""

    class Config:
        name = "refugees.decision_log"
