"""`python -m benchmarks.fast_lane`: seconds from an event sent to its plan refreshed, by the fast lane and by sensors.

Changes the home of the settings: give it a copy. Needs an account that may land. Appends each figure to
`bench/fast_lane.jsonl` in the home.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import random
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

from benchmarks.event_log import instance_of
from benchmarks.figures import Figure, append_json_lines, report
from benchmarks.processes import Stolen, child
from benchmarks.service import wait
from resources.errors import SocialAIError
from resources.lake import Lake
from resources.settings import PROJECT, current
from socialai_assets.runs import prepare_home
from socialai_assets.serving.fast_lane.lanes import lane_of
from socialai_assets.serving.fast_lane.presence import is_there
from socialai_assets.serving.service_settings import service_settings
from socialai_assets.serving.sessions import COOKIE, Sessions, fresh

LANE = lane_of("water_surveys")
AIM_SECONDS, PATIENCE, POLL_SECONDS = 5.0, 3600.0, 0.1
VISITED_DAYS = 300


def visits(lake: Lake, seed: int) -> Iterator[dict[str, str]]:
    """Visits to treatments of the home's points, one after another without end."""
    points = lake.read_frame("water.points")
    treatments = points[points["component"] == "treatment"][["system_id", "point_id"]].to_dict("records")
    as_of = lake.read_frame("water.staleness", ["as_of"])["as_of"].max()
    draw = random.Random(seed)
    while True:
        day = as_of - datetime.timedelta(days=draw.randrange(VISITED_DAYS))
        visit = {**draw.choice(treatments), "report_date": f"{day:%Y-%m-%d}", "parameter": "treatment_works"}
        yield {str(name): str(value) for name, value in visit.items()} | {"grade": draw.choice(["yes", "no"])}


def by_lane(client: httpx.Client, visit: Mapping[str, str]) -> float:
    """Seconds from the event sent to its plan refreshed, as its sender sees it.

    Raises:
        SocialAIError: it failed, or was left to the sensors.
    """
    began = time.perf_counter()
    told = _sent(client, visit)
    while told["state"] in ("accepted", "working"):
        time.sleep(POLL_SECONDS)
        told = client.get(f"/v1/events/{told['event_id']}").raise_for_status().json()
    if told["state"] != "done":
        raise SocialAIError(f"The event was not worked on: {told}", do="See the log of the fast lane.")
    return time.perf_counter() - began


def by_sensors(client: httpx.Client, visit: Mapping[str, str], home: Path) -> float:
    """Seconds from the event sent, where no worker lives, to the plan that an ordinary run makes.

    Raises:
        TimeoutError: the plan did not come.
    """
    from dagster import AssetKey

    began = time.time()
    _sent(client, visit)
    with instance_of(home) as instance:
        while time.time() - began < PATIENCE:
            event = instance.get_latest_materialization_event(AssetKey(LANE.plan.split(".")))
            if event is not None and event.timestamp > began:
                return event.timestamp - began
            time.sleep(POLL_SECONDS)
    raise TimeoutError("The plan did not come.")


def figures_of(section: str, taken: Sequence[float], aim: float | None, stolen: float) -> list[Figure]:
    """p50 and p95 of seconds; the largest where there are too few for a p95.

    Args:
        section: heading.
        taken: seconds of each event.
        aim: for p95.
        stolen: share of the cores' time that the host gave to others meanwhile.
    """
    note = f"{len(taken)} events, smallest {min(taken):.1f} s; {stolen:.0%} of the cores' time went to other machines"
    last = ("p95", quantiles(taken, n=20)[18]) if len(taken) >= 20 else ("largest", max(taken))
    return [Figure(section, "p50", median(taken), "s", note=note), Figure(section, *last, "s", aim=aim)]


def main() -> None:
    """Start the service and what makes the plan, measure, print and keep."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--account", default="logistician")
    arguments.add_argument("--role", default="logistician")
    arguments.add_argument("--events", type=int, default=30)
    arguments.add_argument("--repeats", type=int, default=3, help="of the sensor path")
    arguments.add_argument("--port", type=int, default=8190)
    asked = arguments.parse_args()
    settings = current()
    prepare_home(settings)
    lake = Lake.from_settings(settings, read_only=True)
    sent = visits(lake, seed=1)
    session = fresh(asked.account, asked.role, "en")
    cookie = Sessions(settings.home / "access" / "session.keys", service_settings(settings).sign_in.hours)
    service = ["-m", "uvicorn", "--factory", "socialai_assets.serving.app:create_app", "--port", str(asked.port)]
    found: list[Figure] = []
    with (
        _running([sys.executable, *service, "--log-level", "warning"]) as process,
        httpx.Client(
            base_url=f"http://127.0.0.1:{asked.port}",
            cookies={COOKIE: cookie.cookie(session)},
            headers={"x-token": session.token or ""},
            timeout=600,
        ) as client,
    ):
        wait(f"http://127.0.0.1:{asked.port}/ready")
        if process.poll() is not None:
            raise SocialAIError(f"Something else listens on port {asked.port}", do="Name another: --port 8191.")
        if asked.events:
            with _running([sys.executable, "-m", "socialai_assets.serving.fast_lane"]):
                until = time.monotonic() + PATIENCE
                while not is_there(settings) and time.monotonic() < until:
                    time.sleep(POLL_SECONDS)
                # The first waits for the worker to be warm.
                by_lane(client, next(sent))
                before = Stolen.now()
                taken = [_said(by_lane(client, next(sent))) for _ in range(asked.events)]
                stolen = Stolen.now().share_since(before)
            found += figures_of("Fast lane: from an event sent to its plan", taken, AIM_SECONDS, stolen)
        if asked.repeats:
            daemon = [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-w", str(PROJECT / "workspace.yaml")]
            with _running([*daemon, "--log-level", "warning"]):
                before = Stolen.now()
                taken = [_said(by_sensors(client, next(sent), settings.home)) for _ in range(asked.repeats)]
                stolen = Stolen.now().share_since(before)
            found += figures_of("Sensors: from the same event to the same plan", taken, None, stolen)
    lake.close()
    context = {"cores": os.cpu_count(), "load": os.getloadavg()[0]}
    append_json_lines(settings.home / "bench" / "fast_lane.jsonl", found, context, datetime.datetime.now(datetime.UTC))
    sys.stdout.write(report(found))


def _running(command: Sequence[str]) -> contextlib.AbstractContextManager[Any]:
    return child(command, dict(os.environ), PROJECT, sys.stderr)


def _sent(client: httpx.Client, visit: Mapping[str, str]) -> dict[str, Any]:
    event = {"event_id": str(uuid.uuid4()), "rows": [dict(visit)]}
    return client.post(f"/v1/events/{LANE.source}", json=event).raise_for_status().json()


def _said(seconds: float) -> float:
    sys.stderr.write(f"{seconds:.1f} s, load {os.getloadavg()[0]:.1f}\n")
    return seconds


if __name__ == "__main__":
    main()
