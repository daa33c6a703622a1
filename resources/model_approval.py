"""What a version needs before it is used: a card, an audit by group, an approval. Trains nothing, prints nothing.

States, kept as the version's tag `approval`: `automatic`, `waiting`, `approved`, `rejected`. Who said what and when is
kept beside it in `approvals`, to which entries are only added.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from resources.errors import ModelError
from resources.model_registry import ModelRegistry, ModelVersion

CARD = "README.md"
FAIRNESS_AUDIT = "fairness.csv"
STATE, HISTORY, PROPOSAL = "approval", "approvals", "proposal"
AUTOMATIC, WAITING, APPROVED, REJECTED = "automatic", "waiting", "approved", "rejected"


def propose(
    registry: ModelRegistry,
    version: ModelVersion,
    reason: str,
    *,
    approval_required: bool,
    about_people: bool = True,
) -> bool:
    """Make a version that deserves it the champion, or let it wait for a person's approval.

    Args:
        registry: where it is registered.
        version: the better version.
        reason: why it is better.
        approval_required: whether a person must approve it first.
        about_people: whether its estimates are about people, so that it needs an audit by group.

    Returns:
        Whether it is in use now.

    Raises:
        ModelError: its card or audit is missing.
    """
    _require_papers(registry, version, about_people)
    registry.note(version.name, version.version, PROPOSAL, reason)
    if approval_required:
        registry.note(version.name, version.version, STATE, WAITING)
        return False
    _record(registry, version, AUTOMATIC, role="platform", reason="automatic approval, by the settings")
    registry.promote(version.name, version.version, reason)
    return True


def approve(registry: ModelRegistry, version: ModelVersion, *, role: str, by: str, reason: str = "") -> None:
    """Approve a version that waits, which makes it the champion.

    Args:
        registry: where it is registered.
        version: the version that waits.
        role: in which role it is approved, e.g. `head of statistics`.
        by: who approves.
        reason: why, in their words.

    Raises:
        ModelError: it does not wait, or its files are gone.
    """
    _require_waiting(version)
    _require_papers(registry, version, about_people=False)
    _record(registry, version, APPROVED, role=role, by=by, reason=reason)
    why = version.tags.get(PROPOSAL, "")
    registry.promote(version.name, version.version, f"{why}; approved by {by} as {role}".removeprefix("; "))


def reject(registry: ModelRegistry, version: ModelVersion, *, role: str, by: str, reason: str = "") -> None:
    """Reject a version that waits; the champion stays.

    Raises:
        ModelError: it does not wait.
    """
    _require_waiting(version)
    _record(registry, version, REJECTED, role=role, by=by, reason=reason)
    registry.note(version.name, version.version, "not_promoted", f"rejected by {by} as {role}: {reason}".rstrip(": "))


def waiting(versions: Sequence[ModelVersion]) -> list[ModelVersion]:
    """The versions that wait for an approval, newest first, of those newer than the champion."""
    champion = max((version.version for version in versions if version.is_champion), default=0)
    return [v for v in versions if v.tags.get(STATE) == WAITING and v.version > champion]


def history(version: ModelVersion) -> list[Mapping[str, str]]:
    """Who approved or rejected a version, in which role, when and why; oldest first."""
    return json.loads(version.tags.get(HISTORY, "[]"))


def require_usable(version: ModelVersion, *, approval_required: bool) -> None:
    """Hold a version that somebody wants to go back to, to the same rule as a new one.

    Raises:
        ModelError: it waits, was rejected, or nobody approved it where the settings ask for that.
    """
    state = version.tags.get(STATE)
    # A champion of the time before approvals was in use already.
    used_before = "promoted_at" in version.tags and state is None
    if state in (WAITING, REJECTED) or (approval_required and state is None and not used_before):
        raise ModelError(
            f"Version {version.version} of `{version.name}` is not approved ({state or 'never proposed'})",
            do="`socialai models show` tells why; `socialai models approve` approves one that waits.",
        )


def _require_waiting(version: ModelVersion) -> None:
    state = version.tags.get(STATE)
    if state != WAITING:
        raise ModelError(
            f"Version {version.version} of `{version.name}` does not wait for an approval ({state or 'not proposed'})",
            do="`socialai models list` shows which does.",
        )


def _require_papers(registry: ModelRegistry, version: ModelVersion, about_people: bool) -> None:
    folder = registry.files(version)
    wanted = (CARD, FAIRNESS_AUDIT) if about_people else (CARD,)
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        raise ModelError(
            f"Version {version.version} of `{version.name}` cannot be used: it has no {' and no '.join(missing)}",
            where=str(folder),
            do="The training writes a model card and, where people are concerned, its scores by group.",
        )


def _record(
    registry: ModelRegistry, version: ModelVersion, state: str, *, role: str, reason: str, by: str = "socialai"
) -> None:
    entry = {"state": state, "role": role, "by": by, "reason": reason}
    entry["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    registry.note(version.name, version.version, HISTORY, json.dumps([*history(version), entry], ensure_ascii=False))
    registry.note(version.name, version.version, STATE, state)
