"""`python -m benchmarks.service`: requests a second, p50 and p99 of the service, beside a bare FastAPI endpoint.

Serves the home of the settings with two workers on a port of its own, to an analyst of its own and without a limit on
requests a minute, and appends each figure to `bench/service.jsonl` in the home. Reads only; scores are kept in the
home's lineage.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import httpx
from fastapi import FastAPI

from benchmarks.figures import Figure, append_json_lines, report
from resources.people import Account, change_accounts
from resources.settings import current
from socialai_assets.access.policy import policy
from socialai_assets.serving.service_settings import service_settings
from socialai_assets.serving.sessions import COOKIE, Sessions, fresh

TABLE, MODEL = "poverty.district_predictions", "poverty.district_model"
FEATURES = "poverty.district_features"
WORKERS, CLIENTS = 2, 4
LOADING_SECONDS = 300
ROLE = "analyst"
LIMITS = "limits: {requests_per_minute: 100000000}\n"


def bare() -> FastAPI:
    """An application with one endpoint that does nothing."""
    app = FastAPI()

    @app.get("/")
    def nothing() -> dict[str, str]:
        return {"status": "up"}

    return app


async def load(
    client: httpx.AsyncClient, method: str, address: str, seconds: float, body: object = None
) -> list[float]:
    """Seconds of each answer, asked by `CLIENTS` clients one after another for a while."""
    ended, taken = time.perf_counter() + seconds, []

    async def one() -> None:
        while time.perf_counter() < ended:
            began = time.perf_counter()
            answer = await client.request(method, address, json=body)
            answer.raise_for_status()
            taken.append(time.perf_counter() - began)

    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return taken


def figures_of(section: str, taken: Sequence[float], seconds: float) -> list[Figure]:
    """Requests a second, p50 and p99."""
    note = f"{len(taken):,} requests, {CLIENTS} clients, {WORKERS} workers"
    return [
        Figure(section, "requests a second", len(taken) / seconds, "requests", note=note),
        Figure(section, "p50", median(taken), "s"),
        Figure(section, "p99", quantiles(taken, n=100)[98] if len(taken) > 1 else taken[0], "s"),
    ]


async def measured(address: str, bare_address: str, seconds: float) -> list[Figure]:
    """All figures."""
    settings = current()
    session = fresh(ROLE, ROLE, "en")
    cookie = Sessions(settings.home / "access" / "session.keys", service_settings(settings).sign_in.hours)
    found = []
    async with httpx.AsyncClient(
        base_url=address,
        cookies={COOKIE: cookie.cookie(session)},
        headers={"x-token": session.token or ""},
        timeout=600,
    ) as client:
        row = (await client.get(f"/v1/tables/{FEATURES}?limit=1")).raise_for_status().json()["rows"][0]
        body, score = {"rows": [row]}, f"/v1/models/{MODEL}/score"
        found += await first_scores(client, score, body)
        page = f"/v1/tables/{TABLE}?limit=100&sort=-estimate"
        for section, method, path, sent in (
            ("Table: 100 rows as JSON", "GET", page, None),
            ("Table: 100 rows as Arrow", "GET", f"{page}&format=arrow", None),
            ("Score: one district with reasons", "POST", score, body),
        ):
            found += figures_of(section, await load(client, method, path, seconds, sent), seconds)
    async with httpx.AsyncClient(base_url=bare_address) as client:
        found += figures_of("Bare FastAPI endpoint", await load(client, "GET", "/", seconds), seconds)
    return found


async def first_scores(client: httpx.AsyncClient, address: str, body: object) -> list[Figure]:
    """Seconds until all workers have loaded the model; an answer that takes too long is asked for again.

    Raises:
        TimeoutError: it still takes too long after some minutes.
    """
    began, answered = time.perf_counter(), 0
    while answered < 4 * WORKERS:
        if time.perf_counter() - began > LOADING_SECONDS:
            raise TimeoutError(f"{address} has not answered in time for {LOADING_SECONDS} s.")
        answers = await asyncio.gather(*(client.post(address, json=body) for _ in range(CLIENTS)))
        wrong = next((answer for answer in answers if answer.status_code not in (200, 503)), None)
        if wrong is not None:
            wrong.raise_for_status()
        good = all(answer.is_success for answer in answers)
        answered = answered + len(answers) if good else 0
    note = "after the start; each worker loads the models beside its answers"
    return [Figure("Score: one district with reasons", "model loaded", time.perf_counter() - began, "s", note=note)]


def main() -> None:
    """Start both, measure, print and keep."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--port", type=int, default=8190)
    asked = arguments.parse_args()
    applications = {"socialai_assets.serving.app:create_app": asked.port, "benchmarks.service:bare": asked.port + 1}
    quiet = ["--workers", str(WORKERS), "--log-level", "warning"]
    with tempfile.TemporaryDirectory(prefix="socialai-bench-") as folder:
        people, service = Path(folder) / "people.yaml", Path(folder) / "service.yaml"
        analyst = {ROLE: Account(roles=(ROLE,), areas="all", password=None)}
        change_accounts(people, list(policy().roles), lambda _: analyst)
        service.write_text(LIMITS)
        files = {"SOCIALAI_PEOPLE_FILE": str(people), "SOCIALAI_SERVICE_FILE": str(service)}
        found = served(applications, quiet, os.environ | files, asked.seconds)
    context = {"workers": WORKERS, "clients": CLIENTS, "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    append_json_lines(current().home / "bench" / "service.jsonl", found, context, datetime.now(UTC))
    sys.stdout.write(report(found))


def served(
    applications: Mapping[str, int], options: Sequence[str], environment: Mapping[str, str], seconds: float
) -> list[Figure]:
    """All figures of the applications, ours first, each started on its port and stopped at the end."""
    command = [sys.executable, "-m", "uvicorn", "--factory"]
    started = [
        subprocess.Popen([*command, application, "--port", str(port), *options], env=environment)
        for application, port in applications.items()
    ]
    own, other = (f"http://127.0.0.1:{port}" for port in applications.values())
    try:
        wait(f"{own}/ready")
        wait(f"{other}/")
        return asyncio.run(measured(own, other, seconds))
    finally:
        for process in started:
            process.terminate()
            process.wait(timeout=60)


def wait(address: str, seconds: float = 300) -> None:
    """Wait until an address answers well.

    Raises:
        TimeoutError: it does not.
    """
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        try:
            if httpx.get(address, timeout=60).is_success:
                return
        except httpx.HTTPError:
            # Not listening yet.
            pass
        time.sleep(0.2)
    raise TimeoutError(f"{address} does not answer.")


if __name__ == "__main__":
    main()
