"""The service under /v1 on a small home: tables in each format, landing, decisions, solving, problems, monitoring."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from resources import settings as settings_module
from resources.errors import NothingSuch
from resources.settings import current
from socialai_assets.serving.api.solving import _ALLOCATION_EXAMPLE, _ROUTES_EXAMPLE
from socialai_assets.serving.lineage import LineageLog
from tests.unit.service_home import PREDICTIONS, client_of, plant


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOCIALAI_HOME", str(tmp_path_factory.mktemp("service") / "home"))
        settings_module.current.cache_clear()
        plant(current().home)
        yield current().home
    settings_module.current.cache_clear()


@pytest.fixture(scope="module")
def analyst(home: Path) -> TestClient:
    return client_of("analyst")


def rows(client: TestClient, query: str) -> list:
    return client.get(f"/v1/tables/{PREDICTIONS}?{query}").json()["rows"]


def test_rows_are_filtered_sorted_and_paged(analyst: TestClient) -> None:
    assert rows(analyst, "columns=area_id&sort=-area_id") == [{"area_id": "B1"}, {"area_id": "A1"}]
    assert rows(analyst, "filter=estimate>=60&columns=name") == [{"name": "Úno"}]
    assert rows(analyst, "filter=estimate=null&columns=name") == [{"name": "Two"}]
    assert rows(analyst, "filter=name~ÚN&filter=area_id!=B1&columns=name") == [{"name": "Úno"}]
    assert rows(analyst, "area=B&columns=area_id") == [{"area_id": "B1"}]
    page = analyst.get(f"/v1/tables/{PREDICTIONS}?limit=1&columns=area_id")
    assert page.headers["x-total-count"] == "2" and 'rel="next"' in page.headers["link"]
    beyond = analyst.get(f"/v1/tables/{PREDICTIONS}?offset=9").json()
    assert beyond["rows"] == [] and beyond["total"] == 2


def test_rows_come_as_csv_and_arrow_and_an_unchanged_lake_is_not_sent_again(analyst: TestClient) -> None:
    address = f"/v1/tables/{PREDICTIONS}"
    assert analyst.get(f"{address}?format=csv&columns=name").text == '"name"\n"Úno"\n"Two"\n'
    arrow = analyst.get(address, headers={"accept": "application/vnd.apache.arrow.stream"})
    assert pa.ipc.open_stream(arrow.content).read_all()["estimate"].to_pylist() == [60.5, None]
    again = analyst.get(address, headers={"if-none-match": analyst.get(address).headers["etag"]})
    assert again.status_code == 304 and not again.content


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("filter=estimate>x", "is no value"),
        ("filter=nothing=1", "no column"),
        ("filter=estimate;drop", "not understood"),
        ("sort=nothing", "no column"),
        ("limit=0", "not what this endpoint takes"),
        ("limit=99999", "more than an answer"),
        ("format=geojson&columns=nothing", "no column"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_reason(analyst: TestClient, query: str, said: str) -> None:
    answer = analyst.get(f"/v1/tables/{PREDICTIONS}?{query}")
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["title"] and answer.json()["what_to_do"]


def test_each_sees_what_is_granted(home: Path, analyst: TestClient) -> None:
    assert "children.children" not in {table["name"] for table in analyst.get("/v1/tables").json()["tables"]}
    assert analyst.get("/v1/tables/children.children").status_code == 403
    worker = client_of("social_worker")
    found = worker.get("/v1/tables/children.children?columns=child_id").json()
    assert found["rows"] == [{"child_id": "x"}] and found["total"] == 1
    neighbour = client_of("neighbour", "community_representative")
    assert [row["area_id"] for row in neighbour.get("/v1/tables/water.alarms").json()["rows"]] == ["A1"]
    assert TestClient(analyst.app).get("/v1/tables").status_code == 401
    for path in ("/v1/tables/nothing.there", "/v1/nothing"):
        assert analyst.get(path).headers["content-type"] == "application/problem+json"


def test_a_file_is_landed_with_what_goes_to_quarantine(home: Path, analyst: TestClient) -> None:
    head = "area_id,parent_id,level,name,country,population\n"
    template = analyst.get("/v1/sources").json()["sources"]
    assert "geography.areas" in {source["name"] for source in template}
    wrong = analyst.post("/v1/sources/geography.areas/files", files={"file": ("x.csv", head.encode())})
    assert wrong.status_code == 422 and str(home) not in wrong.text
    acknowledgements = b"acknowledgement_id,alarm_id,note,acknowledged_by,acknowledged_at\n"
    good, bad = b"1,T1:x:1,known,operator,2026-01-05T10:00:00\n", b"2,T1:x:1,known,operator,never\n"
    sent = {"file": ("a.csv", acknowledgements + good + bad)}
    landed = analyst.post("/v1/sources/water.alarm_acknowledgements/files", files=sent).json()
    assert (landed["accepted"], landed["quarantined"], landed["reasons"][0]["line"]) == (1, 1, 3)
    assert (home / "landing" / "water" / "alarm_acknowledgements" / "a.csv").is_file()
    outside = {"file": ("../../b.csv", acknowledgements + good)}
    analyst.post("/v1/sources/water.alarm_acknowledgements/files", files=outside)
    assert not list(home.rglob("../b.csv"))
    assert analyst.post("/v1/sources/none/files", files=sent).status_code == 404


def test_an_alarm_is_acknowledged_by_its_whole_code(home: Path) -> None:
    engineer = client_of("water_engineer")
    assert engineer.post("/v1/alarms/T1/acknowledge", json={}).status_code == 404
    assert engineer.post("/v1/alarms/T2:x:1/acknowledge", json={}).status_code == 404
    done = engineer.post("/v1/alarms/T1:x:1/acknowledge", json={"note": "probe"})
    assert done.json() == {"recorded": "T1:x:1", "by": "water_engineer"}
    texts = [file.read_text() for file in (home / "landing" / "water" / "alarm_acknowledgements").glob("2*.csv")]
    assert len(texts) == 1 and "probe" in texts[0]
    assert client_of("analyst").post("/v1/alarms/T1:x:1/acknowledge", json={}).status_code == 403


def test_routes_and_allocations_are_solved(home: Path) -> None:
    planner = client_of("logistician")
    solved = planner.post("/v1/solve/routes", json=_ROUTES_EXAMPLE).json()
    assert solved["summary"]["unassigned"] == 0 and solved["summary"]["delivery"] == [8]
    shared = planner.post("/v1/solve/allocation", json=_ALLOCATION_EXAMPLE).json()
    assert shared["status"] == "optimal" and sum(row["quantity"] for row in shared["sent"]) == pytest.approx(90)
    unknown = {**_ALLOCATION_EXAMPLE, "batches": [{"depot": "nowhere", "item": "water", "quantity": 1}]}
    assert "nowhere" in planner.post("/v1/solve/allocation", json=unknown).json()["title"]
    assert planner.post("/v1/solve/routes", json={"vehicles": []}).status_code == 422


def test_rows_of_other_columns_are_not_scored(analyst: TestClient) -> None:
    told = analyst.post("/v1/models/poverty.district_model/score", json={"rows": [{"area_id": 7, "colour": "red"}]})
    faults = {(fault["column"], fault["message"]) for fault in told.json()["errors"]}
    assert told.status_code == 422 and {("area_id", "is no string"), ("colour", "unknown")} <= faults
    assert analyst.post("/v1/models/none/score", json={"rows": [{}]}).status_code == 404


def test_what_an_answer_rests_on_is_kept(tmp_path: Path) -> None:
    log = LineageLog(tmp_path / "lineage.sqlite")
    identifier = log.append({"model": "m", "version": 2}, given=[{"a": 1}], answered=[{"estimate": 3}])
    entry = log.entry(identifier)
    assert (entry["model"], entry["version"], entry["rows"]) == ("m", 2, 1)
    with pytest.raises(NothingSuch):
        log.entry("nothing")
    with sqlite3.connect(tmp_path / "lineage.sqlite") as database:
        assert "estimate" not in database.execute("SELECT entry FROM lineage").fetchone()[0]


def test_it_tells_whether_it_is_up_and_counts_what_it_answers(analyst: TestClient) -> None:
    anybody = TestClient(analyst.app)
    assert anybody.get("/health").json() == {"status": "up"}
    assert anybody.get("/ready").json()["status"] == "ready"
    analyst.get(f"/v1/tables/{PREDICTIONS}")
    assert 'route="/v1/tables/{table}",status="200"' in anybody.get("/metrics").text
    # Behind a proxy everybody comes from loopback.
    assert anybody.get("/metrics", headers={"x-forwarded-for": "10.0.0.1"}).status_code == 401
