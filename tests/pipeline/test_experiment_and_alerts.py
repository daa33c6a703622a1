"""`socialai experiment` and `socialai alerts` as a person uses them, on the sample country."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from http.server import HTTPServer
from pathlib import Path

from resources.model_registry import ModelRegistry
from resources.settings import PROJECT
from tests.listening import listener, serving
from tests.pipeline.command import Home

MODEL = "poverty.district_model"
EXAMPLE = PROJECT / "docs" / "experiments" / "poverty.yaml"


def registry(home: Home) -> ModelRegistry:
    return ModelRegistry(f"sqlite:///{home.path}/mlflow/mlflow.db", home.path / "mlflow" / "artifacts")


def test_the_example_ranks_its_variants_and_touches_neither_champion_nor_lake(home: Home, tmp_path: Path) -> None:
    versions, tables = registry(home).versions(MODEL), home.versions()
    table = tmp_path / "table.csv"
    said = home.done("experiment", str(EXAMPLE), "--output", str(table))
    assert "SYNTHETIC" in said and "5/5 extra trees: trees 150" in said
    with table.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    scores = [float(row["r2"]) for row in rows]
    assert scores == sorted(scores, reverse=True)
    roles = [row["role"] for row in rows]
    assert {role: roles.count(role) for role in set(roles)} == {"variant": 5, "baseline": 3, "champion": 1}
    for row in rows:
        if row["role"] == "variant":
            assert float(row["champion_lower"]) <= float(row["champion_gain"]) <= float(row["champion_upper"])

    kept = registry(home)
    assert kept.versions(MODEL) == versions
    assert home.versions() == tables
    client = kept.client
    found = client.get_experiment_by_name(f"experiments/{MODEL}/poverty")
    assert found is not None
    runs = {run.info.run_name: run for run in client.search_runs([found.experiment_id])}
    assert set(runs) == {row["name"] for row in rows if row["role"] == "variant"}
    assert runs["without night lights"].data.params["without"] == "night_light*"
    best = next(row for row in rows if row["role"] == "variant")
    assert runs[best["name"]].data.metrics["r2"] == float(best["r2"])


def test_an_unknown_covariate_or_model_is_refused_before_anything_is_fitted(prepared: Home, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    text = EXAMPLE.read_text()
    file.write_text(text.replace("night_light*", "altitud_m"))
    assert "Did you mean `altitude_m`" in prepared.refused("experiment", str(file))
    file.write_text(text.replace(MODEL, "poverty.model"))
    assert MODEL in prepared.refused("experiment", str(file))
    assert str(tmp_path / "none.yaml") in prepared.refused("experiment", str(tmp_path / "none.yaml"))


def test_a_failing_run_is_listed_acknowledged_and_resolved(home: Home) -> None:
    assert [a for a in alerts(home) if a["severity"] == "error"] == []
    file = home.path / "landing/geography/sample/places.csv"
    good = file.read_bytes()
    file.write_bytes(b"\x00\x01 not a table")
    assert home.socialai("run").code == 1
    (alert,) = (a for a in alerts(home) if a["severity"] == "error")
    assert "places" in alert["key"] and "places.csv" in alert["detail"]
    assert alert["key"] in home.done("alerts", "list")
    assert re.search(r"Alert .*places", home.done("status"))

    home.done("alerts", "acknowledge", alert["key"], "--note", "new file on its way", "--days", "2")
    assert "new file on its way" in home.done("alerts", "list")
    assert "What to do" in home.refused("alerts", "acknowledge", "nothing like it")

    file.write_bytes(good)
    home.done("run")
    assert [a for a in alerts(home) if a["severity"] == "error"] == []
    (ended,) = (a for a in alerts(home, "--all") if a["key"] == alert["key"])
    assert ended["state"] == "resolved"


def alerts(home: Home, *arguments: str) -> list[dict]:
    return json.loads(home.done("alerts", "list", "--json", *arguments))


def test_a_test_alert_reaches_the_webhook_or_says_why_not(prepared: Home) -> None:
    assert "log" in prepared.done("alerts", "test")
    received: list[dict] = []
    with serving(HTTPServer(("127.0.0.1", 0), listener(received))) as port:
        hook = {"SOCIALAI_NOTIFIER": "webhook", "SOCIALAI_NOTIFIER_WEBHOOK": f"http://127.0.0.1:{port}/"}
        home = replace(prepared, settings={**prepared.settings, **hook})
        assert "Sent by webhook" in home.done("alerts", "test")
    assert [alert["severity"] for alert in received] == ["info"]
    assert "did not take one" in home.refused("alerts", "test")
