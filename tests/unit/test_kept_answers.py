"""Answers of the lake that are kept: as long as it is as it was, for those to whom the same is granted."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from resources.access_policy import Person
from resources.settings import Settings
from socialai_assets.serving.answers import AnswerKey, Answers
from socialai_assets.serving.asker import Asker
from socialai_assets.serving.platform import Platform
from socialai_assets.serving.service_settings import service_settings
from tests.conftest import make_lake

POINTS, AREAS = "water.systems", "geography.areas"
SQL = "SELECT name FROM systems ORDER BY name"


def asker(role: str, purpose: str, *areas: str) -> Asker:
    return Asker(Person(role, frozenset({role}), areas), role, purpose)


def test_an_answer_is_the_lakes_as_it_is_and_as_it_is_granted(tmp_path: Path) -> None:
    lake = make_lake(tmp_path)
    tree = pd.DataFrame({"area_id": ["1", "11", "12"], "parent_id": [None, "1", "1"], "level": ["admin1", "a3", "a3"]})
    lake.replace(AREAS, tree, author="test")
    lake.replace(POINTS, pd.DataFrame({"area_id": ["11", "12"], "name": ["own", "other"]}), author="test")
    settings = Settings(home=tmp_path)
    gate = Platform.from_settings(settings, service_settings(settings)).gate
    everywhere = asker("analyst", "statistics", "1")
    here = asker("community_representative", "information", "11")

    def names(who: Asker, as_of: int | None = None) -> list[str]:
        return gate.query(who, SQL, {"systems": POINTS}, as_of=as_of)["name"].to_pylist()

    first = gate.snapshot()
    assert names(everywhere) == ["other", "own"]
    assert names(here) == ["own"]
    lake.replace(POINTS, pd.DataFrame({"area_id": ["11"], "name": ["new"]}), author="test")
    assert gate.snapshot() > first
    assert names(everywhere) == names(here) == ["new"]
    assert names(everywhere, as_of=first) == ["other", "own"]


def test_what_was_used_longest_ago_goes_and_what_is_large_is_not_kept() -> None:
    answer = pa.table({"n": pa.array(range(100), pa.int64())})
    answers = Answers(most=10 * answer.nbytes)
    keys = [AnswerKey.of(1, None, f"SELECT {n}", {}, None) for n in range(12)]
    for key in keys:
        answers.keep(key, answer)
        answers.get(keys[0])
    large = AnswerKey.of(1, None, "SELECT everything", {}, None)
    answers.keep(large, pa.table({"n": pa.array(range(1000), pa.int64())}))

    assert [key for key in keys if answers.get(key) is None] == keys[1:3]
    assert answers.get(large) is None
