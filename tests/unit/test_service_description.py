"""The service answers as its OpenAPI description says, whatever is sent: bounded and seeded property tests."""

from __future__ import annotations

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from resources import settings as settings_module
from resources.settings import current
from tests.unit.service_home import client_of, plant

# Reading a row's way loads all definitions, which takes half a minute, and a what-if starts a run; each has tests.
LEFT_OUT = {"/v1/trace/{table}/{key}", "/v1/what-if", "/v1/openapi.json"}
# Who gets past the policy where an analyst does not.
ROLES = {
    "/v1/solve": "logistician",
    "/v1/overrides": "logistician",
    "/v1/alarms": "water_engineer",
    "/v1/alerts": "data_scientist",
    "/v1/flags": "social_worker",
}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_every_answer_is_as_described(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCIALAI_HOME", str(tmp_path_factory.mktemp("described") / "home"))
    settings_module.current.cache_clear()
    plant(current().home)
    clients = {role: client_of(role) for role in {"analyst", *ROLES.values()}}
    described = schemathesis.openapi.from_asgi("/v1/openapi.json", clients["analyst"].app)
    tried = 0
    for found in described.include(path_regex="^/v1/").get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path in LEFT_OUT:
            continue
        role = next((role for start, role in ROLES.items() if operation.path.startswith(start)), "analyst")
        _try(operation, clients[role])
        tried += 1
    assert tried > 10
    settings_module.current.cache_clear()


def _try(operation: APIOperation, client: TestClient) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    sent = {**client.headers, "cookie": cookies}

    @settings(
        max_examples=6,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=operation.as_strategy())
    def answers(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=sent, checks=CHECKS)

    answers()
