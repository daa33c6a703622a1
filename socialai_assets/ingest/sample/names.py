"""Names for invented places, put together from syllables. Holds no name of a real place."""

from __future__ import annotations

import numpy as np

_FIRST = [
    "Vor",
    "Tash",
    "Kel",
    "Miru",
    "Oru",
    "Quen",
    "Zil",
    "Hua",
    "Bren",
    "Ysa",
    "Dro",
    "Fel",
    "Ghi",
    "Jor",
    "Lumo",
    "Nev",
    "Pash",
    "Rix",
    "Sulo",
    "Wex",
    "Umba",
    "Thal",
]
_MIDDLE = ["a", "e", "i", "o", "u", "an", "el", "ir", "os", "um", "ala", "eni", "iro", "ola", "uri"]
_LAST = ["dra", "vek", "mosh", "tuin", "zar", "plon", "quil", "bash", "roth", "wen", "xun", "fjel", "gora", "shim"]


def invented_names(random: np.random.Generator, number: int) -> list[str]:
    """`number` names, the same for the same state of `random`; none comes twice while there are 4,620 or fewer."""
    every = len(_FIRST) * len(_MIDDLE) * len(_LAST)
    chosen = random.choice(every, number, replace=number > every)
    names = []
    for code in chosen:
        rest, last = divmod(int(code), len(_LAST))
        first, middle = divmod(rest, len(_MIDDLE))
        names.append(_FIRST[first] + _MIDDLE[middle] + _LAST[last])
    return names
