"""The few exception types of socialai; each message says what went wrong, where, and what to do. No logic here."""

from __future__ import annotations


class SocialAIError(Exception):
    """An error a person can act on.

    Args:
        what: what went wrong, one sentence.
        where: the file, line, row, table or setting it happened at.
        do: what the reader can do about it.
    """

    def __init__(self, what: str, *, where: str | None = None, do: str | None = None) -> None:
        self.what, self.where, self.do = what, where, do
        parts = [what.rstrip(".") + "."]
        if where:
            parts.append(f"Where: {where}.")
        if do:
            parts.append(f"What to do: {do}")
        super().__init__(" ".join(parts))


class SettingsError(SocialAIError):
    """A setting is unknown, malformed or contradicts another one."""


class LandingError(SocialAIError):
    """A landed file cannot be read as what its source says it is."""


class FetchError(SocialAIError):
    """A file cannot be fetched from its publisher."""


class ContractError(SocialAIError):
    """A table is not what its contract promises."""


class LakeError(SocialAIError):
    """The lake cannot be opened, read or written."""


class QueryRefused(SocialAIError):
    """A statement is not a read-only query over the lake."""


class ModelError(SocialAIError):
    """A model cannot be trained, loaded, promoted or rolled back."""


class TraceError(SocialAIError):
    """A row cannot be traced: there is no such table, key or row."""


class StreamError(SocialAIError):
    """A message broker cannot be reached, or does not hold what is expected of it."""


class VaultError(SocialAIError):
    """The vault or its key cannot be opened, or its access log is not what was written."""


class NotInVault(VaultError):
    """A table of the vault that has not been made yet."""


class AccessRefused(SocialAIError):
    """The policy does not allow what was asked of the vault."""


class ActionRefused(SocialAIError):
    """What a person wants done cannot be done: something is unknown, past, or against a rule; nothing has changed.

    Args:
        reasons: each thing that is wrong, one sentence each.
        where: what it is about.
        do: what the reader can do about it.
    """

    def __init__(self, *reasons: str, where: str | None = None, do: str | None = None) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reason.rstrip(".") for reason in reasons), where=where, do=do)


class NothingSuch(ActionRefused):
    """What is to be changed is not there, or no longer."""
