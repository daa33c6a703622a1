"""Terms of a plan as people write them, with their limits: what every domain that shares a stock has. Reads no file."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, field_validator

from socialai_assets.methods.allocation.planning import OBJECTIVES, Terms


class AllocationSettings(BaseModel):
    """Every field is explained in the file of the domain that has it, which gives its own defaults."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    objective: str = "weighted"
    minimum_required: bool = False
    budget_usd: float | None = Field(default=None, ge=0)
    risk_aversion: float = Field(default=0.0, ge=0, le=1)
    tail: float = Field(default=0.25, gt=0, le=1)
    scenarios: int = Field(default=12, ge=1, le=500)
    correlation: float = Field(default=0.3, ge=0, le=1)
    segments: int = Field(default=5, ge=1, le=50)
    fairness_steps: tuple[float, ...] = (0.0, 0.5, 0.8, 0.9, 1.0)
    seed: int = Field(default=0, ge=0)
    seconds: float = Field(default=60.0, gt=0)

    @field_validator("objective")
    @classmethod
    def known_objective(cls, value: str) -> str:
        """One of the objectives there are."""
        if value not in OBJECTIVES:
            raise ValueError(f"`{value}` is no objective; there are {', '.join(OBJECTIVES)}")
        return value

    @field_validator("fairness_steps")
    @classmethod
    def ascending(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        """Ascending shares that begin with 0."""
        if list(value) != sorted(set(value)) or not value or value[0] != 0 or value[-1] > 1:
            raise ValueError("steps ascend from 0 to at most 1")
        return value

    @property
    def terms(self) -> Terms:
        """The same for the planner."""
        return Terms(
            segments=self.segments,
            minimum_required=self.minimum_required,
            risk_aversion=self.risk_aversion,
            tail=self.tail,
            seconds=self.seconds,
        )
