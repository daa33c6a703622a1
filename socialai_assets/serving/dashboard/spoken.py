"""What codes and sentences of the tables say to people on the pages, in the reader's language. Reads no table.

Sentences stand in the tables in English, made of fixed patterns by the modules that write them; here is their Spanish.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from importlib.resources import files

import yaml

from socialai_assets.publishing.languages import Language
from socialai_assets.serving.dashboard.words import said

CODES: dict[str, dict[str, str]] = {
    "label": {"leaves_school": "Leaving school", "case_opens": "A protection case"},
    "state": {
        "scored": "not reviewed",
        "confirmed": "confirmed",
        "contested": "contested",
        "cleared": "cleared",
        "reopened": "open again",
        "waits": "waits",
        "acknowledged": "looked at",
        "held back": "held back",
        "ended": "ended",
    },
    "decision": {
        "confirmed": "Confirm: the risk is real",
        "contested": "Contest: the child or family says it is wrong",
        "cleared": "Clear: take it off the list",
    },
    "reason": {
        "known_to_services": "Services know the child already",
        "record_wrong": "A record is wrong",
        "already_supported": "The child is being helped",
        "circumstances_changed": "Circumstances have changed",
        "not_at_risk": "There is no risk",
    },
    "role": {"school_counsellor": "school counsellor", "social_worker": "social worker"},
    "sex": {"F": "girl", "M": "boy", "female": "female", "male": "male", "all": "All"},
    "evidence": {
        "randomised": "randomised trial",
        "matched": "matched comparison",
        "expert": "experts",
        "none": "none",
    },
    "outcome": {
        "attends": "attends school",
        "left_school": "left school",
        "case_opened": "a case was opened",
        "moved": "moved away",
        "not_known": "not known",
        "waits": "nothing found yet",
    },
    "event": {
        "enrolled": "enrolled",
        "transferred": "changed school",
        "left": "left school",
        "completed": "completed school",
        "opened": "opened",
        "closed": "closed",
    },
    "kind": {"neglect": "neglect", "violence": "violence", "child_labour": "child labour", "other": "other"},
    "by": {"area": "by area", "sex": "by sex", "age": "by age", "period": "by year"},
    "target": {"treatment_fails": "Treatment does not work", "catchment_fails": "Catchment in a bad state or fallen"},
    "risk_class": {"high": "high", "medium": "medium", "low": "low"},
    "action": {"repair": "Repair", "build": "Build a new point"},
    "why": {"uncertain": "its state is uncertain", "stale": "the last visit is old", "never_visited": "never visited"},
    "stop": {
        "less_urgent": "others are more urgent",
        "out_of_reach": "out of reach of a day's work",
        "shift": "the day is full",
    },
    "near": {
        "district": "in the same district",
        "province": "in the same province",
        "department": "in the same department",
        "country": "further away",
    },
    "status": {"planned": "planned", "left_out": "left out", "not_chosen": "not among the most urgent"},
    "method": {
        "plan": "this plan",
        "most people": "most people",
        "weighted": "poor and remote people count more",
        "cautious": "cautious",
        "greedy": "one after the other",
        "population alone": "where most people live",
        "risk alone": "where failure is likeliest",
    },
}
"""English of codes, by kind; their Spanish is in the words files."""


def spoken(language: Language) -> dict[str, Callable]:
    """`code(kind, value)` and `sentence(text)` for templates."""
    return {"code": partial(code_words, language), "sentence": partial(sentence_words, language)}


def code_words(language: Language, kind: str, value: object) -> str:
    """What a code says; one that is not known is shown without underscores."""
    text = CODES[kind].get(str(value))
    return str(value).replace("_", " ") if text is None else said(text, language)


def sentence_words(language: Language, text: object) -> str:
    """A sentence of a table in the reader's language."""
    if not isinstance(text, str):
        return ""
    if language == "en":
        return text
    for pattern, spanish in _patterns():
        text = pattern.sub(spanish, text)
    return text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of `sentences.yaml`, in order: the longer before what is part of them."""
    pairs = yaml.safe_load(files("socialai_assets.serving.dashboard").joinpath("sentences.yaml").read_text("utf-8"))
    return tuple((re.compile(english), spanish) for english, spanish in pairs)
