"""Reasons, what-ifs and cautions as sentences in English and Spanish; figures are made in reasons.py. No Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from socialai_assets.poverty.wording import BOUNDS, DRIVERS, LEVER_NAMES, number, phrase, points, wording

# A sentence names what counts: effects of half a point and more, at most so many each way.
TOLD_POINTS = 0.5
TOLD_RAISING, TOLD_LOWERING = 3, 2

_SENTENCE = {
    "en": "Estimated {estimate} % poor, where the model starts from {base} %",
    "es": "Se estima {estimate} % de pobreza; el modelo parte de {base} %",
}
_RAISED = {"en": "raised by {}", "es": "suben la estimación: {}"}
_LOWERED = {"en": "lowered by {}", "es": "la bajan: {}"}
_ORDINARY = {"en": "nothing sets the district apart", "es": "nada distingue al distrito"}
_BASELINE = {
    "en": "Estimated {estimate} % poor by a baseline ({model}), because no model was certainly better; it has no "
    "reasons to give.",
    "es": "Se estima {estimate} % de pobreza con un método de referencia ({model}), porque ningún modelo fue mejor con "
    "certeza; no hay razones que dar.",
}
_WHAT_IF = {
    "en": "If {lever} were {changed} instead of {value}, the model would estimate {estimate} % and the district "
    "{outcome} (rank {rank} instead of {rank_now} of {count}). This is what goes together in the data, not what a "
    "measure would bring about.",
    "es": "Si {lever} fuera {changed} en vez de {value}, el modelo estimaría {estimate} % y el distrito {outcome} "
    "(puesto {rank} en vez de {rank_now} de {count}). Es lo que va junto en los datos, no el efecto de una medida.",
}
_OUTCOMES = {
    "leaves the poorest fifth": {
        "en": "would leave the poorest fifth",
        "es": "saldría de la quinta parte más pobre",
    },
    "enters the poorest fifth": {
        "en": "would be among the poorest fifth",
        "es": "entraría en la quinta parte más pobre",
    },
    "moves in the ranking": {"en": "would move in the ranking", "es": "cambiaría de puesto"},
}
_UNMOVED = {
    "en": "No change tried of one covariate alone would move the district much in the ranking.",
    "es": "Ningún cambio probado de una sola variable movería mucho al distrito de puesto.",
}
_NOT_ASKED = {
    "en": "A baseline cannot be asked what would change it.",
    "es": "A un método de referencia no se le puede preguntar qué lo cambiaría.",
}
_CAUTION = {
    "en": "Unlike every district the model learned from, most of all in: {}. Its interval may be too narrow.",
    "es": "Distinto de todos los distritos de los que aprendió el modelo, sobre todo en: {}. Su intervalo puede ser "
    "demasiado angosto.",
}


def reason_text(reason: Mapping[str, Any], language: str) -> str:
    """One driver in words with its effect: `little light at night: +6.1 points`.

    Args:
        reason: a row of `reasons.driver_effects`.
        language: `en` or `es`.
    """
    unit = {"en": "points", "es": "puntos"}[language]
    return f"{_words(reason, language)}: {points(reason['effect'])} {unit}"


def sentence(estimate: float, base: float, reasons: Sequence[Mapping[str, Any]], language: str) -> str:
    """An estimate with its main reasons.

    Args:
        estimate: %.
        base: what the model starts from, %.
        reasons: rows of `reasons.driver_effects` of one district, greatest effect first.
        language: `en` or `es`.
    """
    told = [reason for reason in reasons if abs(reason["effect"]) >= TOLD_POINTS]
    parts = [_SENTENCE[language].format(estimate=number(estimate), base=number(base))]
    for direction, words, most in (("raises", _RAISED, TOLD_RAISING), ("lowers", _LOWERED, TOLD_LOWERING)):
        named = [
            f"{_words(reason, language)} [{points(reason['effect'])}]"
            for reason in told
            if reason["direction"] == direction
        ][:most]
        if named:
            parts.append(words[language].format(", ".join(named)))
    if len(parts) == 1:
        parts.append(_ORDINARY[language])
    return "; ".join(parts) + "."


def baseline_sentence(estimate: float, model: str, language: str) -> str:
    """An estimate of a baseline, which has no reasons."""
    return _BASELINE[language].format(estimate=number(estimate), model=model.replace("_", " "))


def what_if_text(change: Mapping[str, Any], rank: int, count: int, language: str) -> str:
    """What would move a district in the ranking, as an association.

    Args:
        change: a row of `reasons.rank_changes`; an outcome of None where a baseline is served.
        rank: of the district, 1 for the poorest.
        count: districts in all.
        language: `en` or `es`.
    """
    outcome = change["outcome"]
    if outcome not in _OUTCOMES:
        return (_UNMOVED if outcome == "nothing tried moves it" else _NOT_ASKED)[language]
    unit = wording(change["covariate"]).unit
    value, changed = (_figure(change[name], unit) for name in ("value", "changed"))
    return _WHAT_IF[language].format(
        lever=LEVER_NAMES[change["covariate"]][language],
        value=value,
        changed=changed,
        estimate=number(change["estimate"]),
        outcome=_OUTCOMES[outcome][language],
        rank=f"{int(change['rank']):,}",
        rank_now=f"{rank:,}",
        count=f"{count:,}",
    )


def caution_text(covariate: str, value: float, middle: float, language: str) -> str:
    """What extrapolation means, and the covariate that is most unlike."""
    return _CAUTION[language].format(phrase(covariate, value, middle, language))


def _words(reason: Mapping[str, Any], language: str) -> str:
    if reason["driver"] == BOUNDS or pd.isna(reason["covariate"]):
        return DRIVERS[reason["driver"]][language].lower()
    return phrase(reason["covariate"], reason["value"], reason["middle"], language)


def _figure(value: float, unit: str) -> str:
    return f"{number(value)} {unit}".strip()
